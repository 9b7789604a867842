"""The fuzzer: it calls every function, makes the same of the same seed, and leaves of a difference what it needs."""

import importlib
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bulkhead_templating.eso import crypto
from bulkhead_templating.predefined import PREDEFINED
from bulkhead_templating.sprig.every_function import FUNCTIONS

FOLDER = Path(__file__).parent / "fuzz"


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """Give the modules of the fuzzer, which are not a package, and forget them afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py") if path.stem != "fuzz"]
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        del sys.modules[name]


def test_every_function_is_called_by_a_pattern_or_left_out_for_a_reason(fuzz: dict[str, ModuleType]) -> None:
    called, left_out = fuzz["signatures"].CALLED, fuzz["signatures"].LEFT_OUT.keys()
    assert {*PREDEFINED, *FUNCTIONS, *crypto.FUNCTIONS} - called == left_out


def test_every_kind_of_an_argument_has_constants(fuzz: dict[str, ModuleType]) -> None:
    pieces = [
        piece
        for patterns in fuzz["signatures"].PATTERNS.values()
        for pattern in patterns
        for piece in pattern.pieces
        if isinstance(piece, fuzz["signatures"].Argument)
    ]
    assert {piece.kind for piece in pieces} <= fuzz["constants"].CONSTANTS.keys()


def test_a_seed_gives_the_same_questions_again(fuzz: dict[str, ModuleType]) -> None:
    def made(seed: int) -> list[tuple[str, dict[str, str]]]:
        chance = random.Random(seed)  # noqa: S311 - test data
        grammar, worlds = fuzz["whole_grammar"], fuzz["worlds"]
        return [(grammar.Grammar(chance).template(), worlds.world(chance)) for _ in range(20)]

    assert made(7) == made(7)
    assert made(7) != made(8)


def test_a_question_is_made_small(fuzz: dict[str, ModuleType]) -> None:
    template = '{{ if .a }}x{{ end }}{{ $b := upper (trim "y") }}{{ range $e := list 1 2 }}{{ lower "Q" }}{{ end }}'

    def differing(questions: Sequence[dict[str, Any]]) -> list[bool]:
        return ["lower" in question["template"] and "range" in question["template"] for question in questions]

    shrunk = fuzz["shrinking"].shrunk({"kind": "template", "template": template, "data": {"a": "1"}}, differing)
    assert differing([shrunk]) == [True]
    assert len(shrunk["template"]) <= len("rangelower")
    assert shrunk["data"] == {}


def test_data_is_made_small_as_well(fuzz: dict[str, ModuleType]) -> None:
    def differing(questions: Sequence[dict[str, Any]]) -> list[bool]:
        return ["q" in question["data"].get("a", "") for question in questions]

    question = {"kind": "template", "template": "{{ .a }} {{ .b }}", "data": {"a": "long text with q in it", "b": "c"}}
    assert fuzz["shrinking"].shrunk(question, differing)["data"] == {"a": "q"}


def test_a_layout_is_made_small(fuzz: dict[str, ModuleType]) -> None:
    def differing(questions: Sequence[dict[str, Any]]) -> list[bool]:
        return ["%d" in question["layout"] for question in questions]

    shrunk = fuzz["shrinking"].shrunk({"layout": "a %s %d|%v", "arguments": [1, 2, 3]}, differing)
    assert shrunk == {"layout": "%d", "arguments": []}
