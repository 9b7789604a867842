"""Which values and constants a parameter takes, and as what.

Source: Go, package text/template, "Arguments"; the rules of assignability of the Go specification.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from bulkhead_templating.kinds import (
    COMPLEX_KINDS,
    ERROR,
    FLOAT_KINDS,
    REFLECT_VALUE,
    SIGNED_KINDS,
    UNSIGNED_KINDS,
    GoType,
    Kind,
    is_assignable,
)
from bulkhead_templating.nodes import Bool, Number, String
from bulkhead_templating.numbers import SIZED, Float32, SizedInt, wrapped
from bulkhead_templating.values import NO_VALUE, is_error, type_of
from bulkhead_templating.zeros import zero_of

_SIZED: Final[Mapping[GoType, type[SizedInt | Float32]]] = {sized.go_type: sized for sized in SIZED}
_FLOAT_MARKS: Final = ".eEpP"
_Constant = TypeVar("_Constant")


class ArgumentError(ValueError):
    """A parameter does not take a value; the message is Go's."""


def suitable(value: object, wanted: GoType) -> object:
    """Give a value as a parameter takes it.

    Raises:
        ArgumentError: it does not.
    """
    if wanted == REFLECT_VALUE:
        return value
    if value is NO_VALUE:
        if not wanted.can_be_nil:
            raise ArgumentError(f"invalid value; expected {wanted.name}")
        return zero_of(wanted)
    given = type_of(value)
    if is_assignable(given, wanted) or (wanted == ERROR and is_error(value)):
        return value
    raise ArgumentError(f"wrong type for value; expected {wanted.name}; got {given.name}")


def ideal_constant(node: Number) -> object:
    """Give a number as the type that it has where none is wanted; None if int cannot hold it."""
    if node.complex_ is not None:
        return node.complex_
    if node.floating is not None and _looks_like_float(node.text):
        return node.floating
    return node.integer


def argument_from_constant(node: Bool | Number | String, wanted: GoType) -> object:
    """Give a constant as a parameter takes it.

    Raises:
        ArgumentError: it does not.
    """
    kind = wanted.kind
    if wanted.is_any or wanted == REFLECT_VALUE:
        return _any_constant(node)
    if kind is Kind.BOOL:
        return _checked(node.value if isinstance(node, Bool) else None, node, "bool")
    if kind is Kind.STRING:
        return _checked(node.value if isinstance(node, String) else None, node, "string")
    number = node if isinstance(node, Number) else None
    if kind in SIGNED_KINDS:
        return _integer(_checked(number.integer if number else None, node, "integer"), wanted)
    if kind in UNSIGNED_KINDS:
        return _integer(_checked(number.unsigned if number else None, node, "unsigned integer"), wanted)
    if kind in FLOAT_KINDS:
        floating = _checked(number.floating if number else None, node, "float")
        return Float32(floating) if kind is Kind.FLOAT32 else floating
    if kind in COMPLEX_KINDS:
        return _checked(number.complex_ if number else None, node, "complex")
    raise ArgumentError(f"can't handle {node} for arg of type {wanted.name}")


def _any_constant(node: Bool | Number | String) -> object:
    if not isinstance(node, Number):
        return node.value
    constant = ideal_constant(node)
    if constant is None:
        raise ArgumentError(f"{node.text} overflows int")
    return constant


def _checked(value: _Constant | None, node: Bool | Number | String, name: str) -> _Constant:
    if value is None:
        raise ArgumentError(f"expected {name}; found {node}")
    return value


def _integer(number: int, wanted: GoType) -> int:
    sized = _SIZED.get(wanted)
    if sized is None or not issubclass(sized, SizedInt):
        return wrapped(number)
    return sized.wrap(number)


def _looks_like_float(text: str) -> bool:
    """Say whether a number was written as a float; runes and hexadecimal integers may hold an e."""
    if text.startswith("'"):
        return False
    is_hexadecimal_integer = text.lower().lstrip("+-").startswith("0x") and not any(mark in text for mark in "pP")
    return not is_hexadecimal_integer and any(mark in text for mark in _FLOAT_MARKS)
