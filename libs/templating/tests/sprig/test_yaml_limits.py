"""Texts that `fromYaml` cannot read cost the rest of the render no depth."""

import pytest

from bulkhead_templating import Environment, Limits, Meter, parse
from bulkhead_templating.kinds import STRING
from bulkhead_templating.sprig.every_function import FUNCTIONS
from bulkhead_templating.sprig.yaml import FUNCTIONS as YAML_FUNCTIONS
from bulkhead_templating.values import TypedMap

_FUNCTIONS = {**FUNCTIONS, **YAML_FUNCTIONS}


def _rendered(template: str, text: str) -> bytes:
    environment = Environment(now_ns=0, random_bytes=bytes, meter=Meter(Limits()))
    data = TypedMap(STRING, STRING, {"text": text})
    return parse("t", template, functions=_FUNCTIONS).execute(data, functions=_FUNCTIONS, environment=environment)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[[[[", id="that-does-not-end"),
        pytest.param("a: [[[[!!int x]]]]", id="with-a-value-unlike-its-tag"),
        pytest.param("a: {<<: {<<: {<<: 1}}}", id="with-a-merge-of-a-scalar"),
    ],
)
def test_a_text_that_is_no_map_leaves_no_depth_behind(text: str) -> None:
    assert _rendered("{{ range until 50 }}{{ $_ := fromYaml $.text }}{{ end }}read", text) == b"read"
