"""Compares this project's templates with the original's on random ones, until the time is over.

    python tests/differential/fuzz/fuzz.py [--minutes 5] [--seed 1]

Each batch has a seed of its own, the one before and one more; `--seed` with the printed one makes the same batch again.
What differs, and not for a reason in `known.py`, is made small, printed and kept as a case that the unit tests of
`libs/templating` ask from then on. The exit status is 1 if there was any.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Final

from go_program import GoProgram
from known import is_known
from questions import Answer, Question
from shrinking import shrunk
from subjects import Subject, keep, subjects

_BATCH: Final = 200
_MOST_OF_A_BATCH: Final = 5
_TIMES: Final = 4


class Verdict(StrEnum):
    """What comes of one comparison."""

    RESULT = "same results"
    ERROR = "same errors"
    KNOWN = "known differences"
    CHANCE = "answered by Go in several ways"
    BOUNDS = "beyond bounds"
    DIFFERENT = "different"


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the report


class Comparison:
    """Compares batches of one subject and counts."""

    def __init__(self, subject: Subject, program: GoProgram) -> None:
        self._subject = subject
        self._program = program
        self.counted: Counter[Verdict] = Counter()
        self._kept: set[str] = set()

    def batch(self, seed: int) -> None:
        """Compare the templates of a seed."""
        chance = random.Random(seed)  # noqa: S311 - test data
        questions = [self._subject.question(chance) for _ in range(_BATCH)]
        verdicts = self._verdicts(questions)
        self.counted.update(verdicts)
        different = [
            question for question, verdict in zip(questions, verdicts, strict=True) if verdict is Verdict.DIFFERENT
        ]
        _say(f"seed {seed}: {self._subject.name}, {len(questions)} compared, {len(different)} differ")
        for question in different[:_MOST_OF_A_BATCH]:
            self._report(shrunk(question, self._differing))

    def _differing(self, questions: Sequence[Question]) -> list[bool]:
        return [verdict is Verdict.DIFFERENT for verdict in self._verdicts(questions)]

    def _verdicts(self, questions: Sequence[Question]) -> list[Verdict]:
        verdicts = [
            self._verdict(question, theirs)
            for question, theirs in zip(questions, self._program.ask(questions), strict=True)
        ]
        doubtful = [place for place, verdict in enumerate(verdicts) if verdict is Verdict.DIFFERENT]
        asked = [self._program.ask([questions[place] for place in doubtful]) for _ in range(_TIMES)]
        for place, answers in zip(doubtful, zip(*asked, strict=True), strict=True):
            if any(answer != answers[0] for answer in answers):
                verdicts[place] = Verdict.CHANCE
        return verdicts

    def _verdict(self, question: Question, theirs: Answer | None) -> Verdict:
        ours = self._subject.ours(question)
        if theirs is None:
            _say(f"Go does not answer: {json.dumps(question)}")
        if theirs is None or ours is None:
            return Verdict.BOUNDS
        if theirs == ours:
            return Verdict.ERROR if "error" in ours else Verdict.RESULT
        return Verdict.KNOWN if is_known(question, theirs, ours, self._subject.ours) else Verdict.DIFFERENT

    def _report(self, question: Question) -> None:
        (theirs,) = self._program.ask([question])
        text = json.dumps(question)
        if theirs is None or text in self._kept:
            return
        self._kept.add(text)
        _say(f"{text}\n   Go:   {json.dumps(theirs)}\n   ours: {json.dumps(self._subject.ours(question))}")
        keep(self._subject, question, theirs)


def _compared(minutes: float, seed: int, directory: Path) -> list[Comparison]:
    with ExitStack() as stack:
        comparisons = [
            Comparison(subject, stack.enter_context(GoProgram(subject.module, directory, *subject.arguments)))
            for subject in subjects()
        ]
        whole, language = comparisons
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            # One batch of five is of the language alone, which has fewer ways to differ.
            (language if seed % 5 == 0 else whole).batch(seed)
            seed += 1
        return comparisons


def main() -> None:
    """Compare, say how many agree, and end with 1 if any does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="of the first batch")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        comparisons = _compared(given.minutes, given.seed, Path(directory))
    total: Counter[Verdict] = sum((comparison.counted for comparison in comparisons), Counter())
    _say(f"{sum(total.values())} compared: " + ", ".join(f"{total[verdict]} {verdict}" for verdict in Verdict))
    sys.exit(1 if total[Verdict.DIFFERENT] else 0)


if __name__ == "__main__":
    main()
