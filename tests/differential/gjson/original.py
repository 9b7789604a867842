"""The original implementation of the path language, as a process that answers questions."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bulkhead_testkit.originals import ask_original

_HERE = Path(__file__).parent


class Question(TypedDict, total=False):
    """What main.go reads."""

    kind: str
    document: str
    path: str


class Answer(TypedDict, total=False):
    """What main.go writes; what is empty there is absent."""

    exists: bool
    type: str
    raw: str
    string: str
    fields: dict[str, str]
    json: str
    error: str


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Build the original with the Go toolchain of the PATH and have it answer the questions, in their order."""
    return ask_original(_HERE, questions)
