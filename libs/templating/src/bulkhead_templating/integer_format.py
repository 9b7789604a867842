"""Integers as `printf` prints them.

Source: Go, package fmt, "Integer".
"""

from typing import Final

from bulkhead_templating.formatting import Layout
from bulkhead_templating.quoting import quote
from bulkhead_templating.runes import REPLACEMENT, unicode_name

_BASES: Final = {"v": 10, "d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}
_FORMATS: Final = {2: "b", 8: "o", 10: "d", 16: "x"}
_MAX_RUNE: Final = 0x10FFFF
_MIN_UNICODE_DIGITS: Final = 4


def format_integer(layout: Layout, number: int, verb: str, *, signed: bool) -> str | None:
    """Print an integer; None if there is no such verb for one."""
    if verb == "v" and layout.sharp_v and not signed:
        return hexadecimal(layout, number)
    if verb in _BASES:
        return _digits(layout, number, _BASES[verb], verb, sharp=layout.sharp)
    match verb:
        case "c":
            return layout.padded(_rune(number))
        case "q":
            return layout.padded(quote(_rune(number), mark="'", ascii_only=layout.plus))
        case "U":
            return _unicode(layout, number)
        case _:
            return None


def hexadecimal(layout: Layout, number: int) -> str:
    """Print as Go writes bytes: `0xff`."""
    return _digits(layout, number, 16, "v", sharp=True)


def _rune(number: int) -> str:
    is_rune = 0 <= number <= _MAX_RUNE and not 0xD800 <= number <= 0xDFFF
    return chr(number) if is_rune else REPLACEMENT


def _digits(layout: Layout, number: int, base: int, verb: str, *, sharp: bool) -> str:
    plain = layout.without_zero()
    if layout.precision == 0 and number == 0:
        return plain.padding(layout.width or 0)
    sign = "-" if number < 0 else "+" if layout.plus else " " if layout.space else ""
    count = layout.precision
    if count is None:
        # A sign takes one of the places that zeros fill.
        fills = layout.zero and not layout.minus
        count = (layout.width or 0) - len(sign) if fills else 0
    layout.charge(count)
    digits = format(abs(number), _FORMATS[base]).rjust(count, "0")
    if verb == "X":
        digits = digits.upper()
    return plain.padded(sign + _prefix(base, verb, digits, sharp=sharp) + digits)


def _prefix(base: int, verb: str, digits: str, *, sharp: bool) -> str:
    if verb == "O":
        return "0o" + ("0" if sharp and not digits.startswith("0") else "")
    if not sharp:
        return ""
    if base == 8:
        return "" if digits.startswith("0") else "0"
    return {2: "0b", 16: "0X" if verb == "X" else "0x"}.get(base, "")


def _unicode(layout: Layout, number: int) -> str:
    code = number & 0xFFFFFFFFFFFFFFFF
    digits = max(layout.precision or 0, _MIN_UNICODE_DIGITS)
    layout.charge(digits)
    shown = unicode_name(code, sharp=layout.sharp)
    name, _, rune = shown.partition(" ")
    text = "U+" + name.removeprefix("U+").rjust(digits, "0")
    return layout.without_zero().padded(f"{text} {rune}" if rune else text)
