"""Renders cases as tests/differential/sprig/main.go does, with the engine and the functions of this distribution."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bulkhead_templating import (
    Environment,
    Function,
    FunctionMap,
    Limits,
    Meter,
    TemplateError,
    TemplateFunctionError,
    parse,
)
from bulkhead_templating.kinds import ANY, INT, STRING
from bulkhead_templating.numbers import SIZED
from bulkhead_templating.text import bytes_of
from bulkhead_templating.values import GoError, TypedMap, TypedSlice

MAKERS: dict[str, Callable[[Any], object]] = {
    "[]byte": bytes_of,
    "error": GoError,
    "[]string": lambda items: TypedSlice(STRING, items),
    "[]int": lambda items: TypedSlice(INT, items),
    "map[string]string": lambda items: TypedMap(STRING, STRING, items),
    "map[string]int": lambda items: TypedMap(STRING, INT, items),
    "complex128": complex,
    **{sized.go_type.name: getattr(sized, "wrap", sized) for sized in SIZED},
}

Answer = dict[str, str]
Render = Callable[[Mapping[str, Function], str], Answer]

HELPERS = FunctionMap()


@HELPERS.function("as", STRING, ANY)
def make_typed(kind: str, value: object) -> object:
    """Make a value that no literal makes; the counterpart of as.go."""
    if kind not in MAKERS:
        raise TemplateFunctionError(f'unknown type "{kind}"')
    return MAKERS[kind](value)


@pytest.fixture
def render() -> Render:
    """Give what renders a template with functions and answers as main.go does."""

    def rendered(functions: Mapping[str, Function], text: str) -> Answer:
        known = FunctionMap(functions, HELPERS)
        environment = Environment(now_ns=0, random_bytes=bytes, meter=Meter(Limits()))
        try:
            output = parse("t", text, functions=known).execute(None, functions=known, environment=environment)
        except TemplateError as error:
            return {"error": bytes_of(str(error)).decode("utf-8", "replace")}
        try:
            return {"result": output.decode()}
        except UnicodeDecodeError:
            return {"hex": output.hex()}

    return rendered
