"""The functions for texts, lists, dicts, numbers and types give what sprig's give, answer by recorded answer.

`tests/differential/sprig/record.py` records them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bulkhead_templating import FunctionMap
from bulkhead_templating.sprig import crypto, dates, paths, semver, urls
from bulkhead_templating.sprig import json as json_functions
from bulkhead_templating.sprig import yaml as yaml_functions
from bulkhead_templating.sprig.every_function import FUNCTIONS

_HERE: Final = Path(__file__).parent
_GROUPS: Final = ("dicts", "letters", "lists", "numbers", "regular", "strings", "values")
_CASES: Final = [
    json.loads(line) for group in _GROUPS for line in (_HERE / f"{group}_answers.jsonl").read_text().splitlines()
]
# So many cases are one test, which takes less than a quarter of a second.
_TOGETHER: Final = 200
_ASKED_ELSEWHERE: Final = FunctionMap(
    *(topic.FUNCTIONS for topic in (crypto, dates, json_functions, paths, semver, urls, yaml_functions))
)
_OUTSIDE: Final = frozenset({"env", "expandenv", "getHostByName"})
_WITHOUT_ARGUMENTS: Final = frozenset({"hello"})

Render = Callable[[FunctionMap, str], dict[str, str]]


@pytest.mark.parametrize("start", range(0, len(_CASES), _TOGETHER))
def test_functions_give_what_sprig_gives(start: int, render: Render) -> None:
    different = [
        f"{case['template']}: {answer}, sprig {case['answer']}"
        for case in _CASES[start : start + _TOGETHER]
        if (answer := render(FUNCTIONS, case["template"])) != case["answer"]
    ]
    assert different == []


def test_functions_that_look_outside_do_not_exist() -> None:
    assert not _OUTSIDE & FUNCTIONS.keys()


def test_every_function_with_arguments_is_asked_five_times_or_more() -> None:
    words = " ".join(case["template"] for case in _CASES)
    for mark in "{}()|":
        words = words.replace(mark, " ")
    asked = words.split()
    assert {name for name in FUNCTIONS.keys() - _ASKED_ELSEWHERE.keys() if asked.count(name) < 5} == _WITHOUT_ARGUMENTS
