"""The queue between the watches and the workers: each key at most once, new work before routine work."""

import asyncio
import contextlib
import heapq
import itertools
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Generic, TypeVar

from bulkhead_runtime.backoff import Backoff

K = TypeVar("K", bound=Hashable)

# A timer that fires a moment early must not be set again with no delay at all.
_MIN_TIMER_S: Final = 0.001
# Timers that were replaced stay in the heap; it is cleaned when they are more than the others and this many.
_STALE_TIMERS: Final = 64


class Lane(IntEnum):
    """Which work goes first; the smaller value wins."""

    FRESH = 0
    """New and changed objects."""
    PERIODIC = 1
    """Routine refreshes, and tries again."""


class QueueShutdownError(Exception):
    """The queue gives out no more work."""


@dataclass(frozen=True, slots=True)
class _Timer:
    due: float
    ticket: int
    lane: Lane


class Schedule(Generic[K]):
    """Decides what is next. Pure: the time comes in as `now`, seconds of any monotonic clock.

    A key is in at most one of: waiting in a lane, being worked on. Beside that it may have one timer.
    """

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._lanes: dict[Lane, OrderedDict[K, float]] = {lane: OrderedDict() for lane in Lane}
        self._working: set[K] = set()
        self._again: dict[K, Lane] = {}
        self._timers: dict[K, _Timer] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._tickets = itertools.count()
        self.added = 0
        """How often a key began to wait."""
        self.last_wait_s = 0.0
        """How long the key that `pop` gave last had waited."""

    def add(self, key: K, lane: Lane, now: float) -> None:
        """Let `key` wait for a worker; one that waits in a slower lane moves over and keeps its waiting time."""
        if key in self._working:
            self._again[key] = min(lane, self._again.get(key, lane))
            return
        for other in Lane:
            since = self._lanes[other].get(key)
            if since is None:
                continue
            if other > lane:
                del self._lanes[other][key]
                self._lanes[lane][key] = since
            return
        self._lanes[lane][key] = now
        self.added += 1

    def add_at(self, key: K, due: float, lane: Lane) -> None:
        """Let `key` wait for a worker from `due` on, unless its timer is set to an earlier time already."""
        timer = self._timers.get(key)
        if timer is not None and timer.due <= due:
            return
        timer = _Timer(due, next(self._tickets), lane)
        self._timers[key] = timer
        heapq.heappush(self._heap, (due, timer.ticket, key))
        if len(self._heap) > 2 * len(self._timers) + _STALE_TIMERS:
            self._heap = [(each.due, each.ticket, waiting) for waiting, each in self._timers.items()]
            heapq.heapify(self._heap)

    def pop(self, now: float) -> K | None:
        """Give the next key to a worker, or None.

        Its timer goes: whoever works on a key looks at everything anew and says anew when to look again.
        """
        self.promote(now)
        for lane in self._lanes.values():
            if lane:
                key, since = lane.popitem(last=False)
                self.last_wait_s = max(0.0, now - since)
                self._working.add(key)
                self._timers.pop(key, None)
                return key
        return None

    def done(self, key: K, now: float) -> None:
        """Note that no worker has `key` any more; if it was added meanwhile, it waits again."""
        self._working.discard(key)
        lane = self._again.pop(key, None)
        if lane is not None:
            self.add(key, lane, now)

    def promote(self, now: float) -> None:
        """Let the keys whose time has come wait for a worker."""
        while self._heap and self._heap[0][0] <= now:
            _, ticket, key = heapq.heappop(self._heap)
            timer = self._timers.get(key)
            if timer is not None and timer.ticket == ticket:
                del self._timers[key]
                self.add(key, timer.lane, timer.due)

    def next_due(self) -> float | None:
        """Say when to promote next, None for never; after a timer was replaced it may be too early, never too late."""
        return self._heap[0][0] if self._heap else None

    def waiting(self, lane: Lane) -> int:
        """Count the keys that wait in `lane`."""
        return len(self._lanes[lane])

    def longest_wait_s(self, now: float) -> float:
        """Say how long the key that waits longest has waited for a worker; 0 when none waits."""
        # Each lane is almost in order of time: only keys that changed lanes are further back than their age.
        heads = [next(iter(lane.values())) for lane in self._lanes.values() if lane]
        return max(0.0, now - min(heads)) if heads else 0.0


