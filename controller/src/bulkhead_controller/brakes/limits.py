"""How much may happen before a brake holds the rest. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Brake(StrEnum):
    """What holds an ExternalSecret back; the value is how metrics spell it."""

    DELETE_BUDGET = "delete_budget"
    """Too much was deleted already."""
    MASS_CHANGE = "mass_change"
    """Too much of what the store gives has changed."""
    ADOPTION_GUARD = "adoption_guard"
    """The target exists, and nobody asked for it to be taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may happen in a sliding window of time."""

    percent: int
    """Of what there is; zero turns the brake off."""
    window: timedelta
    floor: int
    """May happen in any case, so that a small cluster is not held up."""

    @property
    def is_on(self) -> bool:
        """Whether anything is ever held."""
        return self.percent > 0

    @property
    def duration(self) -> str:
        """The window as a duration of Go, for people."""
        seconds = self.window.total_seconds()
        return f"{seconds / 60:g}m" if seconds % 60 == 0 else f"{seconds:g}s"

    def most(self, total: int) -> int:
        """Give how many of `total` may be meant."""
        return max(self.floor, total * self.percent // 100)


DELETE_BUDGET = Limits(percent=10, window=timedelta(minutes=10), floor=10)
"""The command line's default for deletions."""
MASS_CHANGE = Limits(percent=50, window=timedelta(minutes=10), floor=10)
"""The command line's default for changes."""
OFF = Limits(percent=0, window=timedelta(minutes=10), floor=0)
"""Nothing is held."""
