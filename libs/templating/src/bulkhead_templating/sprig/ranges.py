"""Functions of sprig that count.

Source: github.com/Masterminds/sprig v3, numeric.go.
"""

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import INT, STRING, slice_of
from bulkhead_templating.numbers import wrapped
from bulkhead_templating.values import TypedSlice

FUNCTIONS = FunctionMap()

_INT_SLICE = slice_of(INT)
# What an int in a list takes here, and about the digits of one in a text.
_NUMBER_BYTES = 40


@FUNCTIONS.function("until", INT, returns=_INT_SLICE, with_environment=True)
def until(environment: Environment, count: int) -> TypedSlice:
    """Count from zero to before a number, downwards if it is negative."""
    return _listed(environment, _range(0, count, -1 if count < 0 else 1))


@FUNCTIONS.function("untilStep", INT, INT, INT, returns=_INT_SLICE, with_environment=True)
def until_step(environment: Environment, start: int, stop: int, step: int) -> TypedSlice:
    """Count from one number to before another; nothing if the step leads away from it."""
    return _listed(environment, _range(start, stop, step))


@FUNCTIONS.function("seq", variadic=INT, returns=STRING, with_environment=True)
def seq(environment: Environment, *bounds: int) -> str:
    """Count as the command of this name does: to a number, from one to another, with a step between them."""
    match bounds:
        case (end,):
            numbers = _inclusive(1, end, 1 if end >= 1 else -1)
        case (start, end):
            numbers = _inclusive(start, end, 1 if end >= start else -1)
        case (start, step, end) if end >= start or step <= 0:
            numbers = _inclusive(start, end, step)
        case _:
            return ""
    environment.meter.allocate(_count(numbers) * _NUMBER_BYTES)
    return " ".join(map(str, numbers))


def _inclusive(start: int, end: int, step: int) -> range:
    return _range(start, wrapped(end + (1 if end >= start else -1)), step)


def _range(start: int, stop: int, step: int) -> range:
    # A step of zero leads nowhere, and in Go it gives nothing.
    return range(start, stop, step) if step else range(0)


def _listed(environment: Environment, numbers: range) -> TypedSlice:
    environment.meter.allocate(_count(numbers) * _NUMBER_BYTES)
    return TypedSlice(INT, numbers)


def _count(numbers: range) -> int:
    # Python's `len` fails where a list of so many could not be.
    return max(0, -((numbers.start - numbers.stop) // numbers.step))
