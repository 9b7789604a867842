"""Replacements give what Go gave; tests/differential/golibs/record.py wrote its answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from bulkhead_regexp import RegexpError, regexp_from

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "replace_answers.jsonl").read_text().splitlines()
]


def cases(outcome: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{number}-{case['expression']}")
        for number, case in enumerate(CASES)
        if outcome in case["answer"]
    ]


@pytest.mark.parametrize("case", cases("result"))
def test_replacement_gives_what_go_gives(case: dict[str, Any]) -> None:
    assert regexp_from(case["expression"]).replace(case["text"], case["target"]) == case["answer"]["result"]


@pytest.mark.parametrize("case", cases("error"))
def test_expression_that_go_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(RegexpError):
        regexp_from(case["expression"])


def test_there_are_enough_cases_to_speak_of_agreement() -> None:
    assert len(CASES) >= 150
