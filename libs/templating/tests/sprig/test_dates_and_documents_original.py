"""The functions for dates, JSON, YAML, versions, URLs and paths give what Go's give, answer by recorded answer.

`tests/differential/sprig_dates/record.py` records them.
"""

import base64
import json
from pathlib import Path
from typing import Final

import pytest

from bulkhead_templating import Environment, FunctionMap, TemplateError, parse
from bulkhead_templating.kinds import STRING
from bulkhead_templating.sprig import dates, paths, urls
from bulkhead_templating.sprig import json as json_functions
from bulkhead_templating.sprig import semver as semver_functions
from bulkhead_templating.sprig import yaml as yaml_functions
from bulkhead_templating.sprig.every_function import FUNCTIONS
from bulkhead_templating.values import TypedMap

_HERE: Final = Path(__file__).parent
_CASES: Final = {
    path.name.removesuffix("_answers.jsonl"): [json.loads(line) for line in path.read_text().splitlines()]
    for path in sorted(_HERE.glob("*_answers.jsonl"))
    if path.name.removesuffix("_answers.jsonl") in ("date", "json", "semver", "url", "yaml")
}
_TOPICS: Final = FunctionMap(
    *(topic.FUNCTIONS for topic in (dates, json_functions, paths, semver_functions, urls, yaml_functions))
)


def _answer(case: dict[str, object]) -> dict[str, str]:
    environment = Environment(
        now_ns=1_752_585_245_123_456_789, random_bytes=bytes, local_zone=str(case.get("zone", "UTC"))
    )
    data = case.get("data", {})
    assert isinstance(data, dict)
    try:
        template = parse("t", str(case["template"]), functions=FUNCTIONS)
        output = template.execute(TypedMap(STRING, STRING, data), functions=FUNCTIONS, environment=environment)
    except TemplateError as error:
        return {"error": str(error)}
    try:
        return {"output": output.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(output).decode()}


@pytest.mark.parametrize("subject", _CASES)
def test_templates_give_what_go_gives(subject: str) -> None:
    differing = [case["template"] for case in _CASES[subject] if _answer(case) != case["answer"]]
    assert differing == []


def test_each_function_has_five_cases_at_least() -> None:
    templates = "\n".join(case["template"] for cases in _CASES.values() for case in cases)
    named = {name: templates.count(f"{name} ") for name in _TOPICS}
    assert {name: count for name, count in named.items() if count < 5} == {}


@pytest.mark.parametrize(
    ("subject", "least"), [("date", 180), ("json", 60), ("semver", 120), ("url", 100), ("yaml", 80)]
)
def test_there_are_enough_cases(subject: str, least: int) -> None:
    assert len(_CASES[subject]) >= least
