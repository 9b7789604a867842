"""What is shown of a failure holds no value: not one of any recorded failure, whatever function it is of."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from crypto_templates import FIXTURES

from bulkhead_templating import (
    Environment,
    FunctionMap,
    Limits,
    Meter,
    MissingKey,
    TemplateError,
    TemplateExecError,
    TemplateSyntaxError,
    parse,
)
from bulkhead_templating.eso import crypto
from bulkhead_templating.kinds import STRING
from bulkhead_templating.sprig import every_function
from bulkhead_templating.values import TypedMap

HERE = Path(__file__).parent
FUNCTIONS = FunctionMap(every_function.FUNCTIONS, crypto.FUNCTIONS)
CANARY = "canary-"
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')
_TELLING = 4
"""A value as short as three characters may be a part of any word."""
_WORDS = frozenset({"string", "slice", "leaf", "junk"})
"""Recorded values that are words of Go's messages as well."""
_TOGETHER = 300


def failing_cases() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give recorded templates that fail, with the texts that they get as data."""
    for path in sorted(HERE.rglob("*_answers.jsonl")):
        for line in path.read_text().splitlines():
            case: dict[str, Any] = json.loads(line)
            if "template" not in case or "error" not in case["answer"]:
                continue
            data = case.get("data")
            if path.parent.name == "crypto":
                data = FIXTURES if data is None else data
            named = data.items() if isinstance(data, dict) else ()
            yield case["template"], {name: value for name, value in named if isinstance(value, str)}


CASES = list(failing_cases())


def with_literals_as_data(text: str, data: Mapping[str, str], prefix: str) -> tuple[str, dict[str, str]]:
    """Move the strings of a template into its data, each behind a prefix."""
    moved = {name: prefix + value for name, value in data.items()}

    def name_of(literal: re.Match[str]) -> str:
        name = f"moved{len(moved)}"
        quoted = literal[0]
        try:
            moved[name] = prefix + (quoted[1:-1] if quoted[0] == "`" else json.loads(quoted))
        except ValueError:
            moved[name] = prefix + quoted[1:-1]
        return f"$.{name}"

    return _LITERAL.sub(name_of, text), moved


def failure_of(text: str, data: Mapping[str, str]) -> TemplateError | None:
    environment = Environment(now_ns=0, random_bytes=bytes, meter=Meter(Limits(steps=50_000)))
    try:
        template = parse("t", text, functions=FUNCTIONS)
        template.execute(
            TypedMap(STRING, STRING, data),
            functions=FUNCTIONS,
            environment=environment,
            missing_key=MissingKey.ERROR,
        )
    except TemplateError as error:
        return error
    return None


def told(text: str, data: Mapping[str, str]) -> list[str]:
    """Give the values that are shown though the template does not have them."""
    failure = failure_of(text, data)
    if failure is None:
        return []
    return [
        value
        for value in data.values()
        if len(value) >= _TELLING and value in failure.shown and value not in text and value not in _WORDS
    ]


@pytest.mark.parametrize("start", range(0, len(CASES), _TOGETHER))
@pytest.mark.parametrize("prefix", ["", CANARY], ids=["as-recorded", "as-canaries"])
def test_no_recorded_failure_shows_a_value(start: int, prefix: str) -> None:
    telling = {}
    for text, data in CASES[start : start + _TOGETHER]:
        for one, values in ((text, dict(data)), with_literals_as_data(text, data, prefix)):
            if values_told := told(one, values):
                telling[one] = values_told
    assert telling == {}


def test_there_are_enough_failures_to_speak_of_all() -> None:
    moved = [with_literals_as_data(text, data, CANARY) for text, data in CASES]
    failing = [failure for text, data in moved if isinstance(failure := failure_of(text, data), TemplateExecError)]
    assert len(CASES) >= 4000
    assert len(failing) >= 3000
    # Values that would be told are there: Go's own message has them.
    assert sum(CANARY in str(failure) for failure in failing) >= 300


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("{{ .gone }}", '<.gone>: map has no entry for key "gone"', id="a-key-of-the-template"),
        pytest.param("{{ fail .a }}", "<fail .a>: error calling fail", id="fail"),
        pytest.param("{{ mustFromJson .a }}", "<mustFromJson .a>: error calling mustFromJson", id="broken-json"),
        pytest.param("{{ index (list 1) (int .n) }}", "<index (list 1) (int .n)>: error calling index", id="an-index"),
        pytest.param("{{ range .a }}{{ end }}", "<.a>: range can't iterate over a value of type string", id="range"),
        pytest.param("{{ template `x` }}", '<{{template "x"}}>: template "x" not defined', id="no-such-template"),
        pytest.param("{{ upper .a .a }}", "<upper>: wrong number of args for upper: want 1 got 2", id="arguments"),
        pytest.param(
            "{{ eq .a 1 }}",
            "<eq .a 1>: error calling eq: incompatible types for comparison: string and int",
            id="a-comparison",
        ),
        pytest.param("{{ call .a }}", "<call .a>: error calling call", id="what-is-no-function"),
        pytest.param("{{ .a.b }}", "<.a.b>: can't evaluate field b in type string", id="a-field-of-a-text"),
        pytest.param("{{ first .a }}", "<first .a>: error calling first: Cannot find first on type string", id="list"),
    ],
)
def test_shown_says_what_the_template_and_types_say(text: str, shown: str) -> None:
    failure = failure_of(text, {"a": CANARY + "7", "n": "4711"})
    assert failure is not None
    assert failure.shown.endswith(f'executing "t" at {shown}')


def test_a_mistake_of_syntax_is_shown_whole() -> None:
    failure = failure_of("{{ nope }}", {})
    assert isinstance(failure, TemplateSyntaxError)
    assert failure.shown == str(failure) == 'template: t:1: function "nope" not defined'
