"""Whether the process still does its work, for the liveness probe."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """Watches the workers of one queue.

    Waiting alone is no sign of trouble: a slow backend makes a long queue. Trouble is one piece of work without an
    end although all its calls have deadlines, or overdue work while no piece of work ends.
    """

    def __init__(
        self, longest_wait_s: Callable[[], float], *, bound_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the queue's own measure of overdue work; what lasts longer than `bound_s` seconds is trouble."""
        self._longest_wait_s = longest_wait_s
        self._bound_s = bound_s
        self._clock = clock
        self._begun: dict[int, float] = {}
        self._tickets = itertools.count()
        self._ended_at = clock()

    def begin(self) -> None:
        """Note that the workers start now: whatever waited before waited for nobody."""
        self._ended_at = self._clock()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Surround one piece of work."""
        ticket = next(self._tickets)
        self._begun[ticket] = self._clock()
        try:
            yield
        finally:
            del self._begun[ticket]
            self._ended_at = self._clock()

    def is_live(self) -> bool:
        """Say whether the process should go on."""
        now = self._clock()
        # Tickets count up, so the first one is the oldest.
        oldest = next(iter(self._begun.values()), now)
        if now - oldest > self._bound_s:
            return False
        return self._longest_wait_s() <= self._bound_s or now - self._ended_at <= self._bound_s
