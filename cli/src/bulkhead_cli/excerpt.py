"""The line of a template at which it fails, with a mark below the column. Pure."""

import unicodedata
from dataclasses import dataclass, field
from typing import Final

_SIDE: Final = 100
"""How many characters are shown on each side of the column."""
_INDENT: Final = "      "
_REPLACEMENT: Final = "\ufffd"
# Other forms, such as those that turn the direction of a line, could make a terminal show something else than is there.
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COMBINING: Final = frozenset({"Mn", "Me"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A place in a template."""

    name: str
    """Of the template."""
    text: bytes = field(repr=False)
    """All of it."""
    line: int
    """Counted from one."""
    column: int | None = None
    """In bytes from the start of the line, counted from zero; None if it is not known."""


def lines_of(excerpt: Excerpt) -> list[str]:
    """Give the lines to print; none if the template has no such line."""
    lines = excerpt.text.split(b"\n")
    if not 1 <= excerpt.line <= len(lines):
        return []
    line = lines[excerpt.line - 1].removesuffix(b"\r")
    column = excerpt.column or 0
    before, after = _clipped(safe_text(line[:column].decode(errors="replace")), line[column:])
    head = f"  {safe_text(excerpt.name)}, line {excerpt.line}:"
    shown = [head, f"{_INDENT}{before}{after}"]
    return shown if excerpt.column is None else [*shown, f"{_INDENT}{_blank(before)}^"]


def safe_text(text: str, *, keep: str = "\t") -> str:
    """Replace what would steer a terminal instead of being shown by it."""
    return "".join(rune if rune in keep or unicodedata.category(rune) not in _UNSAFE else _REPLACEMENT for rune in text)


def _clipped(before: str, rest: bytes) -> tuple[str, str]:
    after = safe_text(rest.decode(errors="replace"))
    return (
        before if len(before) <= _SIDE else f"…{before[-_SIDE:]}",
        after if len(after) <= _SIDE else f"{after[:_SIDE]}…",
    )


def _blank(text: str) -> str:
    # A tab stays one, as only the terminal knows how wide it is there.
    return "".join("\t" if rune == "\t" else " " * _width(rune) for rune in text)


def _width(rune: str) -> int:
    if unicodedata.category(rune) in _COMBINING:
        return 0
    return 2 if unicodedata.east_asian_width(rune) in "WF" else 1
