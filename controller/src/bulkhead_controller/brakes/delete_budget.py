"""How many managed Secrets may be deleted in a window of time. Pure: time comes in."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulkhead_controller.brakes.limits import Limits


@dataclass(slots=True, eq=False)
class Spent:
    """One deletion that the budget has let through."""

    at: datetime
    """When, UTC."""
    total: int
    """How many Secrets were managed then."""


class DeleteBudget:
    """A sliding window of deletions; it starts empty with the process."""

    def __init__(self, limits: Limits) -> None:
        """Let through what `limits` say."""
        self._limits = limits
        self._spent: deque[Spent] = deque()

    def spend(self, *, total: int, now: datetime) -> Spent | None:
        """Let one deletion through, before it is made; None means that the budget is used up.

        Args:
            total: how many Secrets are managed now.
            now: UTC.
        """
        self._drop_old(now)
        # Of what there was at the window's start: what is deleted must not make the rest of the budget smaller.
        most = self._limits.most(max([total, *(each.total for each in self._spent)]))
        if len(self._spent) >= most:
            return None
        spent = Spent(now, total)
        self._spent.append(spent)
        return spent

    def give_back(self, spent: Spent) -> None:
        """Take a deletion back that was not made after all."""
        if spent in self._spent:
            self._spent.remove(spent)

    def frees_in(self, now: datetime) -> timedelta:
        """Say when the oldest deletion leaves the window."""
        self._drop_old(now)
        return self._spent[0].at + self._limits.window - now if self._spent else timedelta(0)

    def _drop_old(self, now: datetime) -> None:
        for each in self._spent:
            # A clock that was set back must not hold deletions up for as long as it was ahead.
            each.at = min(each.at, now)
        while self._spent and self._spent[0].at + self._limits.window <= now:
            self._spent.popleft()
