"""ESO's functions for YAML.

Source: ESO, runtime/template/v2/yaml.go.
"""

from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.goyaml.read_error import YamlReadError
from bulkhead_templating.goyaml.reading import map_from_yaml
from bulkhead_templating.goyaml.writing import YamlWriteError, yaml_text_of
from bulkhead_templating.kinds import ANY, ANY_MAP, STRING

FUNCTIONS: Final = FunctionMap()

_ERROR_KEY: Final = "Error"
# What a value takes in memory for each byte of its text, roughly: nodes are kept until the whole is read.
_BYTES_OF_VALUE: Final = 16


@FUNCTIONS.function("toYaml", ANY, returns=STRING, with_environment=True)
def to_yaml(environment: Environment, value: object) -> str:
    """Write a value without the line break at its end; nothing if it has no YAML."""
    try:
        return yaml_text_of(value, meter=environment.meter).removesuffix("\n")
    except YamlWriteError:
        return ""


@FUNCTIONS.function("fromYaml", STRING, returns=ANY_MAP, with_environment=True)
def from_yaml(environment: Environment, text: str) -> dict[str, object]:
    """Read a map; if there is none, one that has the reason as `Error`."""
    environment.meter.allocate(len(text) * _BYTES_OF_VALUE)
    try:
        return map_from_yaml(text, meter=environment.meter)
    except YamlReadError as error:
        return {_ERROR_KEY: str(error)}
