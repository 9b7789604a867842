"""Numbers as they are written in templates.

Source: the Go specification, integer, floating-point, imaginary and rune literals; package strconv.
"""

import re
from typing import Final

from bulkhead_templating.nodes import Number
from bulkhead_templating.quoting import QuotingError, quote, unquote_rune

# All of these take time linear in the text: no part can match what the next one begins with.
_INTEGER: Final = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)", re.ASCII
)
_DIGITS: Final = "[0-9]+(?:_[0-9]+)*"
_HEX_DIGITS: Final = "[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*"
_DECIMAL: Final = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?", re.ASCII)
_HEXADECIMAL: Final = re.compile(
    rf"[+-]?0[xX](?:_?{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?|\.{_HEX_DIGITS})[pP][+-]?{_DIGITS}", re.ASCII
)
_BINARY_OR_OCTAL: Final = re.compile(r"[+-]?0[bBoO]")
_MIN_INT: Final = -(1 << 63)
_MAX_INT: Final = (1 << 63) - 1
_MAX_UINT: Final = (1 << 64) - 1
_MAX_INTEGER_DIGITS: Final = 100


class ConstantError(ValueError):
    """A text is no number; the message is Go's."""


def number_from(position: int, text: str, *, is_complex: bool) -> Number:
    """Read a number or a rune.

    Raises:
        ConstantError: it is none, or too large for any type.
    """
    if text.startswith("'"):
        return _rune(position, text)
    if is_complex:
        return _complex(position, text)
    if text.endswith("i"):
        imaginary = _float_of(text[:-1])
        if imaginary is not None:
            return _simplified(position, text, complex(0, imaginary))
    integer, unsigned = _integers(text)
    if integer is not None or unsigned is not None:
        floating = float(integer if integer is not None else unsigned or 0)
        return Number(position, text, integer, unsigned, floating, None)
    read = _float_of(text)
    if read is None:
        raise ConstantError(f"illegal number syntax: {quote(text)}")
    if not any(mark in text for mark in ".eEpP"):
        raise ConstantError(f"integer overflow: {quote(text)}")
    return Number(position, text, *_whole(read), read, None)


def _rune(position: int, text: str) -> Number:
    try:
        code, rest = unquote_rune(text[1:])
    except QuotingError as error:
        raise ConstantError(str(error)) from None
    if rest != "'":
        raise ConstantError(f"malformed character constant: {text}")
    return Number(position, text, code, code, float(code), None)


def _complex(position: int, text: str) -> Number:
    split = max(text.rfind("+", 1, -1), text.rfind("-", 1, -1))
    while split > 0 and text[split - 1] in "eEpP" and not text[:split].lower().startswith(("0x", "+0x", "-0x")):
        split = max(text.rfind("+", 1, split), text.rfind("-", 1, split))
    # Go takes an `i` right after the sign for the beginning of `inf`, and reads no binary and octal floats at all.
    if text[split:-1] in ("+", "-") or _BINARY_OR_OCTAL.match(text):
        raise ConstantError("syntax error scanning complex number")
    real, imaginary = _part(text[:split]), _part(text[split:-1])
    return _simplified(position, text, complex(real, imaginary))


def _part(text: str) -> float:
    number = _float_of(text)
    if number is None:
        is_float = _DECIMAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text)
        reason = "value out of range" if is_float else "invalid syntax"
        raise ConstantError(f"strconv.ParseFloat: parsing {quote(text)}: {reason}")
    return number


def _simplified(position: int, text: str, number: complex) -> Number:
    """A complex number without an imaginary part is a float too, and maybe an integer."""
    if number.imag != 0:
        return Number(position, text, None, None, None, number)
    return Number(position, text, *_whole(number.real), number.real, number)


def _integers(text: str) -> tuple[int | None, int | None]:
    """Give the number as a signed and as an unsigned integer, None where it is none."""
    if _INTEGER.fullmatch(text) is None:
        return None, None
    digits = text.lstrip("+-").replace("_", "")
    if len(digits) > _MAX_INTEGER_DIGITS:
        return None, None
    is_octal = len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567"
    number = int(digits, 8 if is_octal else 0)
    if text.startswith("-"):
        number = -number
    integer = number if _MIN_INT <= number <= _MAX_INT else None
    # An unsigned number has no sign, but zero may have one.
    unsigned = number if (text[0] not in "+-" or number == 0) and 0 <= number <= _MAX_UINT else None
    return integer, unsigned


def _whole(number: float) -> tuple[int | None, int | None]:
    """Give a float as a signed and as an unsigned integer if it is one."""
    if number != number or number in (float("inf"), float("-inf")) or number != int(number):  # noqa: PLR0124 - NaN
        return None, None
    whole = int(number)
    return (whole if _MIN_INT <= whole <= _MAX_INT else None), (whole if 0 <= whole <= _MAX_UINT else None)


def _float_of(text: str) -> float | None:
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return None if number in (float("inf"), float("-inf")) else number
    if _HEXADECIMAL.fullmatch(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            return None
    return None
