"""A program in Go that lives for many batches of questions, with bounds: Go's templates have none.

It may not have more memory than `MAX_BYTES`, and has to answer a batch within `BATCH_S`. If it does not, or dies, the
question that it did not answer counts as unanswered, and a new one gets those behind it.
"""

import json
import os
import resource
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from questions import Answer, Question

from bulkhead_testkit.originals import build_original
from bulkhead_testkit.toolchain import go_environment

MAX_BYTES: Final = 6_000_000_000
BATCH_S: Final = 20


class GoProgram:
    """One of the programs of `tests/differential`; use it as a context, which ends it."""

    def __init__(self, module: Path, directory: Path, *arguments: Path) -> None:
        """Build the program of a module into a directory that stays while it runs."""
        self._command = [build_original(module, directory), *arguments]
        self._process = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, questions: Sequence[Question]) -> list[Answer | None]:
        """Give the answers in the order of the questions; None for what the program cannot answer within its bounds."""
        answers: list[Answer | None] = []
        while len(answers) < len(questions):
            answers += self._answers(questions[len(answers) :])
            if len(answers) < len(questions):
                answers.append(None)
                self.__exit__()
                self._process = self._started()
        return answers

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {**go_environment(), "GOMEMLIMIT": "1GiB", "TZ": "UTC"}
        # What it says when it dies of a question helps nobody: the question is reported.
        process = subprocess.Popen(
            self._command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
        return process

    def _answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Give as many answers as there are before the program ends or its time does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        sent = "".join(json.dumps(question) + os.linesep for question in questions).encode()
        end = threading.Timer(BATCH_S, self._process.kill)
        end.start()
        # A thread of its own writes, as the program stops reading while nobody takes its answers.
        writer = threading.Thread(target=self._send, args=(sent,))
        writer.start()
        answers: list[Answer] = []
        while len(answers) < len(questions) and (line := self._process.stdout.readline()).endswith(b"\n"):
            answers.append(json.loads(line))
        writer.join()
        end.cancel()
        return answers

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except BrokenPipeError:
            return
