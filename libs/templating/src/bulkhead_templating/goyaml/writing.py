"""What `toYaml` does: a value becomes JSON, that is read as YAML, and that is written.

Source: sigs.k8s.io/yaml, Marshal.
"""

import json
import re
from typing import Final

from bulkhead_templating.gojson.writing import json_of
from bulkhead_templating.goyaml.emitter import yaml_of
from bulkhead_templating.goyaml.scalars import number_from_json
from bulkhead_templating.limits import Meter

# What a value takes in memory for each character of its JSON, roughly.
_BYTES_OF_VALUE: Final = 8
_LONGEST_KEY: Final = 1_024
"""With quotation marks and escapes."""
_SHORT_KEY: Final = (_LONGEST_KEY - 2) // 6
"""However it is escaped, it is not too long."""
_CONTROL: Final = re.compile("[\x7f-\x84\x86-\x9f\ufffe\uffff]")
_NEXT_LINES: Final = re.compile(" *((?:\x85 *)+)")


class YamlWriteError(ValueError):
    """A value has no YAML."""


def yaml_text_of(value: object, *, meter: Meter) -> str:
    """Write a value; a line break ends it.

    Raises:
        YamlWriteError: it has no JSON, or the JSON has a character that YAML refuses.
        DepthLimitError: it is nested too deeply.
    """
    try:
        document = json_of(value, meter=meter)
    except ValueError as error:
        raise YamlWriteError(str(error)) from error
    meter.walk(2 * len(document))
    meter.allocate(len(document) * _BYTES_OF_VALUE)
    if _CONTROL.search(document):
        raise YamlWriteError("yaml: control characters are not allowed")
    if "\x85" in document:
        _parsed(document)
        # For JSON it is a character like others, for YAML a line break, and lines are folded.
        document = _NEXT_LINES.sub(lambda found: "\\n" * (found[1].count("\x85") - 1) or " ", document)
    return yaml_of(_parsed(document), meter=meter)


def _parsed(document: str) -> object:
    value: object = json.loads(
        document, parse_int=number_from_json, parse_float=number_from_json, object_pairs_hook=_members
    )
    return value


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse keys that YAML does not take for such: of more than one line or too long."""
    for key, _ in pairs:
        is_long = len(key) > _SHORT_KEY and len(json_of(key, meter=Meter())) > _LONGEST_KEY
        if "\x85" in key or is_long:
            raise YamlWriteError("yaml: did not find expected ',' or '}'")
    return dict(pairs)
