"""What sprig makes of any value that is given for a number or a text: what cannot be one is zero, never an error.

Source: github.com/spf13/cast 1.10, ToInt64 and ToFloat64; Go, package strconv, ParseInt and ParseFloat.
"""

import math
import re
from typing import Final

from bulkhead_templating.limits import Meter
from bulkhead_templating.numbers import wrapped
from bulkhead_templating.printing import sprint
from bulkhead_templating.text import text_of
from bulkhead_templating.values import NO_VALUE, GoObject

_DECIMAL_WITH_PART: Final = re.compile(r"([-+]?[0-9]*)(?:\.[0-9]*)?")
_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<x>(?:_?[0-9a-fA-F])+)|0[bB](?P<b>(?:_?[01])+)|0[oO](?P<o>(?:_?[0-7])+)"
    r"|0(?P<z>(?:_?[0-7])+)|(?P<d>0|[1-9](?:_?[0-9])*))"
)
_BASES: Final = {"x": 16, "b": 2, "o": 8, "z": 8, "d": 10}
_FLOAT: Final = re.compile(
    r"[-+]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][-+]?[0-9](?:_?[0-9])*)?"
)
_HEXADECIMAL_FLOAT: Final = re.compile(
    r"[-+]?0[xX](?:(?:_?[0-9a-fA-F])+\.?(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?|\.[0-9a-fA-F](?:_?[0-9a-fA-F])*)"
    r"[pP][-+]?[0-9](?:_?[0-9])*"
)
_INFINITE: Final = re.compile(r"([-+]?)inf(?:inity)?", re.IGNORECASE)
INT64_MAX: Final = (1 << 63) - 1
INT64_MIN: Final = -(1 << 63)
# More digits are no number of 64 bits in any base, however many zeros lead them here.
_MAX_CHARS: Final = 4096


def int64_from(value: object) -> int:
    """Give a value as an int64, a plain `int` here; zero if it is no number."""
    if isinstance(value, str):
        return _int_from_text(value)
    if isinstance(value, int):
        return wrapped(int(value))
    if isinstance(value, float):
        return _int_from_float(value)
    return 0


def float64_from(value: object) -> float:
    """Give a value as a float64; zero if it is no number."""
    if isinstance(value, str):
        return _float_from_text(value)
    return float(value) if isinstance(value, int | float) else 0.0


def text_from(value: object, meter: Meter) -> str:
    """Give a value as a text: itself, its bytes, its own form, or what fmt prints of it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return text_of(value)
    if value is NO_VALUE:
        return "<nil>"
    own = value.go_text() if isinstance(value, GoObject) else None
    return sprint(value, meter=meter) if own is None else own


def parsed_int(text: str) -> int | None:
    """Read an integer as strconv.ParseInt does for base 0 and 64 bits; None if it is none or too large."""
    match = _INTEGER.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if match is None:
        return None
    group = match.lastgroup or "d"
    number = int(match[group].replace("_", ""), _BASES[group])
    number = -number if match["sign"] == "-" else number
    return number if INT64_MIN <= number <= INT64_MAX else None


def _int_from_text(text: str) -> int:
    # Digits behind a point are cut off; what is no decimal number with a point is read as it is.
    match = _DECIMAL_WITH_PART.fullmatch(text) if "." in text else None
    if match is not None:
        text = match[1] + "0" if match[1] in ("", "+", "-") else match[1]
    return parsed_int(text) or 0


def _int_from_float(number: float) -> int:
    # What Go leaves to the machine: on amd64, all that does not fit is the smallest number.
    if not math.isfinite(number) or not INT64_MIN <= int(number) <= INT64_MAX:
        return INT64_MIN
    return int(number)


def _float_from_text(text: str) -> float:
    if _FLOAT.fullmatch(text):
        number = float(text.replace("_", ""))
        # One that is too large is an error in Go, and with it nothing.
        return number if math.isfinite(number) else 0.0
    infinite = _INFINITE.fullmatch(text)
    if infinite is not None:
        return -math.inf if infinite[1] == "-" else math.inf
    if text.lower() == "nan":
        return math.nan
    return _hexadecimal_float(text) if _HEXADECIMAL_FLOAT.fullmatch(text) else 0.0


def _hexadecimal_float(text: str) -> float:
    try:
        return float.fromhex(text.replace("_", ""))
    except OverflowError:
        return 0.0
