"""Lines on standard error that tell a waiting person what is going on and for how long."""

import sys
import time
from typing import Final

_EVERY_S: Final = 5.0


class Progress:
    """Says what one long step does: its start, a line every few seconds, its end."""

    def __init__(self, subject: str, *, every_s: float = _EVERY_S) -> None:
        """Begin to count the time of the step.

        Args:
            subject: what the lines begin with.
            every_s: how long `tick` stays silent between two lines, in seconds.
        """
        self._subject = subject
        self._every_s = every_s
        self._started = self._spoke = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._started

    def say(self, what: str) -> None:
        """Print a line now."""
        self._spoke = time.monotonic()
        print(f"{self._subject}: {what}", file=sys.stderr, flush=True)

    def tick(self, what: str) -> None:
        """Print a line with the elapsed time, unless one was printed a moment ago."""
        if time.monotonic() - self._spoke >= self._every_s:
            self.say(f"{what}, {self.elapsed_s:.0f} s")
