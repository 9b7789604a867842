"""Whether too much of what a store gives has changed at once. Pure: time comes in."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from bulkhead_controller.brakes.limits import Limits

S = TypeVar("S", bound=Hashable)
"""Names a store."""
U = TypeVar("U", bound=Hashable)
"""Names a user of stores."""


@dataclass(slots=True)
class _Store(Generic[U]):
    """What is known of one store."""

    asked: dict[U, str] = field(default_factory=dict)
    """What each user asked for last, by its digest."""
    askers: Counter[str] = field(default_factory=Counter)
    """How many users ask for it."""
    changed: dict[str, datetime] = field(default_factory=dict)
    """What was answered otherwise than before, and when that was last; the oldest stand first."""

    def forget(self, user: U) -> None:
        """Forget a user, and what nobody else asks for."""
        asked = self.asked.pop(user, None)
        if asked is None:
            return
        self.askers[asked] -= 1
        if not self.askers[asked]:
            del self.askers[asked]

    def note(self, user: U, asked: str) -> None:
        """Remember what a user asks for."""
        if self.asked.get(user) != asked:
            self.forget(user)
            self.asked[user] = asked
            self.askers[asked] += 1


class MassChange(Generic[S, U]):
    """A sliding window of changes for each store; all of them start empty with the process.

    What counts is what was asked for, once, however many users ask for it: one password that is rotated is one change,
    and its copies in a thousand namespaces are no sign of a broken backend.
    """

    def __init__(self, limits: Limits) -> None:
        """Let through what `limits` say."""
        self._limits = limits
        self._stores: dict[S, _Store[U]] = {}

    def same(self, store: S, user: U, asked: str) -> None:
        """Note an answer that is as before, or that there is nothing to compare with."""
        self._stores.setdefault(store, _Store()).note(user, asked)

    def changed(self, store: S, user: U, asked: str, *, users: int, now: datetime) -> bool:
        """Note an answer that is another than before, and say whether that is one too many.

        Args:
            store: what gave it.
            user: who asked.
            asked: digest of what for.
            users: how many the store has; those who have not asked yet count as if each asked for something else.
            now: UTC.
        """
        known = self._stores.setdefault(store, _Store())
        known.note(user, asked)
        self._drop_old(known.changed, now)
        # Put at the end anew, so that the oldest stand first.
        known.changed.pop(asked, None)
        known.changed[asked] = now
        total = len(known.askers) + max(0, users - len(known.asked))
        return len(known.changed) > self._limits.most(total)

    def restart(self, store: S) -> None:
        """Begin a new window."""
        if store in self._stores:
            self._stores[store].changed.clear()

    def forget(self, store: S, user: U) -> None:
        """Forget a user that is gone."""
        if store in self._stores:
            self._stores[store].forget(user)
            if not self._stores[store].asked:
                del self._stores[store]

    def _drop_old(self, changed: dict[str, datetime], now: datetime) -> None:
        while changed:
            oldest = next(iter(changed))
            # What comes from the future was noted before the clock was set back, and is as good as old.
            if changed[oldest] <= now < changed[oldest] + self._limits.window:
                return
            del changed[oldest]
