"""Go's index, slice and len in templates.

Source: Go, package text/template, "Functions".
"""

from itertools import pairwise

from bulkhead_templating.errors import GoPanicError, TemplateFunctionError
from bulkhead_templating.held import Held
from bulkhead_templating.kinds import INTEGER_KINDS, GoType
from bulkhead_templating.numbers import SIZED, SizedInt, Uint8, wrapped
from bulkhead_templating.text import byte_length, bytes_of, text_of
from bulkhead_templating.values import NO_VALUE, TypedMap, TypedSlice, kind_of, pointed, type_of
from bulkhead_templating.zeros import zero_of

_MAX_INDEXES = 3


def length(value: object) -> int:
    """Give the number of bytes of a string or of elements of anything else that has some.

    Raises:
        TemplateFunctionError: it has none.
    """
    if isinstance(value, str):
        return byte_length(value)
    if isinstance(value, bytes | list | dict):
        return len(value)
    if value is None:
        raise TemplateFunctionError("len of nil pointer", is_public=True)
    if value is NO_VALUE:
        raise GoPanicError("reflect: call of reflect.Value.Type on zero Value", is_public=True)
    raise TemplateFunctionError(f"len of type {type_of(pointed(value)).name}", is_public=True)


def index(item: object, *indexes: object) -> object:
    """Follow indexes and keys into a value.

    Raises:
        TemplateFunctionError: one of them leads nowhere.
    """
    if item is None or item is NO_VALUE:
        raise TemplateFunctionError("index of untyped nil", is_public=True)
    for one in indexes:
        if item is None:
            raise TemplateFunctionError("index of nil pointer", is_public=True)
        item = _element(item, one)
    return item


def cut(item: object, *indexes: Held) -> object:
    """Give a part of a string or slice, from the first index to before the second.

    Go's function does not look into an index that stands in a place of type `interface {}`.

    Raises:
        TemplateFunctionError: there is no such part.
    """
    if item is None or item is NO_VALUE:
        raise TemplateFunctionError("slice of untyped nil", is_public=True)
    if len(indexes) > _MAX_INDEXES:
        raise TemplateFunctionError(f"too many slice indexes: {len(indexes)}", is_public=True)
    if not isinstance(item, str | bytes | list):
        raise TemplateFunctionError(f"can't slice item of type {type_of(pointed(item)).name}", is_public=True)
    if isinstance(item, str) and len(indexes) == _MAX_INDEXES:
        raise TemplateFunctionError("cannot 3-index slice a string", is_public=True)
    size = byte_length(item) if isinstance(item, str) else len(item)
    bounds = [_bound(one, size) for one in indexes]
    for low, high in pairwise(bounds):
        if low > high:
            raise TemplateFunctionError(f"invalid slice index: {low} > {high}")
    start = bounds[0] if bounds else 0
    end = bounds[1] if len(bounds) > 1 else size
    return _part(item, start, end)


def _part(item: str | bytes | list[object], start: int, end: int) -> object:
    if isinstance(item, str):
        return item[start:end] if item.isascii() else text_of(bytes_of(item)[start:end])
    if isinstance(item, TypedSlice) and item.go_type.element is not None:
        return TypedSlice(item.go_type.element, item[start:end])
    return item[start:end]


def _element(item: object, one: object) -> object:
    if isinstance(item, str | bytes):
        data = bytes_of(item) if isinstance(item, str) else item
        kind = "string" if isinstance(item, str) else "slice"
        return Uint8(data[_inside(one, len(data), kind)])
    if isinstance(item, list):
        return item[_inside(one, len(item), "slice")]
    if isinstance(item, dict):
        known = type_of(item)
        key = _key(one, known.key or known)
        if key in item:
            return item[key]
        return zero_of(known.element) if isinstance(item, TypedMap) and known.element is not None else None
    raise TemplateFunctionError(f"can't index item of type {type_of(pointed(item)).name}", is_public=True)


def _bound(one: Held, size: int) -> int:
    if one.boxed:
        raise TemplateFunctionError("cannot index slice/array with type interface {}", is_public=True)
    return _position(one.value, size)


def _position(one: object, size: int) -> int:
    """Check an index that may stand behind the last element."""
    if one is None or one is NO_VALUE:
        raise TemplateFunctionError("cannot index slice/array with nil", is_public=True)
    if not isinstance(one, int) or isinstance(one, bool):
        raise TemplateFunctionError(f"cannot index slice/array with type {type_of(one).name}", is_public=True)
    if not 0 <= one <= size:
        raise TemplateFunctionError(f"index out of range: {wrapped(one)}")
    return int(one)


def _inside(one: object, size: int, kind: str) -> int:
    position = _position(one, size)
    if position == size:
        raise GoPanicError(f"reflect: {kind} index out of range", is_public=True)
    return position


def _key(one: object, wanted: GoType) -> object:
    if one is None or one is NO_VALUE:
        if wanted.can_be_nil:
            return None
        raise TemplateFunctionError(f"value is nil; should be of type {wanted.name}", is_public=True)
    given = type_of(one)
    if given == wanted or wanted.is_any:
        return one
    if isinstance(one, int) and kind_of(one) in INTEGER_KINDS and wanted.kind in INTEGER_KINDS:
        return _converted(one, wanted)
    raise TemplateFunctionError(f"value has type {given.name}; should be {wanted.name}", is_public=True)


def _converted(number: int, wanted: GoType) -> int:
    for sized in SIZED:
        if sized.go_type == wanted and issubclass(sized, SizedInt):
            return sized.wrap(number)
    return wrapped(number)
