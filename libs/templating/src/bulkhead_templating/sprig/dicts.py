"""Functions of sprig for maps with text keys; `set` and `unset` change the map that they get.

Where Go gives the entries in no order of its own, they come in the order of their keys here.

Source: github.com/Masterminds/sprig v3, dict.go.
"""

from typing import NoReturn

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, ANY_MAP, ANY_SLICE, BOOL, STRING, STRING_SLICE
from bulkhead_templating.sprig.conversion import text_from
from bulkhead_templating.sprig.slices import panic, strings
from bulkhead_templating.text import canonical, sort_key
from bulkhead_templating.values import NilMap, TypedMap, TypedSlice, type_of

FUNCTIONS = FunctionMap()

_ENTRY_BYTES = 64
# Keys, what to give without them, and the map.
_MIN_DIG = 3


@FUNCTIONS.function("dict", variadic=ANY, returns=ANY_MAP, with_environment=True)
def make_dict(environment: Environment, *items: object) -> dict[str, object]:
    """Make a map of keys and values in turn; a key without a value gets an empty text."""
    made: dict[str, object] = {}
    for index in range(0, len(items), 2):
        key = canonical(text_from(items[index], environment.meter))
        made[key] = items[index + 1] if index + 1 < len(items) else ""
    return made


@FUNCTIONS.function("get", ANY_MAP, STRING)
def get(entries: dict[str, object], key: str) -> object:
    """Give what is under a key, an empty text if nothing is."""
    return entries.get(canonical(key), "")


@FUNCTIONS.function("set", ANY_MAP, STRING, ANY, returns=ANY_MAP, with_environment=True)
def set_entry(environment: Environment, entries: dict[str, object], key: str, value: object) -> dict[str, object]:
    """Put a value under a key of this map, and give the map."""
    if isinstance(entries, NilMap):
        panic("assignment to entry in nil map")
    environment.meter.allocate(_ENTRY_BYTES)
    entries[canonical(key)] = value
    return entries


@FUNCTIONS.function("unset", ANY_MAP, STRING, returns=ANY_MAP)
def unset(entries: dict[str, object], key: str) -> dict[str, object]:
    """Take a key out of this map, and give the map."""
    entries.pop(canonical(key), None)
    return entries


@FUNCTIONS.function("hasKey", ANY_MAP, STRING, returns=BOOL)
def has_key(entries: dict[str, object], key: str) -> bool:
    """Say whether a map has a key."""
    return canonical(key) in entries


@FUNCTIONS.function("pluck", STRING, variadic=ANY_MAP, returns=ANY_SLICE)
def pluck(key: str, *maps: dict[str, object]) -> list[object]:
    """Give what maps have under a key."""
    key = canonical(key)
    return [entries[key] for entries in maps if key in entries]


@FUNCTIONS.function("keys", variadic=ANY_MAP, returns=STRING_SLICE, with_environment=True)
def keys(environment: Environment, *maps: dict[str, object]) -> TypedSlice:
    """Give the keys of maps."""
    environment.meter.walk(sum(map(len, maps)))
    return strings(key for entries in maps for key in sorted(entries, key=sort_key))


@FUNCTIONS.function("values", ANY_MAP, returns=ANY_SLICE, with_environment=True)
def values(environment: Environment, entries: dict[str, object]) -> list[object]:
    """Give the values of a map."""
    environment.meter.walk(len(entries))
    return [entries[key] for key in sorted(entries, key=sort_key)]


@FUNCTIONS.function("pick", ANY_MAP, variadic=STRING, returns=ANY_MAP)
def pick(entries: dict[str, object], *wanted: str) -> dict[str, object]:
    """Give a map of those of some keys that are there."""
    return {key: entries[key] for key in map(canonical, wanted) if key in entries}


@FUNCTIONS.function("omit", ANY_MAP, variadic=STRING, returns=ANY_MAP, with_environment=True)
def omit(environment: Environment, entries: dict[str, object], *unwanted: str) -> dict[str, object]:
    """Give a map without some keys."""
    environment.meter.walk(len(entries))
    omitted = set(map(canonical, unwanted))
    return {key: value for key, value in entries.items() if key not in omitted}


@FUNCTIONS.function("dig", variadic=ANY)
def dig(*arguments: object) -> object:
    """Follow keys through maps within maps; the last argument is the map, the one before what to give without a key."""
    if len(arguments) < _MIN_DIG:
        panic("dig needs at least three arguments")
    *path, fallback, found = arguments
    entries = _as_map(found)
    for key in path:
        if not isinstance(key, str):
            _panic_of_conversion(key, STRING.name)
    for index, key in enumerate(path):
        if index:
            entries = _as_map(found)
        name = canonical(str(key))
        if name not in entries:
            return fallback
        found = entries[name]
    return found


def _as_map(value: object) -> dict[str, object]:
    # Another type of map, for example map[string]string, is none to Go here.
    if not isinstance(value, dict) or isinstance(value, TypedMap):
        _panic_of_conversion(value, ANY_MAP.name)
    return value


def _panic_of_conversion(value: object, wanted: str) -> NoReturn:
    given = "nil" if value is None else type_of(value).name
    panic(f"interface conversion: interface {{}} is {given}, not {wanted}")
