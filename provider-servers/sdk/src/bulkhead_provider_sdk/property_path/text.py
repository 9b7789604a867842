"""JSON scalars to and from plain text, as Go's encoding/json and gjson write them."""

import re
from decimal import Decimal

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|(.))", re.DOTALL)
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_QUOTED = re.compile(r'[\x00-\x1f"\\<>&\u2028\u2029]')
_SHORT = {char: f"\\{letter}" for letter, char in _PLAIN.items()} | {'"': '\\"', "\\": "\\\\"}
_INTEGER = re.compile(r"-?[0-9]+")


def unquote(raw: str) -> str:
    """Give the text that a JSON string means; half a surrogate pair becomes U+FFFD."""
    inner = raw[1:-1]
    return _ESCAPE.sub(_escaped, inner) if "\\" in inner else inner


def quote(text: str) -> str:
    r"""Give the JSON string for a text, with `<`, `>`, `&`, U+2028 and U+2029 escaped as Go does by default."""
    return f'"{_QUOTED.sub(_escape, text)}"'


def number(raw: str) -> str:
    """Give a JSON number without exponent: an integer as it stands, anything else as the shortest float.

    A number beyond a float's range gives `+Inf` or `-Inf`. Source: gjson `Result.String`.
    """
    if _INTEGER.fullmatch(raw):
        return raw
    value = float(raw)
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    plain = format(Decimal(repr(value)), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def plain_text(value: str) -> str:
    """Give a value as a Secret holds it: strings without quotes, null as nothing, objects and arrays as they stand."""
    match value[:1]:
        case '"':
            return unquote(value)
        case "n":
            return ""
        case "t" | "f" | "{" | "[" | "":
            return value
        case _:
            return number(value)


def _escaped(escape: re.Match[str]) -> str:
    first, second, letter = escape.groups()
    if letter is not None:
        return _PLAIN.get(letter, letter)
    unit = int(first, 16)
    low = int(second, 16) if second else None
    if low is not None and 0xD800 <= unit < 0xDC00:
        return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    # The second half belongs to no first one, so it is half a pair itself.
    return _character(unit) + ("" if low is None else "\ufffd")


def _character(unit: int) -> str:
    return "\ufffd" if 0xD800 <= unit < 0xE000 else chr(unit)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return _SHORT.get(char) or f"\\u{ord(char):04x}"
