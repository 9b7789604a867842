"""Go's comparisons in templates: eq, ne, lt, le, gt, ge.

Source: Go, package text/template, "Functions": basic kinds are compared whatever their size, others only for being
the same.
"""

from enum import Enum
from typing import NoReturn

from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.kinds import COMPLEX_KINDS, FLOAT_KINDS, SIGNED_KINDS, UNSIGNED_KINDS, Kind
from bulkhead_templating.printing import sprintf
from bulkhead_templating.text import same_text, sort_key
from bulkhead_templating.values import NO_VALUE, GoObject, NilMap, NilSlice, kind_of, type_of


class _Basic(Enum):
    """What values can be compared as."""

    BOOL = 1
    COMPLEX = 2
    FLOAT = 3
    INT = 4
    STRING = 5
    UINT = 6
    NONE = 7


_INTEGERS = (_Basic.INT, _Basic.UINT)


def equal(first: object, *others: object) -> bool:
    """Say whether the first value equals one of the others.

    Raises:
        TemplateFunctionError: values of these types cannot be compared, or there is nothing to compare with.
    """
    if not others:
        raise TemplateFunctionError("missing argument for comparison", is_public=True)
    return any(_are_equal(first, other) for other in others)


def not_equal(first: object, second: object) -> bool:
    """Say whether two values differ."""
    return not equal(first, second)


def less(first: object, second: object) -> bool:
    """Say whether the first value comes before the second.

    Raises:
        TemplateFunctionError: values of these types have no order.
    """
    left, right = _ordered(first), _ordered(second)
    if left is not right and not (left in _INTEGERS and right in _INTEGERS):
        raise _incompatible(first, second)
    if left in (_Basic.BOOL, _Basic.COMPLEX):
        _bad_type()
    if isinstance(first, str) and isinstance(second, str):
        return sort_key(first) < sort_key(second)
    if isinstance(first, int | float) and isinstance(second, int | float):
        return first < second
    raise AssertionError("the kinds were compared")


def less_or_equal(first: object, second: object) -> bool:
    """Say whether the first value comes before the second or equals it."""
    return less(first, second) or equal(first, second)


def greater(first: object, second: object) -> bool:
    """Say whether the first value neither comes before the second nor equals it."""
    return not less_or_equal(first, second)


def greater_or_equal(first: object, second: object) -> bool:
    """Say whether the first value does not come before the second."""
    return not less(first, second)


def _bad_type() -> NoReturn:
    raise TemplateFunctionError("invalid type for comparison", is_public=True)


def _incompatible(left: object, right: object) -> TemplateFunctionError:
    names = f"{type_of(left).name} and {type_of(right).name}"
    return TemplateFunctionError(f"incompatible types for comparison: {names}", is_public=True)


def _basic(value: object) -> _Basic:
    kind = kind_of(value)
    if kind in SIGNED_KINDS:
        return _Basic.INT
    if kind in UNSIGNED_KINDS:
        return _Basic.UINT
    if kind in FLOAT_KINDS:
        return _Basic.FLOAT
    if kind in COMPLEX_KINDS:
        return _Basic.COMPLEX
    return {Kind.BOOL: _Basic.BOOL, Kind.STRING: _Basic.STRING}.get(kind, _Basic.NONE)


def _ordered(value: object) -> _Basic:
    basic = _basic(value)
    if basic is _Basic.NONE:
        _bad_type()
    return basic


def _is_nothing(value: object) -> bool:
    return value is None or value is NO_VALUE


def _is_nil(value: object) -> bool:
    return _is_nothing(value) or isinstance(value, NilMap | NilSlice)


def _are_equal(left: object, right: object) -> bool:
    left_basic, right_basic = _basic(left), _basic(right)
    if left_basic is not right_basic and not (left_basic in _INTEGERS and right_basic in _INTEGERS):
        if _is_nothing(left) or _is_nothing(right):
            return False
        raise _incompatible(left, right)
    if left_basic is _Basic.NONE:
        return _are_same(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return same_text(left, right)
    return left == right


def _are_same(left: object, right: object) -> bool:
    is_comparable = _is_nothing(left) or _is_nothing(right) or kind_of(left) is kind_of(right)
    if is_comparable and (_is_nil(left) or _is_nil(right)):
        return _is_nil(left) and _is_nil(right)
    if not is_comparable:
        # The verbs are those of Go's message.
        message = sprintf("non-comparable types %s: %v, %s: %v", left, type_of(left).name, type_of(right).name, right)
        raise TemplateFunctionError(message)
    if not isinstance(right, GoObject):
        raise TemplateFunctionError(sprintf("non-comparable type %s: %v", right, type_of(right).name))
    return left is right
