"""What one render may cost: steps, output, depth, memory, time.

The engine and the functions tell a `Meter` what they are about to do, before they do it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.errors import (
    DeadlineError,
    DepthLimitError,
    MemoryLimitError,
    OutputLimitError,
    StepLimitError,
)

_MEBIBYTE: Final = 1024 * 1024
_STEPS_BETWEEN_LOOKS: Final = 256
_BYTES_BETWEEN_LOOKS: Final = _MEBIBYTE
# What takes about as long as a node of a template does, one or two microseconds.
_BYTES_A_STEP: Final = 1024
_ITEMS_A_STEP: Final = 8
# What a character beyond ASCII takes as a string of its own, divided by how much more memory may be used than is told.
_RUNE_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one render; the defaults are far above what a Secret can hold."""

    steps: int = 1_000_000
    """Nodes of the template walked and commands run, with what functions charge for loops of their own."""
    output_bytes: int = 4 * _MEBIBYTE
    depth: int = 100
    """Blocks, templates and parentheses within one another, and values within values when they are printed."""
    memory_bytes: int = 128 * _MEBIBYTE
    """All that functions make together, kept or not."""


class Meter:
    """Counts what one render costs; one for each render, never shared."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        monotonic: Callable[[], float] | None = None,
        deadline_s: float | None = None,
    ) -> None:
        """Start at nothing.

        Args:
            limits: None means the defaults.
            monotonic: a clock in seconds; None means that there is no deadline.
            deadline_s: what that clock shows when the render must be over; None means that there is no deadline.
        """
        self.limits = limits or Limits()
        self._monotonic = monotonic
        self._deadline_s = deadline_s
        self._steps = 0
        self._next_look = 0
        self._output_bytes = 0
        self._memory_bytes = 0
        self._memory_look = _BYTES_BETWEEN_LOOKS
        self._depth = 0

    @property
    def steps(self) -> int:
        """How many steps it has taken so far."""
        return self._steps

    @property
    def memory_bytes(self) -> int:
        """How many bytes its values have taken so far."""
        return self._memory_bytes

    def step(self, count: int = 1) -> None:
        """Take steps: one for each node, and for what a function does once for each element or character.

        Raises:
            StepLimitError: that is more than it may take.
            DeadlineError: the time is over.
        """
        self._steps += count
        if self._steps > self.limits.steps:
            raise StepLimitError(f"rendering takes more than {self.limits.steps} steps")
        if self._steps >= self._next_look:
            self._next_look = self._steps + _STEPS_BETWEEN_LOOKS
            self._look_at_the_clock()

    def call(self, arguments: Iterable[object]) -> None:
        """Call a function: a step, and what it takes to scan the texts that it gets.

        Raises:
            StepLimitError: that is more steps than it may take.
            DeadlineError: the time is over.
        """
        self.step(1 + sum(len(value) // _BYTES_A_STEP for value in arguments if isinstance(value, str)))

    def scan(self, length: int) -> None:
        """Let compiled code go through so many bytes, as a search or a copy does: a thousand of them take a step.

        Raises:
            StepLimitError: that is more steps than it may take.
            DeadlineError: the time is over.
        """
        self.step(length // _BYTES_A_STEP)

    def walk(self, count: int) -> None:
        """Go through so many characters or elements in Python and do little with each: eight of them take a step.

        Raises:
            StepLimitError: that is more steps than it may take.
            DeadlineError: the time is over.
        """
        self.step(count // _ITEMS_A_STEP)

    def take_apart(self, text: str) -> None:
        """Go through the characters of a text, which are strings of their own while that takes.

        Raises:
            LimitError: that is more than it may take.
        """
        self.walk(len(text))
        if not text.isascii():
            self.allocate(len(text) * _RUNE_BYTES)

    def output(self, length: int) -> None:
        """Write so many bytes of output.

        Raises:
            OutputLimitError: that is more than the output may have.
        """
        self._output_bytes += length
        if self._output_bytes > self.limits.output_bytes:
            raise OutputLimitError(f"the output is longer than {self.limits.output_bytes} bytes")

    def allocate(self, length: int) -> None:
        """Make a value of so many bytes; a function calls it before it makes one that may be large.

        Raises:
            MemoryLimitError: that is more than all values may have together.
            DeadlineError: the time is over.
        """
        self._memory_bytes += length
        if self._memory_bytes > self.limits.memory_bytes:
            raise MemoryLimitError(f"rendering needs more than {self.limits.memory_bytes} bytes of memory")
        if self._memory_bytes >= self._memory_look:
            self._memory_look = self._memory_bytes + _BYTES_BETWEEN_LOOKS
            self._look_at_the_clock()

    def enter(self, levels: int = 1) -> None:
        """Go so many levels deeper; `leave` takes them back.

        Raises:
            DepthLimitError: that is deeper than it may go.
        """
        self._depth += levels
        if self._depth > self.limits.depth:
            raise DepthLimitError(f"nested more than {self.limits.depth} levels deep")

    def leave(self, levels: int = 1) -> None:
        """Come back from so many levels."""
        self._depth -= levels

    def _look_at_the_clock(self) -> None:
        if self._monotonic is None or self._deadline_s is None:
            return
        if self._monotonic() > self._deadline_s:
            raise DeadlineError("rendering takes too long")
