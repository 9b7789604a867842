"""What the functions for lists have in common: who is a list, and lists that Go has not made."""

from collections.abc import Iterable
from typing import NoReturn, TypeGuard

from bulkhead_templating.errors import GoPanicError
from bulkhead_templating.kinds import STRING
from bulkhead_templating.limits import Meter
from bulkhead_templating.numbers import Uint8
from bulkhead_templating.sprig.conversion import text_from
from bulkhead_templating.values import NO_VALUE, TypedSlice, kind_of

NIL_POINTER = "runtime error: invalid memory address or nil pointer dereference"
_POINTER_BYTES = 8
_NUMBER_BYTES = 40


def is_slice(value: object) -> TypeGuard[list[object] | bytes]:
    """Say whether a value is a slice of Go."""
    return isinstance(value, list | bytes)


def elements(value: list[object] | bytes, meter: Meter) -> list[object]:
    """Give the elements of a slice, each as the value that Go makes of it.

    Raises:
        LimitError: a copy of them is more than there may be.
    """
    if isinstance(value, bytes):
        meter.walk(len(value))
        meter.allocate(len(value) * _NUMBER_BYTES)
        return [Uint8(byte) for byte in value]
    meter.scan(len(value) * _POINTER_BYTES)
    return list(value)


def element_at(value: list[object] | bytes, place: int) -> object:
    """Give one element of a slice that has so many; a negative place counts from the end."""
    return Uint8(value[place]) if isinstance(value, bytes) else value[place]


def strings(texts: Iterable[str]) -> TypedSlice:
    """Give texts as []string."""
    return TypedSlice(STRING, texts)


def strings_from(value: object, meter: Meter) -> list[str]:
    """Give what is in a slice as texts, without the nils; of anything else, the value itself as the only one."""
    if is_slice(value):
        meter.walk(len(value))
        return [text_from(item, meter) for item in elements(value, meter) if item is not None]
    return [] if value is None or value is NO_VALUE else [text_from(value, meter)]


def kind_name(value: object) -> str:
    """Give what reflect.TypeOf(value).Kind() prints.

    Raises:
        GoPanicError: it is nil, which has no type.
    """
    if value is None or value is NO_VALUE:
        panic(NIL_POINTER)
    return kind_of(value).value


def panic(message: str) -> NoReturn:
    """Fail as Go does by a panic.

    Raises:
        GoPanicError: always.
    """
    raise GoPanicError(message)
