"""Floats as strconv writes them.

Source: Go, package strconv, FormatFloat.
"""

import math
import struct
from typing import Final

from bulkhead_templating.numbers import rounded_to_32

_SHORTEST_EXPONENT: Final = 6
_LEAST_EXPONENT: Final = -4
_MANTISSA_BITS: Final = {32: 23, 64: 52}
_BIASES: Final = {32: 127, 64: 1023}


def float_text(number: float, verb: str, precision: int | None, bits: int) -> str:
    """Write a float.

    Args:
        number: what to write.
        verb: e, E, f, g, G, b, x or X.
        precision: the number of digits as the verb means it; None means as many as it takes to read the number back.
        bits: 32 or 64.
    """
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if verb == "b":
        return _binary(number, bits)
    if verb in "xX":
        text = _hexadecimal(number, precision, bits)
        return text.upper() if verb == "X" else text
    if precision is not None:
        return _rounded(number, verb, precision)
    return _shortest(number, verb, bits)


def _rounded(number: float, verb: str, precision: int) -> str:
    return f"{number:.{precision}{verb}}"


def _shortest(number: float, verb: str, bits: int) -> str:
    sign = _sign(number)
    digits, exponent = _shortest_digits(abs(number), bits)
    fits = _LEAST_EXPONENT <= exponent < _SHORTEST_EXPONENT
    if verb == "f" or (verb in "gG" and fits):
        return sign + _positional(digits, exponent)
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    mark = "E" if verb in "EG" else "e"
    return f"{sign}{mantissa}{mark}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _shortest_digits(number: float, bits: int) -> tuple[str, int]:
    """Give the digits without zeros around them, and the power of ten of the first."""
    if number == 0:
        return "0", 0
    if bits == 64:
        return _repr_digits(number)
    text = next(text for count in range(9) if rounded_to_32(float(text := f"{number:.{count}e}")) == number)
    mantissa, _, exponent = text.partition("e")
    return (mantissa.replace(".", "").rstrip("0") or "0"), int(exponent)


def _repr_digits(number: float) -> tuple[str, int]:
    """Take the digits out of Python's own shortest form, which may be `0.001`, `12.5` or `1.5e+20`."""
    mantissa, _, power = repr(number).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    leading = len(whole + part) - len(digits)
    return digits.rstrip("0"), int(power or 0) + len(whole) - 1 - leading


def _positional(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    part = digits[exponent + 1 :]
    return f"{whole}.{part}" if part else whole


def _parts(number: float, bits: int) -> tuple[int, int]:
    """Give the bits of the mantissa, with its first one, and the exponent of the last of them."""
    width = _MANTISSA_BITS[bits]
    packed = struct.pack("<f" if bits == 32 else "<d", number)
    pattern = int.from_bytes(packed, "little")
    biased = (pattern >> width) & ((1 << (bits - 1 - width)) - 1)
    mantissa = pattern & ((1 << width) - 1)
    if biased:
        mantissa |= 1 << width
    return mantissa, max(biased, 1) - _BIASES[bits] - width


def _sign(number: float) -> str:
    return "-" if math.copysign(1, number) < 0 else ""


def _binary(number: float, bits: int) -> str:
    mantissa, exponent = _parts(number, bits)
    return f"{_sign(number)}{mantissa}p{exponent:+d}"


def _hexadecimal(number: float, precision: int | None, bits: int) -> str:
    mantissa, exponent = _parts(number, bits)
    if mantissa == 0:
        exponent = 0
    else:
        # The first digit is a one: shift it to the 61st bit, so that whole digits follow.
        shift = 61 - mantissa.bit_length()
        mantissa <<= shift
        exponent += 60 - shift
    if precision is not None and precision < 15:
        unit = 1 << (60 - 4 * precision)
        half, rest = unit // 2, mantissa % unit
        mantissa -= rest
        if rest > half or (rest == half and (mantissa // unit) % 2):
            mantissa += unit
        if mantissa >> 61:
            mantissa >>= 1
            exponent += 1
    digits = f"{mantissa & ((1 << 60) - 1):015x}"
    digits = digits.rstrip("0") if precision is None else digits[:precision].ljust(precision, "0")
    part = f".{digits}" if digits else ""
    return f"{_sign(number)}0x{mantissa >> 60}{part}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
