"""Sprig inside Go's text/template, as a process that answers questions."""

import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

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
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "sprig"
        subprocess.run(["go", "build", "-o", program, "."], cwd=_HERE, check=True)
        asked = "".join(json.dumps(question) + "\n" for question in questions)
        answered = subprocess.run([program], input=asked.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in answered.stdout.decode().splitlines()]
