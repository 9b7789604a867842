"""Functions of sprig that calculate with floating point numbers: as they are written in decimal, or as they are.

Source: github.com/Masterminds/sprig v3, numeric.go; github.com/shopspring/decimal 1.4; Go, package math.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, FLOAT64, INT
from bulkhead_templating.printing import sprint
from bulkhead_templating.sprig.conversion import float64_from
from bulkhead_templating.sprig.slices import panic

FUNCTIONS = FunctionMap()

# A quotient has so many decimals.
_PRECISION: Final = 16
_HALF: Final = 0.5
_OPERATION_STEPS: Final = 4
_BITS_A_STEP: Final = 500
# Beyond this exponent every power of ten is infinite, or zero.
_MAX_POWER: Final = 400


@FUNCTIONS.function("add1f", ANY, returns=FLOAT64, with_environment=True)
def add1f(environment: Environment, number: object) -> float:
    """Add one."""
    return _calculated(environment, number, (1.0,), lambda left, right: left + right)


@FUNCTIONS.function("addf", variadic=ANY, returns=FLOAT64, with_environment=True)
def addf(environment: Environment, *numbers: object) -> float:
    """Add numbers."""
    return _calculated(environment, 0.0, numbers, lambda left, right: left + right)


@FUNCTIONS.function("subf", ANY, variadic=ANY, returns=FLOAT64, with_environment=True)
def subf(environment: Environment, number: object, *others: object) -> float:
    """Subtract all further numbers from the first."""
    return _calculated(environment, number, others, lambda left, right: left - right)


@FUNCTIONS.function("mulf", ANY, variadic=ANY, returns=FLOAT64, with_environment=True)
def mulf(environment: Environment, number: object, *others: object) -> float:
    """Multiply numbers."""
    return _calculated(environment, number, others, lambda left, right: left * right)


@FUNCTIONS.function("divf", ANY, variadic=ANY, returns=FLOAT64, with_environment=True)
def divf(environment: Environment, number: object, *others: object) -> float:
    """Divide the first number by all others."""
    return _calculated(environment, number, others, _quotient)


@FUNCTIONS.function("maxf", ANY, variadic=ANY, returns=FLOAT64)
def maxf(number: object, *others: object) -> float:
    """Give the largest number, NaN if one is that and none is infinite."""
    largest = float64_from(number)
    for other in map(float64_from, others):
        largest = -_smaller(-largest, -other)
    return largest


@FUNCTIONS.function("minf", ANY, variadic=ANY, returns=FLOAT64)
def minf(number: object, *others: object) -> float:
    """Give the smallest number, NaN if one is that and none is infinite."""
    smallest = float64_from(number)
    for other in map(float64_from, others):
        smallest = _smaller(smallest, other)
    return smallest


@FUNCTIONS.function("floor", ANY, returns=FLOAT64)
def floor(number: object) -> float:
    """Round down."""
    return _down(float64_from(number))


@FUNCTIONS.function("ceil", ANY, returns=FLOAT64)
def ceil(number: object) -> float:
    """Round up."""
    return -_down(-float64_from(number))


@FUNCTIONS.function("round", ANY, INT, variadic=FLOAT64, returns=FLOAT64)
def round_number(number: object, places: int, *limits: float) -> float:
    """Round to so many decimals: up from a half on, or from another limit on."""
    power = _power_of_ten(places)
    shifted = power * float64_from(number)
    part = math.modf(shifted)[0] if math.isfinite(shifted) else math.nan
    rounded = -_down(-shifted) if part >= (limits[0] if limits else _HALF) else _down(shifted)
    if power == 0:
        return math.nan if rounded == 0 or math.isnan(rounded) else math.copysign(math.inf, rounded)
    return rounded / power


def _calculated(
    environment: Environment,
    number: object,
    others: tuple[object, ...],
    operation: Callable[[Fraction, Fraction], Fraction],
) -> float:
    result = _decimal(number)
    for other in others:
        bits = result.numerator.bit_length() + result.denominator.bit_length()
        # Exact numbers grow with each product, and reducing a fraction takes the square of its length.
        environment.meter.step(_OPERATION_STEPS + (bits // _BITS_A_STEP) ** 2)
        result = operation(result, _decimal(other))
    try:
        return float(result)
    except OverflowError:
        return math.inf if result > 0 else -math.inf


def _decimal(value: object) -> Fraction:
    """Give a number exactly as it is written in decimal, with as few digits as tell it from its neighbours."""
    number = float64_from(value)
    if not math.isfinite(number):
        panic(f"Cannot create a Decimal from {sprint(number)}")
    return Fraction(repr(number))


def _quotient(dividend: Fraction, divisor: Fraction) -> Fraction:
    if divisor == 0:
        panic("decimal division by 0")
    scale = 10**_PRECISION
    exact = dividend / divisor * scale
    # Half goes away from zero.
    rounded = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return Fraction(rounded if exact > 0 else -rounded, scale)


def _smaller(left: float, right: float) -> float:
    if -math.inf in (left, right):
        return -math.inf
    if math.isnan(left) or math.isnan(right):
        return math.nan
    if left == right == 0:
        return left if math.copysign(1, left) < 0 else right
    return min(left, right)


def _down(number: float) -> float:
    # Python's own gives an int, which has neither infinity nor a negative zero.
    return math.copysign(float(math.floor(number)), number) if math.isfinite(number) and number else number


def _power_of_ten(exponent: int) -> float:
    """Give the power by the same multiplications as Go, whose roundings show."""
    if abs(exponent) > _MAX_POWER:
        return math.inf if exponent > 0 else 0.0
    mantissa, shift = 1.0, 0
    factor, factor_shift = math.frexp(10.0)
    left = abs(exponent)
    while left:
        if left & 1:
            mantissa *= factor
            shift += factor_shift
        factor *= factor
        factor_shift *= 2
        if factor < _HALF:
            factor += factor
            factor_shift -= 1
        left >>= 1
    if exponent < 0:
        mantissa, shift = 1.0 / mantissa, -shift
    try:
        return math.ldexp(mantissa, shift)
    except OverflowError:
        return math.inf
