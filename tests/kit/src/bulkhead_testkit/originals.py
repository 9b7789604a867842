"""Original programs in Go that answer questions, and their answers as they are recorded for tests that need no Go.

A program is a Go module of `tests/differential`; it reads a question a line and writes an answer a line, all JSON.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bulkhead_testkit.toolchain import go_environment

Q = TypeVar("Q", bound=Mapping[str, object])


def build_original(module: Path, directory: Path) -> Path:
    """Build the program of a module with the Go toolchain of the PATH into a directory; gives its path."""
    program = directory / module.name
    subprocess.run(["go", "build", "-o", program, "."], cwd=module, env=go_environment(), check=True)
    return program


def run_original(module: Path, *arguments: str | Path, sent: bytes = b"") -> bytes:
    """Build the program of a module, run it and give what it writes."""
    with tempfile.TemporaryDirectory() as directory:
        program = build_original(module, Path(directory))
        return subprocess.run([program, *arguments], input=sent, stdout=subprocess.PIPE, check=True).stdout


def ask_original(module: Path, questions: Iterable[Mapping[str, object]], *arguments: str | Path) -> list[Any]:
    """Have the program of a module answer questions; gives its answers in their order."""
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    answered = run_original(module, *arguments, sent=asked.encode())
    # As bytes: a text would be split at line ends of Unicode as well, which stand in answers.
    return [json.loads(line) for line in answered.splitlines()]


def record(tables: Mapping[Path, Sequence[Q]], ask: Callable[[Iterable[Q]], Iterable[Mapping[str, object]]]) -> None:
    """Make one file of each table: a line for each question, with its answer. See `keep`."""
    answers = iter(ask(question for questions in tables.values() for question in questions))
    for path, questions in tables.items():
        keep(path, "".join(json.dumps({**question, "answer": next(answers)}) + "\n" for question in questions))


def recorded_questions(path: Path) -> list[Any]:
    """Give the questions of a file of answers, for a file whose cases have no table; none if there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [{name: value for name, value in json.loads(line).items() if name != "answer"} for line in lines]


def keep(path: Path, recorded: str) -> None:
    """Write a file of answers; with `--check` on the command line, end the process if it is not what it should be."""
    if "--check" not in sys.argv:
        path.write_text(recorded)
    elif path.read_text() != recorded:
        sys.exit(f"{path.name} is not what the original says; run {Path(sys.argv[0]).name}")