class WorkQueue(Generic[K]):
    """Hands out keys to any number of workers; a key is never with two of them at once.

    A worker loops over `get`, works, then calls `forget` or `retry` and always `done`. The queue belongs to one event
    loop, and keys are not None.
    """

    def __init__(
        self,
        *,
        backoff: Backoff[K] | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        """Start empty.

        Args:
            backoff: between failures of one key; None means the usual one.
            clock: monotonic, in seconds.
            on_wait: is told how many seconds each key had waited, when a worker takes it.
        """
        self._schedule: Schedule[K] = Schedule()
        self._backoff: Backoff[K] = Backoff() if backoff is None else backoff
        self._clock = clock
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_shut_down = False
        self._on_wait = on_wait
        self.retried = 0
        """How often a key was put back after a failure."""

    @property
    def added(self) -> int:
        """How often a key began to wait for a worker."""
        return self._schedule.added

    def __len__(self) -> int:
        return sum(self.waiting(lane) for lane in Lane)

    def waiting(self, lane: Lane) -> int:
        """Count the keys in `lane` that could be worked on now."""
        return self._schedule.waiting(lane)

    def longest_wait_s(self) -> float:
        """Say for how long the next keys have been due, in seconds; what a watchdog looks at."""
        self._schedule.promote(self._clock())
        return self._schedule.longest_wait_s(self._clock())

    def add(self, key: K, lane: Lane = Lane.FRESH) -> None:
        """Ask for `key` to be worked on; asking twice is asking once, and while it is worked on means once more."""
        self._schedule.add(key, lane, self._clock())
        self._wake()

    def add_after(self, key: K, delay_s: float, lane: Lane = Lane.PERIODIC) -> None:
        """Ask for `key` to be worked on in `delay_s` seconds; of several times the earliest counts."""
        self._schedule.add_at(key, self._clock() + max(0.0, delay_s), lane)
        self._wake()

    def retry(self, key: K, *, at_least_s: float = 0, lane: Lane = Lane.PERIODIC) -> float:
        """Count a failure of `key`, ask for it again after its backoff, and say in how many seconds that is.

        Args:
            key: what failed.
            at_least_s: the least delay, such as a server's Retry-After.
            lane: where it waits then.
        """
        delay_s = max(at_least_s, self._backoff.next_delay_s(key))
        self.retried += 1
        self.add_after(key, delay_s, lane)
        return delay_s

    def forget(self, key: K) -> None:
        """Start the backoff of `key` over, as it succeeded or is gone."""
        self._backoff.forget(key)

    def failures(self, key: K) -> int:
        """Say how often `key` failed in a row."""
        return self._backoff.failures(key)

    async def get(self) -> K:
        """Wait for the next key; nobody else gets it before `done`.

        Raises:
            QueueShutdownError: the queue was shut down.
        """
        while not self._is_shut_down:
            key = self._schedule.pop(self._clock())
            if key is not None:
                if self._on_wait is not None:
                    self._on_wait(self._schedule.last_wait_s)
                return key
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            self._set_timer()
            try:
                await waiter
            except asyncio.CancelledError:
                # Whoever was woken and then cancelled passes the call on, else the key would lie there unseen.
                with contextlib.suppress(ValueError):
                    self._waiters.remove(waiter)
                self._wake()
                raise
        raise QueueShutdownError

    def done(self, key: K) -> None:
        """Give `key` back."""
        self._schedule.done(key, self._clock())
        self._wake()

    def shutdown(self) -> None:
        """Give out no more keys; every `get`, present and future, raises."""
        self._is_shut_down = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._release(len(self._waiters))

    def _wake(self) -> None:
        # Without anybody waiting there is nothing to do: `get` looks at the schedule first.
        if not self._waiters:
            return
        self._schedule.promote(self._clock())
        self._release(len(self))
        self._set_timer()

    def _release(self, count: int) -> None:
        while count > 0 and self._waiters:
            waiter = self._waiters.popleft()
            # One that was cancelled has not left the line yet; it does not count.
            if not waiter.done():
                waiter.set_result(None)
                count -= 1

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._schedule.next_due()
        if self._waiters and due is not None and not self._is_shut_down:
            delay_s = max(_MIN_TIMER_S, due - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._wake)
