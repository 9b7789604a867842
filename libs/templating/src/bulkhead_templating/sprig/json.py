"""The functions of sprig for JSON.

Source: sprig 3.3, defaults.go.
"""

from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import GoPanicError, TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.gojson.reading import JsonReadError, value_from_json
from bulkhead_templating.gojson.writing import JsonWriteError, json_of
from bulkhead_templating.kinds import ANY, STRING

FUNCTIONS: Final = FunctionMap()

_INDENT: Final = "  "
# What a value takes in memory for each byte of its text, roughly.
_BYTES_OF_VALUE: Final = 8


@FUNCTIONS.function("fromJson", STRING, with_environment=True)
def from_json(environment: Environment, text: str) -> object:
    """Read a value; nil if there is none."""
    environment.meter.allocate(len(text) * _BYTES_OF_VALUE)
    try:
        return value_from_json(text)
    except JsonReadError as error:
        return error.value


@FUNCTIONS.function("mustFromJson", STRING, with_environment=True)
def must_from_json(environment: Environment, text: str) -> object:
    """Read a value."""
    environment.meter.allocate(len(text) * _BYTES_OF_VALUE)
    try:
        return value_from_json(text)
    except JsonReadError as error:
        raise TemplateFunctionError(str(error)) from error


@FUNCTIONS.function("toJson", ANY, returns=STRING, with_environment=True)
def to_json(environment: Environment, value: object) -> str:
    """Write a value; nothing if it has no JSON."""
    try:
        return json_of(value, meter=environment.meter)
    except JsonWriteError:
        return ""


@FUNCTIONS.function("mustToJson", ANY, returns=STRING, with_environment=True)
def must_to_json(environment: Environment, value: object) -> str:
    """Write a value."""
    try:
        return json_of(value, meter=environment.meter)
    except JsonWriteError as error:
        raise TemplateFunctionError(str(error)) from error


@FUNCTIONS.function("toPrettyJson", ANY, returns=STRING, with_environment=True)
def to_pretty_json(environment: Environment, value: object) -> str:
    """Write a value over many lines; nothing if it has no JSON."""
    try:
        return json_of(value, meter=environment.meter, indent=_INDENT)
    except JsonWriteError:
        return ""


@FUNCTIONS.function("mustToPrettyJson", ANY, returns=STRING, with_environment=True)
def must_to_pretty_json(environment: Environment, value: object) -> str:
    """Write a value over many lines."""
    try:
        return json_of(value, meter=environment.meter, indent=_INDENT)
    except JsonWriteError as error:
        raise TemplateFunctionError(str(error)) from error


@FUNCTIONS.function("toRawJson", ANY, returns=STRING, with_environment=True)
def to_raw_json(environment: Environment, value: object) -> str:
    """Write a value without escapes for HTML."""
    try:
        return json_of(value, meter=environment.meter, escapes_html=False)
    except JsonWriteError as error:
        raise GoPanicError(str(error)) from error


@FUNCTIONS.function("mustToRawJson", ANY, returns=STRING, with_environment=True)
def must_to_raw_json(environment: Environment, value: object) -> str:
    """Write a value without escapes for HTML."""
    try:
        return json_of(value, meter=environment.meter, escapes_html=False)
    except JsonWriteError as error:
        raise TemplateFunctionError(str(error)) from error
