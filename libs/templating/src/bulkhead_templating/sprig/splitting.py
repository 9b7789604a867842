"""Functions of sprig that make several texts of one, and one of several.

Source: Go, package strings, Split and SplitN; github.com/Masterminds/sprig v3, strings.go.
"""

from collections.abc import Sequence

from bulkhead_templating.environment import Environment
from bulkhead_templating.formatting import put_together
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY, INT, STRING, STRING_MAP, STRING_SLICE
from bulkhead_templating.limits import Meter
from bulkhead_templating.printing import sprint, sprintf
from bulkhead_templating.sprig.conversion import text_from
from bulkhead_templating.sprig.slices import is_slice, strings, strings_from
from bulkhead_templating.text import bytes_of, canonical, sort_key, text_of
from bulkhead_templating.values import TypedMap, TypedSlice

FUNCTIONS = FunctionMap()

_ELEMENT_BYTES = 16


@FUNCTIONS.function("splitList", STRING, STRING, returns=STRING_SLICE, with_environment=True)
def split_list(environment: Environment, separator: str, text: str) -> TypedSlice:
    """Split a text into a list."""
    return strings(split_text(text, separator, -1, environment.meter))


@FUNCTIONS.function("split", STRING, STRING, returns=STRING_MAP, with_environment=True)
def split(environment: Environment, separator: str, text: str) -> TypedMap:
    """Split a text into a map with the keys `_0`, `_1` and so on."""
    return _numbered(split_text(text, separator, -1, environment.meter))


@FUNCTIONS.function("splitn", STRING, INT, STRING, returns=STRING_MAP, with_environment=True)
def splitn(environment: Environment, separator: str, count: int, text: str) -> TypedMap:
    """Split a text into so many parts at most, in a map with the keys `_0`, `_1` and so on."""
    return _numbered(split_text(text, separator, count, environment.meter))


@FUNCTIONS.function("join", STRING, ANY, returns=STRING, with_environment=True)
def join(environment: Environment, separator: str, items: object) -> str:
    """Put the elements of a list together as one text."""
    parts = strings_from(items, environment.meter)
    return canonical(put_together(parts, meter=environment.meter, between=separator))


@FUNCTIONS.function("cat", variadic=ANY, returns=STRING, with_environment=True)
def cat(environment: Environment, *items: object) -> str:
    """Put values together with spaces between them."""
    shown = (sprint(item, meter=environment.meter) for item in items if item is not None)
    return canonical(put_together(shown, meter=environment.meter, between=" "))


@FUNCTIONS.function("quote", variadic=ANY, returns=STRING, with_environment=True)
def quote(environment: Environment, *items: object) -> str:
    """Put each value into double quotes, as a string of Go."""
    meter = environment.meter
    quoted = (sprintf("%q", text_from(item, meter), meter=meter) for item in items if item is not None)
    return put_together(quoted, meter=meter, between=" ")


@FUNCTIONS.function("squote", variadic=ANY, returns=STRING, with_environment=True)
def squote(environment: Environment, *items: object) -> str:
    """Put each value into single quotes, as it is."""
    shown = (f"'{sprint(item, meter=environment.meter)}'" for item in items if item is not None)
    return canonical(put_together(shown, meter=environment.meter, between=" "))


@FUNCTIONS.function("toString", ANY, returns=STRING, with_environment=True)
def to_string(environment: Environment, value: object) -> str:
    """Give a value as a text."""
    return text_from(value, environment.meter)


@FUNCTIONS.function("toStrings", ANY, returns=STRING_SLICE, with_environment=True)
def to_strings(environment: Environment, value: object) -> TypedSlice:
    """Give the elements of a list as texts; what are texts already is not copied."""
    if isinstance(value, TypedSlice) and value.go_type == STRING_SLICE:
        return value
    return strings(strings_from(value, environment.meter))


@FUNCTIONS.function("sortAlpha", ANY, returns=STRING_SLICE, with_environment=True)
def sort_alpha(environment: Environment, items: object) -> TypedSlice:
    """Sort the elements of a list as texts, by their bytes."""
    if not is_slice(items):
        return strings([text_from(items, environment.meter)])
    if isinstance(items, TypedSlice) and items.go_type == STRING_SLICE:
        # A []string is not copied, so it is sorted for all who have it.
        environment.meter.walk(len(items))
        items.sort(key=lambda item: sort_key(str(item)))
        return items
    return strings(sorted(strings_from(items, environment.meter), key=sort_key))


def split_text(text: str, separator: str, count: int, meter: Meter) -> list[str]:
    """Split a text; an empty separator splits it into its runes.

    Args:
        text: what to split.
        separator: what is between the parts.
        count: how many parts at most; the last one has the rest. Any number if it is negative, none if it is zero.
        meter: what the parts are charged to.
    """
    if count == 0:
        return []
    if not separator:
        return _runes(text, count, meter)
    data, mark = bytes_of(text), bytes_of(separator)
    meter.allocate((data.count(mark) + 1) * _ELEMENT_BYTES)
    return [text_of(part) for part in data.split(mark, count - 1 if count > 0 else -1)]


def _runes(text: str, count: int, meter: Meter) -> list[str]:
    meter.allocate(len(text) * _ELEMENT_BYTES)
    if not 0 < count < len(text):
        return list(text)
    return [*text[: count - 1], text[count - 1 :]]


def _numbered(parts: Sequence[str]) -> TypedMap:
    return TypedMap(STRING, STRING, {f"_{index}": part for index, part in enumerate(parts)})
