"""YAML as Kubernetes decodes it: into a map of strings, or into any value.

Only the first document counts. Messages hold nothing of the text, which may be secret.

Source: k8s.io/apimachinery, pkg/util/yaml, Unmarshal; sigs.k8s.io/yaml, convertToJSONableObject.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.gojson.writing import json_of
from bulkhead_templating.goyaml.composing import Node, compose
from bulkhead_templating.goyaml.constructing import Constructor
from bulkhead_templating.goyaml.jsonable import json_key, json_text, short_float
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.kubeyaml.json_value import Json
from bulkhead_templating.kubeyaml.positions import line_of_collection, line_of_key, line_of_value
from bulkhead_templating.limits import Meter
from bulkhead_templating.text import text_of

# What a value takes in memory for each byte of its text, roughly: nodes are kept until the whole is read.
_BYTES_OF_VALUE: Final = 16
_BYTES_OF_NUMBER: Final = 32
_WHOLE: Final = re.compile("-?[0-9]+")
_INT64: Final = range(-(1 << 63), 1 << 63)


class YamlDecodeError(ValueError):
    """A text is no YAML, or not what is wanted; the message says where and what was expected, and quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """What was read, and where from."""

    node: Node | None
    value: object


def string_map(text: bytes, *, meter: Meter) -> dict[str, bytes]:
    """Decode a map of strings, as ESO does for data, labels and annotations.

    Numbers and booleans become text as JSON keys do: `1.10` is `1.1`, `yes` is `true`, and a float has the digits of
    a float32. Null is empty, and so is the map of an empty document. Of equal keys the last counts; values are UTF-8.

    Raises:
        YamlDecodeError: it is none.
        LimitError: it costs too much.
    """
    try:
        return _string_map(text, meter)
    except YamlReadError as error:
        message = error.unquoted
    # Out of the handler, so that the error which quotes the text is not the context of this one.
    raise YamlDecodeError(message)


def any_value(text: bytes, *, meter: Meter) -> Json:
    """Decode any value, as ESO does for a path of a manifest; an empty document is None.

    Raises:
        YamlDecodeError: there is none.
        LimitError: it costs too much.
    """
    try:
        document = _read(text, meter)
        return _json(document.value, document, meter)
    except YamlReadError as error:
        message = error.unquoted
    raise YamlDecodeError(message)


def any_value_or_text(text: bytes, *, meter: Meter) -> Json:
    """Decode any value, or give the text itself if it is no YAML, as ESO does in the scope Values.

    Raises:
        LimitError: it costs too much.
    """
    try:
        return any_value(text, meter=meter)
    except YamlDecodeError:
        return json_text(text_of(text), meter)


def _read(text: bytes, meter: Meter) -> _Document:
    meter.allocate(len(text) * _BYTES_OF_VALUE)
    node = compose(text_of(text), meter=meter)
    return _Document(node=node, value=None if node is None else Constructor(meter).value_of(node))


def _string_map(text: bytes, meter: Meter) -> dict[str, bytes]:
    document = _read(text, meter)
    if document.value is None:
        return {}
    if not isinstance(document.value, dict):
        line = document.node.line if document.node is not None else 0
        raise _unexpected(line, "a map of strings")
    return {_key(key, document, meter): _string(item, document, meter).encode() for key, item in document.value.items()}


def _string(value: object, document: _Document, meter: Meter) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return short_float(value)
        case str():
            meter.allocate(len(value))
            return json_text(value, meter)
        case list() | dict():
            raise _unexpected(line_of_collection(document.node), "a scalar as the value of a key")
        case _:
            return str(value)


def _json(value: object, document: _Document, meter: Meter) -> Json:
    match value:
        case dict():
            return _json_map(value, document, meter)
        case list():
            return [_json(item, document, meter) for item in value]
        case str():
            meter.allocate(len(value))
            return json_text(value, meter)
        case bool() | None:
            return value
        case float() if not math.isfinite(value):
            line = line_of_value(document.node, lambda found: isinstance(found, float) and not math.isfinite(found))
            raise _unexpected(line, "a finite number")
        case _:
            return _number(value, meter)


def _json_map(members: Mapping[object, object], document: _Document, meter: Meter) -> dict[str, Json]:
    return {_key(key, document, meter): _json(item, document, meter) for key, item in members.items()}


def _number(value: object, meter: Meter) -> int | float:
    """Read a number from its JSON, as Go does: `1.0` is written as `1`, and that is an integer."""
    meter.allocate(_BYTES_OF_NUMBER)
    digits = json_of(value, meter=meter) if isinstance(value, float) else str(value)
    whole = int(digits) if _WHOLE.fullmatch(digits) else None
    return whole if whole is not None and whole in _INT64 else float(digits)


def _key(key: object, document: _Document, meter: Meter) -> str:
    try:
        return json_key(key, None, meter)
    except YamlReadError as error:
        unquoted = error.unquoted
    raise _unexpected(line_of_key(document.node, key), unquoted.removeprefix("expected "))


def _unexpected(line: int, wanted: str) -> YamlReadError:
    message = f"line {line}: expected {wanted}" if line else f"expected {wanted}"
    return YamlReadError(message, unquoted=message)
