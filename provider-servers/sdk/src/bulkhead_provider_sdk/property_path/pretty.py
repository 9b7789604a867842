"""`@pretty`: JSON over several lines, as tidwall/pretty 1.2 lays it out.

Arrays without objects stand on one line if they fit into the width; everything else has a line for each member.
"""

from collections.abc import Iterator

import msgspec

from bulkhead_provider_sdk.property_path.scan import WHITESPACE, elements, is_array, is_object, members
from bulkhead_provider_sdk.property_path.text import unquote


class Style(msgspec.Struct, frozen=True, rename="camel"):
    """The argument of `@pretty`."""

    sort_keys: bool = False
    indent: str = "  "
    """Only its whitespace counts."""
    prefix: str = ""
    """Stands at the start of each line; only its whitespace counts."""
    width: int = 80
    """Bytes that a one-line array may take with what stands before it; 0 or less means no one-line arrays."""


def prettied(text: str, style: Style) -> str:
    """Lay a value out, with a newline at the end; empty text stays empty but for the prefix."""
    style = msgspec.structs.replace(style, indent=_spaces(style.indent), prefix=_spaces(style.prefix))
    if not text.strip(WHITESPACE):
        return f"{style.prefix}\n" if style.prefix else ""
    return f"{style.prefix}{_laid_out(text.strip(WHITESPACE), style, depth=0, column=len(style.prefix))}\n"


def _laid_out(value: str, style: Style, *, depth: int, column: int) -> str:
    """Lay a value out that starts so many bytes into its line."""
    if is_array(value):
        line = _one_line(value, room=style.width - column) if style.width > 0 else None
        return line or _over_lines("[]", list(_element_lines(value, style, depth=depth)), style, depth=depth)
    if is_object(value):
        return _over_lines("{}", list(_member_lines(value, style, depth=depth)), style, depth=depth)
    return value


def _over_lines(brackets: str, lines: list[str], style: Style, *, depth: int) -> str:
    if not lines:
        return brackets
    margin = style.prefix + style.indent * depth
    return f"{brackets[0]}\n" + ",\n".join(lines) + f"\n{margin}{brackets[1]}"


def _element_lines(value: str, style: Style, *, depth: int) -> Iterator[str]:
    margin = style.prefix + style.indent * (depth + 1)
    # The original measures from the newline itself where it had to add one: for the first element.
    for column, element in zip(_columns(len(margin)), elements(value), strict=False):
        yield margin + _laid_out(element, style, depth=depth + 1, column=column)


def _columns(margin: int) -> Iterator[int]:
    yield margin + 1
    while True:
        yield margin


def _member_lines(value: str, style: Style, *, depth: int) -> Iterator[str]:
    margin = style.prefix + style.indent * (depth + 1)
    found = members(value)
    for key, element in sorted(found, key=lambda member: unquote(member.key)) if style.sort_keys else found:
        start = f"{margin}{key}: "
        yield start + _laid_out(element, style, depth=depth + 1, column=len(start.encode()) + 1)


def _one_line(value: str, *, room: int) -> str | None:
    """Lay an array out on one line; None if it does not fit or holds an object."""
    if room <= 3:
        return None
    line = _joined(value)
    return line if line is not None and len(line.encode()) <= room else None


def _joined(value: str) -> str | None:
    parts: list[str] = []
    for element in elements(value):
        part = _joined(element) if is_array(element) else element
        if part is None or is_object(element):
            return None
        parts.append(part)
    return f"[{', '.join(parts)}]"


def _spaces(text: str) -> str:
    return "".join(char for char in text if char in WHITESPACE)
