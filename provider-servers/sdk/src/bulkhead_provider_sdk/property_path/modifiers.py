"""gjson's modifiers: functions from a value's text, an argument and a way to look further to a value's text.

Empty text means that there is no value, going in and coming out. Arguments of modifiers that take none are ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, zip_longest
from typing import Final, TypeVar

import msgspec

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_sdk.property_path.pretty import Style, prettied
from bulkhead_provider_sdk.property_path.scan import (
    STRING,
    WHITESPACE,
    elements,
    is_array,
    is_object,
    is_valid,
    members,
    value_text,
)
from bulkhead_provider_sdk.property_path.text import plain_text, quote, unquote

Lookup = Callable[[str, str], str]
"""Evaluates a path on a value."""

_Form = TypeVar("_Form")

_STRING_OR_SPACE = re.compile(rf"({STRING.pattern})|[ \t\r\n]++", re.DOTALL)


class _FlattenArgument(msgspec.Struct, frozen=True):
    deep: bool = False


class _JoinArgument(msgspec.Struct, frozen=True):
    preserve: bool = False


def _this(text: str) -> str:
    return text


def _pretty(text: str, argument: str) -> str:
    return prettied(text, _decoded(argument, Style))


def _ugly(text: str) -> str:
    return _STRING_OR_SPACE.sub(lambda found: found[1] or "", text)


def _reverse(text: str) -> str:
    if is_array(text):
        return _array(reversed(list(elements(text))))
    if is_object(text):
        return _object(reversed([f"{key}:{value}" for key, value in members(text)]))
    return text


def _flatten(text: str, argument: str) -> str:
    if not is_array(text):
        return text
    return _array(_flattened(text, deep=_decoded(argument, _FlattenArgument).deep))


def _flattened(text: str, *, deep: bool) -> list[str]:
    parts: list[str] = []
    for element in elements(text):
        if not is_array(element):
            parts.append(element)
        elif deep:
            parts.extend(_flattened(element, deep=True))
        else:
            parts.extend(filter(None, [element[1:-1].strip(WHITESPACE)]))
    return parts


def _join(text: str, argument: str) -> str:
    if not is_array(text):
        return text
    objects = [element for element in elements(text) if is_object(element)]
    if _decoded(argument, _JoinArgument).preserve:
        return _object(one[1:-1] for one in objects if one[1:-1].strip(WHITESPACE))
    first_keys: dict[str, str] = {}
    last_values: dict[str, str] = {}
    for key, value in chain.from_iterable(map(members, objects)):
        first_keys.setdefault(unquote(key), key)
        last_values[unquote(key)] = value
    return _object(f"{key}:{last_values[name]}" for name, key in first_keys.items())


def _keys(text: str) -> str:
    if is_object(text):
        return _array(member.key for member in members(text))
    if is_array(text):
        return _array("null" for _ in elements(text))
    return "[null]" if text else "[]"


def _values(text: str) -> str:
    if is_object(text):
        return _array(member.value for member in members(text))
    return text if is_array(text) else f"[{value_text(text)}]"


def _to_string(text: str) -> str:
    return quote(text)


def _from_string(text: str) -> str:
    inner = plain_text(value_text(text))
    return inner if is_valid(inner) else ""


def _group(text: str) -> str:
    if not is_object(text):
        return ""
    columns = [[f"{key}:{value}" for value in elements(column)] for key, column in members(text) if is_array(column)]
    return _array(_object(filter(None, row)) for row in zip_longest(*columns))


def _dig(text: str, argument: str, look_up: Lookup) -> str:
    return _array(_dug(value_text(text), argument, look_up))


def _dug(value: str, path: str, look_up: Lookup) -> list[str]:
    found = look_up(value, path)
    results = [found] if found else []
    if is_object(value):
        children = [member.value for member in members(value)]
    else:
        children = list(elements(value)) if is_array(value) else []
    for child in children:
        results.extend(_dug(child, path, look_up))
    return results


def _decoded(argument: str, form: type[_Form]) -> _Form:
    if not argument:
        return form()
    try:
        return msgspec.json.decode(argument.encode(), type=form)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRefError("the property path has a modifier with a malformed argument") from None


def _array(parts: Iterable[str]) -> str:
    return f"[{','.join(parts)}]"


def _object(parts: Iterable[str]) -> str:
    return f"{{{','.join(parts)}}}"


_PLAIN: Final[Mapping[str, Callable[[str], str]]] = {
    "fromstr": _from_string,
    "group": _group,
    "keys": _keys,
    "reverse": _reverse,
    "this": _this,
    "tostr": _to_string,
    "ugly": _ugly,
    # Every value that gets there is valid already.
    "valid": _this,
    "values": _values,
}
_WITH_ARGUMENT: Final[Mapping[str, Callable[[str, str], str]]] = {
    "flatten": _flatten,
    "join": _join,
    "pretty": _pretty,
}

MODIFIERS: Final = frozenset({"dig", *_PLAIN, *_WITH_ARGUMENT})
"""All of gjson's own, by the name after the `@`."""


def modified(name: str, text: str, argument: str, look_up: Lookup) -> str:
    """Apply a modifier, which is one of `MODIFIERS`.

    Raises:
        InvalidRefError: the argument is malformed, or a look-up asks for too much work.
    """
    if name in _PLAIN:
        return _PLAIN[name](text)
    if name in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[name](text, argument)
    return _dig(text, argument, look_up)
