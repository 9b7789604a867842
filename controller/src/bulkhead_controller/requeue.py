"""What a reconcile asks of the work queue when it ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is to be done until something changes."""


@dataclass(frozen=True, slots=True)
class Again:
    """Look again later; nothing went wrong."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Retry:
    """Something went wrong; try again with backoff."""

    not_before_s: float | None = None
    """How long whoever refused asked us to wait; None if they did not say."""


Requeue = Done | Again | Retry
