"""Go's templates with sprig, as a process that renders cases."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bulkhead_testkit.originals import ask_original

_HERE = Path(__file__).parent


class Question(TypedDict, total=False):
    """What main.go reads."""

    template: str
    data: dict[str, str]
    zone: str


class Answer(TypedDict, total=False):
    """What main.go writes: one of the three."""

    output: str
    base64: str
    error: str


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Build the program with the Go toolchain of the PATH and have it render the cases, in their order."""
    return ask_original(_HERE, questions)
