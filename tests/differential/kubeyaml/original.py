"""The YAML decoder of Kubernetes, as a process that decodes texts."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from bulkhead_testkit.originals import ask_original

_HERE = Path(__file__).parent


class Question(TypedDict):
    """What main.go reads."""

    target: str
    """`strings` or `any`."""
    text: str
    """In Base64."""


class Answer(TypedDict, total=False):
    """What main.go writes."""

    value: object
    error: str


def question(target: str, text: str | bytes) -> Question:
    """Ask what a text is for a target."""
    data = text if isinstance(text, bytes) else text.encode()
    return {"target": target, "text": base64.b64encode(data).decode()}


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Build the program with the Go toolchain of the PATH and have it decode the texts, in their order."""
    return ask_original(_HERE, questions)
