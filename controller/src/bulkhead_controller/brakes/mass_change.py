"""Whether too much of what a store gives has changed at once. Pure: time comes in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bulkhead_controller.brakes.limits import Limits

S = TypeVar("S")
"""Names a store."""


@dataclass(slots=True)
class _Window:
    """What was asked of one store lately, by its digest, with the last time; the oldest stand first."""

    answered: dict[str, datetime] = field(default_factory=dict)
    """Everything that was answered."""
    changed: dict[str, datetime] = field(default_factory=dict)
    """What was answered otherwise than before."""


class MassChange(Generic[S]):
    """A sliding window for each store; all of them start empty with the process.

    What counts is what was asked for, once, however many ExternalSecrets ask for it: one password that is rotated is
    one change, and its copies in a thousand namespaces are no sign of a broken backend.
    """

    def __init__(self, limits: Limits) -> None:
        """Let through what `limits` say."""
        self._limits = limits
        self._windows: dict[S, _Window] = {}

    def same(self, store: S, asked: str, *, now: datetime) -> None:
        """Note an answer that is as before, or that there is nothing to compare with."""
        _note(self._window(store, now).answered, asked, now)

    def changed(self, store: S, asked: str, *, now: datetime) -> bool:
        """Note an answer that is another than before, and say whether that is one too many.

        One that is too many is noted too, so that of several at the same time not each begins anew.
        """
        window = self._window(store, now)
        _note(window.answered, asked, now)
        _note(window.changed, asked, now)
        return len(window.changed) > self._limits.most(len(window.answered))

    def forget(self, store: S) -> None:
        """Start anew with a store."""
        self._windows.pop(store, None)

    def _window(self, store: S, now: datetime) -> _Window:
        window = self._windows.setdefault(store, _Window())
        for notes in (window.answered, window.changed):
            _drop_old(notes, self._limits.window, now)
        return window


def _note(notes: dict[str, datetime], asked: str, now: datetime) -> None:
    # Put at the end anew, so that the oldest stand first.
    notes.pop(asked, None)
    notes[asked] = now


def _drop_old(notes: dict[str, datetime], age: timedelta, now: datetime) -> None:
    while notes:
        oldest = next(iter(notes))
        # What comes from the future was noted before the clock was set back, and is as good as old.
        if notes[oldest] + age > now and notes[oldest] <= now:
            return
        del notes[oldest]
