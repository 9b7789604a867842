"""Files of values: a YAML or JSON map in which text stays text. Pure; no message holds a value."""

from typing import Final, TypeAlias

import msgspec

from bulkhead_cli.problems import InputError
from bulkhead_templating import LimitError, Limits, Meter
from bulkhead_templating.gojson.writing import JsonWriteError, json_of
from bulkhead_templating.goyaml.composing import Node, NodeKind, compose
from bulkhead_templating.goyaml.constructing import Constructor
from bulkhead_templating.goyaml.jsonable import json_key, json_text
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.goyaml.scalars import BINARY_TAG
from bulkhead_templating.text import bytes_of, text_of

Values: TypeAlias = dict[str, bytes]

NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises."""

_MERGE_KEY: Final = "<<"
_JSON: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_READING: Final = Limits(steps=50_000_000, memory_bytes=1024 * 1024 * 1024)
"""Files of the user's own are no danger to others; what a Secret can hold is far below."""


def reading_meter() -> Meter:
    """Give a meter for reading or writing one document."""
    return Meter(_READING)


def values_from(name: str, data: bytes) -> Values:
    """Read a file of values; an empty one has none.

    Args:
        name: of the file.
        data: what it holds.

    Raises:
        InputError: it is no map, or no YAML.
    """
    try:
        values = _from_json(data) if data.lstrip()[:1] == b"{" else None
        return _from_yaml(data) if values is None else values
    except YamlReadError as error:
        problem = error.unquoted
    except (LimitError, JsonWriteError) as error:
        problem = str(error)
    raise InputError(f"{name}: {problem}; a YAML or JSON map of values is needed")


def _from_json(data: bytes) -> Values | None:
    # Not by way of YAML, which has other escapes; what is no JSON may be YAML that begins with a brace.
    try:
        return {key: _of_raw(bytes(raw)) for key, raw in _JSON.decode(data).items()}
    except NOT_JSON:
        return None


def _of_raw(raw: bytes) -> bytes:
    match raw[:1]:
        case b'"':
            return msgspec.json.decode(raw, type=str).encode()
        case b"{" | b"[":
            return _json(msgspec.json.decode(raw), reading_meter())
        case _:
            return raw


def _from_yaml(data: bytes) -> Values:
    meter = reading_meter()
    root = compose(text_of(data), meter=meter)
    if root is None or (root.kind is NodeKind.SCALAR and root.is_plain and not root.value):
        return {}
    if root.kind is not NodeKind.MAPPING:
        raise _expected(root, "a map")
    pairs = zip(root.children[::2], root.children[1::2], strict=True)
    return {_key(key): _value(value, meter) for key, value in pairs}


def _key(node: Node) -> str:
    if node.kind is not NodeKind.SCALAR:
        raise _expected(node, "a text as the key of a value")
    if node.value == _MERGE_KEY and node.is_plain:
        raise _expected(node, "no merge key in a file of values")
    return node.value


def _value(node: Node, meter: Meter) -> bytes:
    match node.kind:
        case NodeKind.SCALAR if node.tag == BINARY_TAG:
            return bytes_of(str(Constructor(meter).value_of(node)))
        case NodeKind.SCALAR:
            return bytes_of(node.value)
        case NodeKind.ALIAS if node.children[0].kind is NodeKind.SCALAR:
            return _value(node.children[0], meter)
        case _:
            return _json(_plain(Constructor(meter).value_of(node), meter), meter)


def _plain(value: object, meter: Meter) -> object:
    match value:
        case dict():
            return {json_key(key, None, meter): _plain(each, meter) for key, each in value.items()}
        case list():
            return [_plain(each, meter) for each in value]
        case str():
            return json_text(value, meter)
        case _:
            return value


def _json(value: object, meter: Meter) -> bytes:
    return json_of(value, meter=meter, escapes_html=False).encode()


def _expected(node: Node, what: str) -> YamlReadError:
    message = f"line {node.line}: expected {what}"
    return YamlReadError(message, unquoted=message)
