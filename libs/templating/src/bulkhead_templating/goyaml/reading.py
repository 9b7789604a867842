"""What `fromYaml` does: YAML becomes JSON, and that is read into a map.

Source: sigs.k8s.io/yaml, Unmarshal; go.yaml.in/yaml/v2, decode.go.
"""

from bulkhead_templating.gojson.writing import JsonWriteError, json_of
from bulkhead_templating.goyaml.composing import compose
from bulkhead_templating.goyaml.constructing import Constructor
from bulkhead_templating.goyaml.jsonable import json_key, json_text
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.limits import Meter
from bulkhead_templating.text import sort_key


def map_from_yaml(text: str, *, meter: Meter) -> dict[str, object]:
    """Read a map; an empty document is an empty one.

    Raises:
        YamlReadError: it is none; the message is Go's.
        DepthLimitError: it is nested too deeply.
    """
    try:
        node = compose(text, meter=meter)
        value = None if node is None else _json_value(Constructor(meter).value_of(node), meter)
        _check_numbers(value, meter)
    except YamlReadError as error:
        raise YamlReadError(f"error converting YAML to JSON: {error}", unquoted=error.unquoted) from error
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    kind = _json_kind(value)
    raise YamlReadError(
        "error unmarshaling JSON: while decoding JSON: "
        f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}",
        unquoted="expected a map",
    )


def _json_kind(value: object) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "number"


def _json_value(value: object, meter: Meter) -> object:
    match value:
        case dict():
            return {json_key(key, item, meter): _json_value(item, meter) for key, item in value.items()}
        case list():
            return [_json_value(item, meter) for item in value]
        case bool() | None:
            return value
        case str():
            return json_text(value, meter)
        case int():
            return float(value)
        case _:
            return value


def _check_numbers(value: object, meter: Meter) -> None:
    """Refuse numbers that JSON has not, the first in its order; Go gets to them only when all is converted."""
    if isinstance(value, dict):
        meter.walk(len(value))
        for key in sorted(value, key=sort_key):
            _check_numbers(value[key], meter)
    elif isinstance(value, list):
        meter.walk(len(value))
        for item in value:
            _check_numbers(item, meter)
    elif isinstance(value, float):
        try:
            json_of(value, meter=meter)
        except JsonWriteError as error:
            raise YamlReadError(str(error), unquoted="expected a finite number") from error
