"""Functions of sprig that merge maps into the first one, and those that copy values all the way down.

Source: github.com/Masterminds/sprig v3, dict.go; dario.cat/mergo 1.0, Merge and WithOverride, for maps of values that
are no structs; github.com/mitchellh/copystructure 1.2.
"""

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, ANY_MAP
from bulkhead_templating.limits import Meter
from bulkhead_templating.sprig.emptiness import is_empty
from bulkhead_templating.sprig.slices import is_slice, panic
from bulkhead_templating.values import GoError, NilMap, NilSlice, TypedMap, TypedSlice, type_of

FUNCTIONS = FunctionMap()

_ENTRY_BYTES = 64


@FUNCTIONS.function("merge", ANY_MAP, variadic=ANY_MAP, with_environment=True)
@FUNCTIONS.function("mustMerge", ANY_MAP, variadic=ANY_MAP, with_environment=True)
def merge(environment: Environment, target: dict[str, object], *sources: dict[str, object]) -> object:
    """Put what the first map lacks, or has empty, into it from the others."""
    return _merged(environment, target, sources, overwrites=False)


@FUNCTIONS.function("mergeOverwrite", ANY_MAP, variadic=ANY_MAP, with_environment=True)
@FUNCTIONS.function("mustMergeOverwrite", ANY_MAP, variadic=ANY_MAP, with_environment=True)
def merge_overwrite(environment: Environment, target: dict[str, object], *sources: dict[str, object]) -> object:
    """Put all that the others have into the first map."""
    return _merged(environment, target, sources, overwrites=True)


@FUNCTIONS.function("deepCopy", ANY, with_environment=True)
def deep_copy(environment: Environment, value: object) -> object:
    """Copy a value all the way down."""
    if value is None:
        panic("reflect: call of reflect.Value.Type on zero Value")
    return _copied(value, environment.meter)


@FUNCTIONS.function("mustDeepCopy", ANY, with_environment=True)
def must_deep_copy(environment: Environment, value: object) -> object:
    """Copy a value all the way down."""
    return deep_copy(environment, value)


def _merged(
    environment: Environment, target: dict[str, object], sources: tuple[dict[str, object], ...], *, overwrites: bool
) -> dict[str, object]:
    for source in sources:
        if isinstance(target, NilMap) and not isinstance(source, NilMap):
            target = {}
        _merge(target, source, environment.meter, overwrites=overwrites)
    return target


def _merge(target: dict[str, object], source: dict[str, object], meter: Meter, *, overwrites: bool) -> None:
    meter.enter()
    # A map may be merged into itself.
    for key, value in list(source.items()):
        meter.step()
        if value is None:
            if overwrites:
                _put(target, key, None, source)
            continue
        present = key in target
        current = target.get(key)
        if isinstance(value, dict) and isinstance(current, dict):
            _merge(current, value, meter, overwrites=overwrites)
        if overwrites and is_slice(value):
            _put(target, key, value, source)
        if present and not is_empty(current) and _stays(current, value):
            continue
        if overwrites or not present or is_empty(current):
            meter.allocate(_ENTRY_BYTES)
            _put(target, key, value, source)
    meter.leave()


def _stays(current: object, value: object) -> bool:
    """Say whether what is there was dealt with: all that a list comes upon, and a map that a map was merged into."""
    return is_slice(value) or (isinstance(value, dict) and isinstance(current, dict))


def _put(target: dict[str, object], key: str, value: object, source: dict[str, object]) -> None:
    # A list goes in by itself, and everything else as an element of the map that it comes from.
    wanted, given = type_of(target).element, type_of(value) if is_slice(value) else type_of(source).element
    if wanted is not None and given is not None and wanted not in (given, ANY):
        panic(f"reflect.Value.SetMapIndex: value of type {given.name} is not assignable to type {wanted.name}")
    target[key] = value


def _copied(value: object, meter: Meter) -> object:
    meter.step()
    if isinstance(value, GoError):
        # The original copies no fields that are not exported, so what it says is lost.
        return GoError("")
    if isinstance(value, NilMap | NilSlice) or not isinstance(value, list | dict):
        return value
    meter.allocate(_ENTRY_BYTES * (1 + len(value)))
    meter.enter()
    copied = _copied_list(value, meter) if isinstance(value, list) else _copied_map(value, meter)
    meter.leave()
    return copied


def _copied_list(value: list[object], meter: Meter) -> list[object]:
    items = [_copied(item, meter) for item in value]
    element = value.go_type.element if isinstance(value, TypedSlice) else None
    return items if element is None else TypedSlice(element, items)


def _copied_map(value: dict[object, object], meter: Meter) -> dict[object, object]:
    entries = {key: _copied(item, meter) for key, item in value.items()}
    if not isinstance(value, TypedMap) or value.go_type.key is None or value.go_type.element is None:
        return entries
    copied = TypedMap(value.go_type.key, value.go_type.element)
    copied.update(entries)
    return copied
