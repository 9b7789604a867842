"""Functions of sprig that ask whether values are empty: zero, without elements, false or nil.

Source: github.com/Masterminds/sprig v3, defaults.go.
"""

from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, BOOL
from bulkhead_templating.values import is_true

FUNCTIONS = FunctionMap()


def is_empty(value: object) -> bool:
    """Say whether a value is empty; structs never are."""
    return not is_true(value)


@FUNCTIONS.function("empty", ANY, returns=BOOL)
def empty(value: object) -> bool:
    """Say whether a value is empty."""
    return is_empty(value)


@FUNCTIONS.function("default", ANY, variadic=ANY)
def default(fallback: object, *given: object) -> object:
    """Give what is given, or something else if it is empty."""
    return fallback if not given or is_empty(given[0]) else given[0]


@FUNCTIONS.function("coalesce", variadic=ANY)
def coalesce(*values: object) -> object:
    """Give the first value that is not empty, nil if there is none."""
    return next((value for value in values if not is_empty(value)), None)


@FUNCTIONS.function("all", variadic=ANY, returns=BOOL)
def all_given(*values: object) -> bool:
    """Say whether no value is empty."""
    return not any(map(is_empty, values))


@FUNCTIONS.function("any", variadic=ANY, returns=BOOL)
def any_given(*values: object) -> bool:
    """Say whether a value is not empty."""
    return not all(map(is_empty, values))


@FUNCTIONS.function("ternary", ANY, ANY, BOOL)
def ternary(if_true: object, if_false: object, condition: bool) -> object:
    """Choose between two values."""
    return if_true if condition else if_false
