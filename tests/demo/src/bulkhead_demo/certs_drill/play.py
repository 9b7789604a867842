"""One thing that is played, and the line that says how it went."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_NAME_WIDTH: Final = 66
Act = Callable[[], str]
"""Plays it and says in a few words what was seen.

Raises:
    NotAsExpectedError: something else was seen than expected.
"""


class NotAsExpectedError(Exception):
    """A play went otherwise than expected; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One thing that can go wrong, and what must come of it."""

    name: str
    expectation: str
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a play went."""

    play: Play
    as_expected: bool
    seen: str
    seconds: float

    def __str__(self) -> str:
        mark = "ok" if self.as_expected else "FAILED"
        return f"{mark:<6} {self.seconds:6.1f} s  {self.play.name:<{_NAME_WIDTH}} {self.play.expectation}: {self.seen}"


def run_plays(plays: Iterable[Play]) -> Sequence[Outcome]:
    """Play one after the other, each told as soon as it is over; one that fails does not keep the others from it."""
    outcomes = []
    for play in plays:
        outcomes.append(_run(play))
        print(outcomes[-1], flush=True)
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> str:
    """Count how they went, in one line."""
    failed = [outcome.play.name for outcome in outcomes if not outcome.as_expected]
    seconds = sum(outcome.seconds for outcome in outcomes)
    words = f"{len(outcomes)} plays, {len(outcomes) - len(failed)} as expected, {len(failed)} not, {seconds:.0f} s"
    return words if not failed else f"{words}: {'; '.join(failed)}"


def expect(condition: bool, otherwise: str) -> None:
    """Go on if the condition holds.

    Raises:
        NotAsExpectedError: it does not; `otherwise` says what was seen.
    """
    if not condition:
        raise NotAsExpectedError(otherwise)


def _run(play: Play) -> Outcome:
    started = time.monotonic()
    try:
        seen, as_expected = play.act(), True
    except NotAsExpectedError as error:
        seen, as_expected = str(error), False
    # What stumbles is told like what fails, and the rest is still played.
    except Exception as error:  # noqa: BLE001
        print(f"{play.name}: {type(error).__name__}", file=sys.stderr)
        seen, as_expected = f"{type(error).__name__}: {error}", False
    return Outcome(play=play, as_expected=as_expected, seen=seen, seconds=time.monotonic() - started)
