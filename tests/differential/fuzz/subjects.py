"""What is compared: a maker of questions, the program that answers for Go, and what answers for this project."""

import json
import random
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine_grammar import engine_question
from questions import Answer, Question
from whole_grammar import Grammar, used
from worlds import world

from bulkhead_templating import LimitError
from bulkhead_testkit.originals import recorded_questions

DIFFERENTIAL: Final = Path(__file__).parents[1]
_TESTS: Final = DIFFERENTIAL.parents[1] / "libs/templating/tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A grammar and those who answer its questions."""

    name: str
    question: Callable[[random.Random], Question]
    ours: Callable[[Question], Answer | None]
    """None if a bound of this project's is met, which Go does not have."""
    module: Path
    arguments: tuple[Path, ...]
    found: Path
    """Keeps the questions that once were answered differently; the unit tests beside it ask them again."""


def _whole_question(chance: random.Random) -> Question:
    template = Grammar(chance).template()
    return {"kind": "template", "template": template, "data": dict(used(template, world(chance)))}


def _bounded(answer: Callable[[dict[str, Any]], Answer]) -> Callable[[Question], Answer | None]:
    def answered(question: Question) -> Answer | None:
        try:
            return answer(dict(question))
        except LimitError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever a template makes fall over is found
            return {"error": f"falls over: {error!r}"}

    return answered


def subjects() -> list[Subject]:
    """Load what the unit tests answer with, so that a case that is found is one of theirs."""
    crypto = _TESTS / "crypto"
    return [
        Subject(
            name="whole templates",
            question=_whole_question,
            ours=_bounded(runpy.run_path(str(crypto / "crypto_templates.py"))["outcome"]),
            module=DIFFERENTIAL / "eso_functions",
            arguments=(crypto / "fixtures.json",),
            found=crypto / "found_answers.jsonl",
        ),
        Subject(
            name="language and printf",
            question=engine_question,
            ours=_bounded(runpy.run_path(str(_TESTS / "test_original.py"))["outcome"]),
            module=DIFFERENTIAL / "template",
            arguments=(),
            found=_TESTS / "found_answers.jsonl",
        ),
    ]


def keep(subject: Subject, question: Question, answer: Answer) -> None:
    """Add a case to those that unit tests ask, unless it is there."""
    if question in recorded_questions(subject.found):
        return
    with subject.found.open("a") as cases:
        cases.write(json.dumps({**question, "answer": answer}) + "\n")
