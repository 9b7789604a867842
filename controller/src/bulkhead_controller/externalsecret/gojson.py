"""JSON values as Go reads and writes them: what ESO's merge does to numbers and text.

Every number becomes a 64-bit float, as in Go's `any`, so integers beyond 2**53 are rounded: ESO writes them that way,
and a Secret that was taken over from it must not change. Errors never hold any of the document.

Source: Go, packages encoding/json and strconv.
"""

import json
import math
from decimal import Decimal
from typing import Final, NoReturn, TypeAlias

JsonValue: TypeAlias = "bool | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH: Final = 200
"""How deep a value may be nested to be written; Go allows 10,000, at the cost of a stack that Python does not have."""

# Go writes numbers outside of these with an exponent.
_LARGE: Final = 1e21
_SMALL: Final = 1e-6
# Inside of strings alone do these stand in JSON, so they can be replaced in the text as a whole.
_LINE_SEPARATORS: Final = {0x2028: "\\u2028", 0x2029: "\\u2029"}
_HTML: Final = {ord(rune): f"\\u{ord(rune):04x}" for rune in "<>&"}


class NestingError(ValueError):
    """A value is nested deeper than `MAX_DEPTH`."""


def object_from_json(document: bytes) -> dict[str, JsonValue] | None:
    """Read a JSON object; of a key that stands twice the last value counts.

    Returns:
        The members; none for `null`, which Go reads into a map as well; None if the document is no JSON object in
        UTF-8, holds a number beyond a 64-bit float or is nested too deeply to read.
    """
    try:
        value = json.loads(document.decode(), parse_int=_number, parse_float=_number, parse_constant=_refuse_constant)
    # The decoder's error holds the document, so it must not be the context of another one.
    except (ValueError, RecursionError):
        return None
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


def text_of(value: JsonValue) -> bytes:
    """Give a value as a secret's bytes: text as it is, null as nothing, numbers plain, the rest as JSON.

    Raises:
        NestingError: it is nested too deeply.

    Source: ESO, esutils GetByteValue, which escapes HTML in nested values.
    """
    match value:
        case None:
            return b""
        case bool():
            return b"true" if value else b"false"
        case str():
            return _utf8(value)
        case float():
            return plain_decimal(value).encode()
        case dict() | list():
            return _utf8(_written(value).translate(_HTML))


def json_of(value: JsonValue) -> bytes:
    """Write a value without whitespace, keys sorted, HTML not escaped.

    Raises:
        NestingError: it is nested too deeply.

    Source: ESO, esutils JSONMarshal.
    """
    return _utf8(_written(value))


def plain_decimal(number: float) -> str:
    """Write a number without an exponent, with no more digits than it takes to read it back.

    Source: Go, strconv.FormatFloat(number, 'f', -1, 64).
    """
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def _written(value: JsonValue, depth: int = 0) -> str:
    if depth > MAX_DEPTH:
        raise NestingError("nested too deeply")
    match value:
        case dict():
            members = (f"{_quoted(key)}:{_written(value[key], depth + 1)}" for key in sorted(value))
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(_written(element, depth + 1) for element in value) + "]"
        case str():
            return _quoted(value)
        case bool() | None:
            return json.dumps(value)
        case float():
            return _json_number(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_LINE_SEPARATORS)


def _json_number(number: float) -> str:
    if number == 0 or _SMALL <= abs(number) < _LARGE:
        return plain_decimal(number)
    # Python writes two digits of exponent at least, Go's encoding/json one.
    return repr(number).replace("e-0", "e-")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("beyond a 64-bit float")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, which Go replaces as it reads.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
