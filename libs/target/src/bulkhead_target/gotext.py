"""JSON values as Go's `fmt` prints them, which is what ESO hashes of a target that is no Secret. Pure.

Source: Go, package fmt, verb `%+v` of the values that Kubernetes' own JSON decoder gives: text, truth, 64-bit integers
and floats, lists and maps with text as keys.
"""

from decimal import Decimal
from typing import Final

_MIN_INT: Final = -(2**63)
_MAX_INT: Final = 2**63 - 1
# Outside of these Go prints a float with an exponent.
_LEAST_EXPONENT: Final = -4
_MOST_EXPONENT: Final = 5


def go_text(value: object) -> str:
    """Print one value.

    Raises:
        TypeError: it is none that JSON has.
    """
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value) if _MIN_INT <= value <= _MAX_INT else _float_text(float(value))
        case float():
            return _float_text(value)
        case list():
            return f"[{' '.join(map(go_text, value))}]"
        case dict():
            return f"map[{' '.join(f'{key}:{go_text(value[key])}' for key in sorted(value))}]"
        case _:
            raise TypeError(f"{type(value).__name__} is not JSON")


def _float_text(number: float) -> str:
    # Python and Go agree about the digits, the fewest that are read back as the same number, and not about the form.
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    if not isinstance(exponent, int):
        raise TypeError("not a finite number")
    power = len(digits) + exponent - 1
    mark = "-" if sign else ""
    if number != 0 and not _LEAST_EXPONENT <= power <= _MOST_EXPONENT:
        first, rest = digits[0], "".join(map(str, digits[1:]))
        return f"{mark}{first}{'.' if rest else ''}{rest}e{'-' if power < 0 else '+'}{abs(power):02}"
    return mark + format(abs(Decimal(repr(number))), "f").removesuffix(".0")
