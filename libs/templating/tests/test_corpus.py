"""The recorded answers ask every function in ordinary ways, with nothing, and so that it is refused."""

import json
import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from bulkhead_templating.eso import crypto
from bulkhead_templating.kinds import ANY
from bulkhead_templating.predefined import PREDEFINED
from bulkhead_templating.sprig.every_function import FUNCTIONS

_HERE: Final = Path(__file__).parent
_ALL: Final = {**PREDEFINED, **FUNCTIONS, **crypto.FUNCTIONS}
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_WORD: Final = re.compile(r"(?<![\w.$])[A-Za-z]\w*")
# What is nothing of its type: a text, nil, a list, a map, zero, or a text that is named so.
_NOTHING: Final = re.compile(r'""|``|\bnil\b|\(list\)|\(dict\)|\blist \||\bdict \||(?<![\w.-])0(?![\w.])|\.empty\b')
_WRONG_TYPE: Final = re.compile(r">: (?:wrong type for value|invalid value|expected |can't handle |can't give )")


class Call(NamedTuple):
    """A template that calls a function."""

    text: str
    is_refused: bool
    """Go's error is one at this call: of the function, its number of arguments, or their types."""
    has_nothing: bool


def _calls() -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for path in sorted(_HERE.rglob("*_answers.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line)
            text = case.get("template", "")
            error = case["answer"].get("error", "")
            for name in set(_WORD.findall(_QUOTED.sub('""', text))):
                found.setdefault(name, []).append(_call(name, text, error))
    return found


def _call(name: str, text: str, error: str) -> Call:
    is_refused = any(words in error for words in (f"error calling {name}:", f"wrong number of args for {name}:"))
    is_refused = is_refused or _WRONG_TYPE.search(error) is not None
    return Call(text=text, is_refused=is_refused, has_nothing=_NOTHING.search(text) is not None)


_CALLS: Final = _calls()


def _can_be_refused(name: str) -> bool:
    """Say whether there are arguments that it does not take; for example `list` takes any, in any number."""
    return bool(_ALL[name].parameters) or _ALL[name].variadic != ANY


def _takes_input(name: str) -> bool:
    return bool(_ALL[name].parameters) or _ALL[name].variadic is not None


def test_there_are_all_functions() -> None:
    assert len({**FUNCTIONS, **crypto.FUNCTIONS}) == 209 + 18
    assert len(PREDEFINED) == 19


@pytest.mark.parametrize("name", sorted(_ALL))
def test_a_function_has_five_cases(name: str) -> None:
    assert len(_CALLS.get(name, [])) >= 5


@pytest.mark.parametrize("name", sorted(filter(_can_be_refused, _ALL)))
def test_a_function_has_a_case_that_go_refuses(name: str) -> None:
    assert any(call.is_refused for call in _CALLS.get(name, []))


@pytest.mark.parametrize("name", sorted(filter(_takes_input, _ALL)))
def test_a_function_has_a_case_with_nothing(name: str) -> None:
    assert any(call.has_nothing for call in _CALLS.get(name, []))
