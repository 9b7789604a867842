"""Sprig inside Go's text/template, as a process that answers questions."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bulkhead_testkit.originals import ask_original

_HERE = Path(__file__).parent


class Question(TypedDict):
    """What main.go reads."""

    template: str


class Answer(TypedDict, total=False):
    """What main.go writes: one of the three."""

    result: str
    hex: str
    error: str


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Build the program with the Go toolchain of the PATH and have it answer the questions, in their order."""
    return ask_original(_HERE, questions)
