"""Floats and complex numbers as `printf` prints them.

Source: Go, package fmt, "Floating-point and complex constituents".
"""

from dataclasses import replace
from typing import Final

from bulkhead_templating.float_digits import float_text
from bulkhead_templating.formatting import Layout

_DEFAULT_PRECISIONS: Final = {
    "v": None, "b": None, "g": None, "G": None, "x": None, "X": None, "f": 6, "F": 6, "e": 6, "E": 6,
}  # fmt: skip
_SHARP_DIGITS: Final = 6


def format_float(layout: Layout, number: float, verb: str, *, bits: int) -> str | None:
    """Print a float; None if there is no such verb for one."""
    if verb not in _DEFAULT_PRECISIONS:
        return None
    precision = _DEFAULT_PRECISIONS[verb] if layout.precision is None else layout.precision
    layout.charge(precision or 0)
    written = {"v": "g", "F": "f"}.get(verb, verb)
    text = float_text(number, written, precision, bits)
    if text[0] not in "+-":
        text = "+" + text
    if layout.space and text[0] == "+" and not layout.plus:
        text = " " + text[1:]
    if text[1] in "IN":
        # An infinity has its sign, what is no number has none unless it is asked for.
        shown = text[1:] if text[1] == "N" and not layout.space and not layout.plus else text
        return layout.without_zero().padded(shown)
    if layout.sharp and verb != "b":
        text = _with_point(text, written, precision)
    return _signed(layout, text)


def format_complex(layout: Layout, number: complex, verb: str, *, bits: int) -> str | None:
    """Print a complex number; None if there is no such verb for one."""
    real = format_float(layout, number.real, verb, bits=bits // 2)
    imaginary = format_float(replace(layout, plus=True), number.imag, verb, bits=bits // 2)
    return None if real is None or imaginary is None else f"({real}{imaginary}i)"


def _signed(layout: Layout, text: str) -> str:
    """Fill up, with zeros between the sign and the digits if it is zeros."""
    if not layout.plus and text[0] == "+":
        return layout.padded(text[1:])
    missing = (layout.width or 0) - len(text)
    if layout.zero and not layout.minus and missing > 0:
        return text[0] + layout.padding(missing) + text[1:]
    return layout.padded(text)


def _with_point(text: str, verb: str, precision: int | None) -> str:
    """Show the decimal point, and for %g the zeros behind it, as the flag `#` asks."""
    is_hexadecimal = verb in "xX"
    body, tail = text, ""
    for place, rune in enumerate(text):
        if rune in "pP" or (rune in "eE" and not is_hexadecimal):
            body, tail = text[:place], text[place:]
            break
    wanted = 0
    if verb in "gGx":
        wanted = _SHARP_DIGITS if precision is None else precision
    digits = body[1:].replace(".", "")
    wanted -= len(digits.lstrip("0"))
    if "." not in body:
        # A single zero counts as a digit.
        wanted -= body[1:] == "0"
        body += "."
    return body + "0" * max(wanted, 0) + tail
