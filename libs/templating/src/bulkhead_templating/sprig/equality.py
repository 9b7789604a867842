"""Go's reflect.DeepEqual: the same types with the same contents all the way down."""

from collections.abc import Iterable

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, BOOL
from bulkhead_templating.limits import Meter
from bulkhead_templating.text import same_text
from bulkhead_templating.values import GoObject, NilMap, NilSlice, type_of

FUNCTIONS = FunctionMap()


@FUNCTIONS.function("deepEqual", ANY, ANY, returns=BOOL, with_environment=True)
def deep_equal(environment: Environment, left: object, right: object) -> bool:
    """Say whether two values are the same all the way down."""
    return are_equal(left, right, environment.meter)


def is_in(wanted: object, items: Iterable[object], meter: Meter) -> bool:
    """Say whether one of the items is the same as a value all the way down."""
    return any(are_equal(wanted, item, meter) for item in items)


def are_equal(left: object, right: object, meter: Meter) -> bool:
    """Say whether two values are the same all the way down; numbers of two types never are.

    Raises:
        LimitError: they are too large or too deep.
    """
    meter.step()
    if left is None or right is None:
        return left is right
    left_type, right_type = type_of(left), type_of(right)
    if left_type is not right_type and left_type != right_type:
        return False
    if isinstance(left, str) and isinstance(right, str):
        return same_text(left, right)
    if isinstance(left, list) and isinstance(right, list):
        return _are_equal_lists(left, right, meter)
    if isinstance(left, dict) and isinstance(right, dict):
        return _are_equal_maps(left, right, meter)
    if isinstance(left, GoObject) and isinstance(right, GoObject) and not isinstance(left, int):
        return left is right or _are_equal_maps(dict(left.go_fields()), dict(right.go_fields()), meter)
    return left == right


def _are_equal_lists(left: list[object], right: list[object], meter: Meter) -> bool:
    if len(left) != len(right) or isinstance(left, NilSlice) != isinstance(right, NilSlice):
        return False
    # Go takes a list for the same as itself without a look at it, even with a NaN in it.
    if left is right:
        return True
    meter.enter()
    same = all(are_equal(one, other, meter) for one, other in zip(left, right, strict=True))
    meter.leave()
    return same


def _are_equal_maps(left: dict[str, object], right: dict[str, object], meter: Meter) -> bool:
    if left is right:
        return True
    if left.keys() != right.keys() or isinstance(left, NilMap) != isinstance(right, NilMap):
        return False
    meter.enter()
    same = all(are_equal(item, right[key], meter) for key, item in left.items())
    meter.leave()
    return same
