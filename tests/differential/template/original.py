"""Go's text/template and fmt, as a process that answers questions."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bulkhead_testkit.originals import ask_original

_HERE = Path(__file__).parent
WORLDS = _HERE.parents[2] / "libs/templating/tests/worlds.json"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Question(TypedDict, total=False):
    """What main.go reads: a template with its data, or a layout of printf with its arguments.

    `world` names data that many cases share; `worlds.json` beside the recorded answers has them.
    """

    template: str
    data: Json
    world: str
    missing_key: str
    left: str
    right: str
    layout: str
    arguments: list[Json]


class Answer(TypedDict, total=False):
    """What main.go writes: one of the three."""

    result: str
    hex: str
    error: str


def _complete(question: Question, worlds: dict[str, Json]) -> Question:
    return {**question, "data": worlds[question["world"]]} if "world" in question else question


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Build the program with the Go toolchain of the PATH and have it answer the questions, in their order."""
    worlds = json.loads(WORLDS.read_text())
    return ask_original(_HERE, (_complete(question, worlds) for question in questions))
