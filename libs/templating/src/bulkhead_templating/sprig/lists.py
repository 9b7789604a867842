"""Functions of sprig that make lists of lists, or give one element; each of them leaves the list that it got as it is.

The originals come in pairs: one panics, the other with "must" before its name gives an error. A template cannot tell
these apart, so both names have one function.

Source: github.com/Masterminds/sprig v3, list.go.
"""

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, ANY_SLICE, BOOL, INT, slice_of
from bulkhead_templating.sprig.conversion import int64_from
from bulkhead_templating.sprig.emptiness import is_empty
from bulkhead_templating.sprig.equality import is_in
from bulkhead_templating.sprig.slices import element_at, elements, is_slice, kind_name, panic
from bulkhead_templating.values import NilSlice, TypedSlice

FUNCTIONS = FunctionMap()

_ELEMENT_BYTES = 16
_LIST_BYTES = 64


@FUNCTIONS.function("list", variadic=ANY, returns=ANY_SLICE)
@FUNCTIONS.function("tuple", variadic=ANY, returns=ANY_SLICE)
def make_list(*items: object) -> list[object]:
    """Make a list of values."""
    return list(items)


@FUNCTIONS.function("append", ANY, ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("push", ANY, ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustAppend", ANY, ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustPush", ANY, ANY, returns=ANY_SLICE, with_environment=True)
def append(environment: Environment, items: object, item: object) -> list[object]:
    """Give a list with one more element at its end."""
    return [*_elements(environment, items, "Cannot push on type"), item]


@FUNCTIONS.function("prepend", ANY, ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustPrepend", ANY, ANY, returns=ANY_SLICE, with_environment=True)
def prepend(environment: Environment, items: object, item: object) -> list[object]:
    """Give a list with one more element at its start."""
    return [item, *_elements(environment, items, "Cannot prepend on type")]


@FUNCTIONS.function("first", ANY)
@FUNCTIONS.function("mustFirst", ANY)
def first(items: object) -> object:
    """Give the first element, nil of an empty list."""
    found = _slice(items, "Cannot find first on type")
    return element_at(found, 0) if found else None


@FUNCTIONS.function("last", ANY)
@FUNCTIONS.function("mustLast", ANY)
def last(items: object) -> object:
    """Give the last element, nil of an empty list."""
    found = _slice(items, "Cannot find last on type")
    return element_at(found, -1) if found else None


@FUNCTIONS.function("rest", ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustRest", ANY, returns=ANY_SLICE, with_environment=True)
def rest(environment: Environment, items: object) -> list[object]:
    """Give all elements but the first."""
    found = _elements(environment, items, "Cannot find rest on type")
    return found[1:] if found else NilSlice()


@FUNCTIONS.function("initial", ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustInitial", ANY, returns=ANY_SLICE, with_environment=True)
def initial(environment: Environment, items: object) -> list[object]:
    """Give all elements but the last."""
    found = _elements(environment, items, "Cannot find initial on type")
    return found[:-1] if found else NilSlice()


@FUNCTIONS.function("reverse", ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustReverse", ANY, returns=ANY_SLICE, with_environment=True)
def reverse(environment: Environment, items: object) -> list[object]:
    """Give the elements from the last to the first."""
    return _elements(environment, items, "Cannot find reverse on type")[::-1]


@FUNCTIONS.function("compact", ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustCompact", ANY, returns=ANY_SLICE, with_environment=True)
def compact(environment: Environment, items: object) -> list[object]:
    """Give the elements that are not empty."""
    found = _elements(environment, items, "Cannot compact on type")
    environment.meter.walk(len(found))
    return [item for item in found if not is_empty(item)]


@FUNCTIONS.function("uniq", ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustUniq", ANY, returns=ANY_SLICE, with_environment=True)
def uniq(environment: Environment, items: object) -> list[object]:
    """Give the elements without those that were there before."""
    found: list[object] = []
    for item in _elements(environment, items, "Cannot find uniq on type"):
        if not is_in(item, found, environment.meter):
            found.append(item)
    return found


@FUNCTIONS.function("without", ANY, variadic=ANY, returns=ANY_SLICE, with_environment=True)
@FUNCTIONS.function("mustWithout", ANY, variadic=ANY, returns=ANY_SLICE, with_environment=True)
def without(environment: Environment, items: object, *omitted: object) -> list[object]:
    """Give the elements without some values."""
    found = _elements(environment, items, "Cannot find without on type")
    return [item for item in found if not is_in(item, omitted, environment.meter)]


@FUNCTIONS.function("has", ANY, ANY, returns=BOOL, with_environment=True)
@FUNCTIONS.function("mustHas", ANY, ANY, returns=BOOL, with_environment=True)
def has(environment: Environment, item: object, items: object) -> bool:
    """Say whether a value is in a list; nil has none."""
    if items is None:
        return False
    return is_in(item, _elements(environment, items, "Cannot find has on type"), environment.meter)


@FUNCTIONS.function("slice", ANY, variadic=ANY)
@FUNCTIONS.function("mustSlice", ANY, variadic=ANY)
def slice_list(items: object, *indexes: object) -> object:
    """Give the elements from one index to before another; nil of an empty list."""
    if not is_slice(items):
        raise TemplateFunctionError(f"list should be type of slice or array but {kind_name(items)}", is_public=True)
    if not items:
        return None
    start = int64_from(indexes[0]) if indexes else 0
    end = int64_from(indexes[1]) if len(indexes) > 1 else len(items)
    # In Go a slice goes on behind its end as far as it has room, but how much that is nobody can rely on.
    if not 0 <= start <= end <= len(items):
        panic("reflect.Value.Slice: slice index out of bounds")
    if isinstance(items, TypedSlice) and items.go_type.element is not None:
        return TypedSlice(items.go_type.element, items[start:end])
    return items[start:end]


@FUNCTIONS.function("concat", variadic=ANY, with_environment=True)
def concat(environment: Environment, *lists: object) -> object:
    """Put lists together."""
    joined: list[object] = []
    for items in lists:
        if not is_slice(items):
            panic(f"Cannot concat type {kind_name(items)} as list")
        joined.extend(elements(items, environment.meter))
    return joined or NilSlice()


@FUNCTIONS.function("chunk", INT, ANY, returns=slice_of(ANY_SLICE), with_environment=True)
@FUNCTIONS.function("mustChunk", INT, ANY, returns=slice_of(ANY_SLICE), with_environment=True)
def chunk(environment: Environment, size: int, items: object) -> TypedSlice:
    """Give the elements in lists of so many; the last one may be shorter."""
    found = _elements(environment, items, "Cannot chunk type")
    if size > 0:
        environment.meter.walk(len(found) // size)
        environment.meter.allocate(len(found) // size * _LIST_BYTES + len(found) * _ELEMENT_BYTES)
        return TypedSlice(ANY_SLICE, [found[start : start + size] for start in range(0, len(found), size)])
    return _chunks_of_no_size(size, found)


def _chunks_of_no_size(size: int, found: list[object]) -> TypedSlice:
    """Do what the original makes of sizes that it does not expect."""
    if size == 0 or not found or len(found) - 1 > -size or (size == -1 and len(found) == 1):
        panic("runtime error: makeslice: len out of range")
    return TypedSlice(ANY_SLICE, [found] if len(found) == 1 else [])


def _elements(environment: Environment, items: object, problem: str) -> list[object]:
    """Give the elements of what must be a list.

    Raises:
        TemplateFunctionError: it is none.
    """
    return elements(_slice(items, problem), environment.meter)


def _slice(items: object, problem: str) -> list[object] | bytes:
    if is_slice(items):
        return items
    raise TemplateFunctionError(f"{problem} {kind_name(items)}", is_public=True)
