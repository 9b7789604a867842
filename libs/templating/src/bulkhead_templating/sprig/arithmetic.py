"""Functions of sprig that calculate with whole numbers, which wrap around at 64 bits, and that read numbers.

Source: github.com/Masterminds/sprig v3, numeric.go and functions.go.
"""

import re
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, FLOAT64, INT, INT64, STRING
from bulkhead_templating.numbers import Int64
from bulkhead_templating.printing import sprint
from bulkhead_templating.sprig.conversion import INT64_MAX, INT64_MIN, float64_from, int64_from
from bulkhead_templating.sprig.slices import panic

FUNCTIONS = FunctionMap()

_OCTAL: Final = re.compile(r"[-+]?[0-7]+")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+")
# No number of 64 bits has more digits unless zeros lead it, and Python reads no texts of any length.
_MAX_DIGITS: Final = 4000
_UINT64_MAX: Final = (1 << 64) - 1


@FUNCTIONS.function("add", variadic=ANY, returns=INT64)
def add(*numbers: object) -> Int64:
    """Add numbers."""
    return Int64.wrap(sum(map(int64_from, numbers)))


@FUNCTIONS.function("add1", ANY, returns=INT64)
def add1(number: object) -> Int64:
    """Add one."""
    return Int64.wrap(int64_from(number) + 1)


@FUNCTIONS.function("sub", ANY, ANY, returns=INT64)
def sub(number: object, other: object) -> Int64:
    """Subtract the second number from the first."""
    return Int64.wrap(int64_from(number) - int64_from(other))


@FUNCTIONS.function("mul", ANY, variadic=ANY, returns=INT64)
def mul(number: object, *others: object) -> Int64:
    """Multiply numbers."""
    product = Int64(int64_from(number))
    for other in others:
        product = Int64.wrap(product * int64_from(other))
    return product


@FUNCTIONS.function("div", ANY, ANY, returns=INT64)
def div(number: object, other: object) -> Int64:
    """Divide the first number by the second, towards zero."""
    return Int64.wrap(_quotient(int64_from(number), int64_from(other)))


@FUNCTIONS.function("mod", ANY, ANY, returns=INT64)
def mod(number: object, other: object) -> Int64:
    """Give what a division leaves, with the sign of the first number."""
    dividend, divisor = int64_from(number), int64_from(other)
    return Int64.wrap(dividend - divisor * _quotient(dividend, divisor))


@FUNCTIONS.function("max", ANY, variadic=ANY, returns=INT64)
@FUNCTIONS.function("biggest", ANY, variadic=ANY, returns=INT64)
def largest(*numbers: object) -> Int64:
    """Give the largest number."""
    return Int64(max(map(int64_from, numbers)))


@FUNCTIONS.function("min", ANY, variadic=ANY, returns=INT64)
def smallest(*numbers: object) -> Int64:
    """Give the smallest number."""
    return Int64(min(map(int64_from, numbers)))


@FUNCTIONS.function("int", ANY, returns=INT)
def to_int(value: object) -> int:
    """Give a value as an int."""
    return int64_from(value)


@FUNCTIONS.function("int64", ANY, returns=INT64)
def to_int64(value: object) -> Int64:
    """Give a value as an int64."""
    return Int64(int64_from(value))


@FUNCTIONS.function("float64", ANY, returns=FLOAT64)
def to_float64(value: object) -> float:
    """Give a value as a float64."""
    return float64_from(value)


@FUNCTIONS.function("atoi", STRING, returns=INT)
def atoi(text: str) -> int:
    """Read a decimal number: zero if it is none, the nearest that there is if it is too large."""
    digits = _DECIMAL.match(text)
    number = _read(digits[0], 10) if digits else 0
    # Go reads on only while 64 bits hold the number, so what follows too many digits does not matter.
    if digits is None or (digits.end() < len(text) and abs(number) <= _UINT64_MAX):
        return 0
    return min(max(number, INT64_MIN), INT64_MAX)


@FUNCTIONS.function("toDecimal", ANY, returns=INT64, with_environment=True)
def to_decimal(environment: Environment, value: object) -> Int64:
    """Read a number as octal digits; zero if it has others or is too large."""
    text = sprint(value, meter=environment.meter)
    number = _read(text, 8) if _OCTAL.fullmatch(text) else 0
    return Int64(number if INT64_MIN <= number <= INT64_MAX else 0)


def _quotient(dividend: int, divisor: int) -> int:
    if divisor == 0:
        panic("runtime error: integer divide by zero")
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _read(text: str, base: int) -> int:
    sign, digits = text[: -len(text.lstrip("+-"))], text.lstrip("+-0") or "0"
    number = int(digits[:_MAX_DIGITS], base)
    return -number if sign == "-" else number
