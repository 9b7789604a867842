"""JSON text cut into the texts of its parts, without losing a character of any.

Only `checked_document` looks at text that may be broken; everything else relies on its verdict. Parts are found by
position because the slices, and not decoded values, are what a property path returns.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from bulkhead_api.errors import InvalidValueError

MAX_DEPTH = 100
"""Objects and arrays inside one another that a document may have."""

WHITESPACE = " \t\r\n"

STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRING_OR_BRACKET = re.compile(rf"{STRING.pattern}|[\[\]{{}}]", re.DOTALL)
_SCALAR = re.compile(r"[^ \t\r\n,\]}]++")
_GAP = re.compile(r"[ \t\r\n,:]*+")


class Member(NamedTuple):
    """One member of an object; a tuple because millions of them may be made."""

    key: str
    """With its quotes and escapes."""
    value: str


def checked_document(document: bytes) -> str:
    """Give the document's text.

    Raises:
        InvalidValueError: it is not one JSON value in UTF-8, or nests deeper than `MAX_DEPTH`.
    """
    text = _text_of_json(document)
    # Raised here and not where decoding failed: the decoder's exception would ride along and it holds the document.
    if text is None:
        raise InvalidValueError("the value is not valid JSON")
    if nesting(text) > MAX_DEPTH:
        raise InvalidValueError(f"the value nests deeper than {MAX_DEPTH} levels")
    return text


def checked_lines(document: bytes) -> str:
    """Give the text of a document that is one JSON value, or one on each line.

    Raises:
        InvalidValueError: neither is the case, or a value nests deeper than `MAX_DEPTH`.
    """
    if _text_of_json(document) is not None:
        return checked_document(document)
    return "\n".join(checked_document(line) for line in document.split(b"\n") if line.strip())


def is_valid(text: str) -> bool:
    """Say whether the text is one JSON value that this package takes."""
    return _text_of_json(text.encode(errors="surrogatepass")) is not None and nesting(text) <= MAX_DEPTH


def nesting(text: str) -> int:
    """Count how many objects and arrays lie inside one another at the deepest place."""
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        match token[0]:
            case "{" | "[":
                depth += 1
                deepest = max(deepest, depth)
            case "}" | "]":
                depth -= 1
            case _:
                pass
    return deepest


def is_object(text: str) -> bool:
    """Say whether the value is an object."""
    return text.lstrip(WHITESPACE).startswith("{")


def is_array(text: str) -> bool:
    """Say whether the value is an array."""
    return text.lstrip(WHITESPACE).startswith("[")


def value_text(text: str) -> str:
    """Give the value in the text as gjson does: a scalar alone, an object or array with what follows it.

    What follows is whitespace, such as the newline at the end of a file; empty text stays empty.
    """
    text = text.lstrip(WHITESPACE)
    return text if text.startswith(("{", "[")) else text.rstrip(WHITESPACE)


def members(text: str) -> Iterator[Member]:
    """Give the members of an object, in order and with duplicates."""
    position = text.index("{") + 1
    while text[position := _after_gap(text, position)] != "}":
        key_end = _value_end(text, position)
        value_start = _after_gap(text, key_end)
        value_end = _value_end(text, value_start)
        yield Member(text[position:key_end], text[value_start:value_end])
        position = value_end


def elements(text: str) -> Iterator[str]:
    """Give the elements of an array, in order."""
    position = text.index("[") + 1
    while text[position := _after_gap(text, position)] != "]":
        end = _value_end(text, position)
        yield text[position:end]
        position = end


def values(text: str) -> Iterator[str]:
    """Give the values that stand one after another in the text, as in JSON lines."""
    position = 0
    while (position := _after_gap(text, position)) < len(text):
        end = _value_end(text, position)
        yield text[position:end]
        position = end


def _text_of_json(document: bytes) -> str | None:
    try:
        # Raw asks for a check of the whole document without building its values.
        msgspec.json.decode(document, type=msgspec.Raw)
        return document.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _after_gap(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position


def _value_end(text: str, start: int) -> int:
    match text[start]:
        case '"':
            token = STRING.match(text, start)
        case "{" | "[":
            return _container_end(text, start)
        case _:
            token = _SCALAR.match(text, start)
    return token.end() if token else len(text)


def _container_end(text: str, start: int) -> int:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text, start):
        match token[0]:
            case "{" | "[":
                depth += 1
            case "}" | "]":
                depth -= 1
                if depth == 0:
                    return token.end()
            case _:
                pass
    return len(text)
