"""How long to wait before the next try of something that failed."""

import random
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

# 2.0**64 times any base is beyond every cap; a larger exponent would overflow in the end.
_MAX_EXPONENT = 64


class Backoff(Generic[K]):
    """Counts failures by key and draws delays: exponential, with full jitter.

    Full jitter draws from zero up to the exponential bound, so that many that failed at once do not return at once.
    """

    def __init__(self, base_s: float = 1, cap_s: float = 420, *, draw: Callable[[], float] = random.random) -> None:
        """Set the bound of the first delay and of any; `draw` gives a number in [0, 1)."""
        self._base_s = base_s
        self._cap_s = cap_s
        self._draw = draw
        self._failures: dict[K, int] = {}

    def next_delay_s(self, key: K) -> float:
        """Count a failure of `key` and draw the delay before its next try."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        bound_s = min(self._cap_s, self._base_s * 2.0 ** min(failures, _MAX_EXPONENT))
        return self._draw() * bound_s

    def failures(self, key: K) -> int:
        """Say how often `key` failed since it was last forgotten."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        """Start over with `key`, as it succeeded or is gone."""
        self._failures.pop(key, None)
