"""The loop around the reconcilers, and the watchdog beside it."""

import pytest

from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_controller.watchdog import Watchdog
from bulkhead_controller.worker import put_back, work
from bulkhead_runtime.backoff import Backoff
from bulkhead_runtime.workqueue import QueueShutdownError, WorkQueue


class Clock:
    """Seconds that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> WorkQueue[str]:
    return WorkQueue(backoff=Backoff(1, 420, draw=lambda: 0.5), clock=clock)


async def test_defect_in_one_object_does_not_stop_the_others(queue: WorkQueue[str]) -> None:
    seen: list[str] = []

    async def reconcile(key: str) -> Requeue:
        seen.append(key)
        if key == "bad":
            raise ZeroDivisionError
        queue.shutdown()
        return Done()

    queue.add("bad")
    queue.add("good")
    with pytest.raises(QueueShutdownError):
        await work(queue, reconcile, Watchdog(queue.longest_wait_s, bound_s=1))
    assert seen == ["bad", "good"]
    assert (queue.failures("bad"), queue.failures("good")) == (1, 0)


@pytest.mark.parametrize(
    ("requeue", "due_s", "failures"),
    [
        pytest.param(Done(), None, 0, id="done-is-not-looked-at-again"),
        pytest.param(Again(30.0), 30.0, 0, id="again-after-its-time"),
        pytest.param(Retry(), 1.0, 2, id="retry-after-the-backoff"),
        pytest.param(Retry(60.0), 60.0, 2, id="retry-not-before-it-was-asked-to"),
    ],
)
async def test_key_is_put_back(
    queue: WorkQueue[str], clock: Clock, requeue: Requeue, due_s: float | None, failures: int
) -> None:
    put_back(queue, "key", Retry())
    clock.now = 0.5
    assert await queue.get() == "key"
    queue.done("key")
    clock.now = 0.0
    put_back(queue, "key", requeue)
    assert queue.failures("key") == failures
    clock.now = due_s - 0.01 if due_s else 10_000.0
    assert queue.longest_wait_s() == 0
    assert len(queue) == 0
    if due_s:
        clock.now = due_s + 1
        assert queue.longest_wait_s() == pytest.approx(1.0)


def test_watchdog_bears_a_long_queue_while_work_ends(clock: Clock) -> None:
    watchdog = Watchdog(lambda: 1000.0, bound_s=60, clock=clock)
    clock.now = 100.0
    with watchdog.working():
        pass
    assert watchdog.is_live()


def test_watchdog_bears_idleness(clock: Clock) -> None:
    watchdog = Watchdog(lambda: 0.0, bound_s=60, clock=clock)
    clock.now = 10_000.0
    assert watchdog.is_live()


def test_watchdog_barks_when_overdue_work_is_not_taken(clock: Clock) -> None:
    watchdog = Watchdog(lambda: 61.0, bound_s=60, clock=clock)
    clock.now = 61.0
    assert not watchdog.is_live()


def test_watchdog_barks_when_one_piece_of_work_does_not_end(clock: Clock) -> None:
    watchdog = Watchdog(lambda: 0.0, bound_s=60, clock=clock)
    with watchdog.working():
        clock.now = 61.0
        with watchdog.working():
            pass
        assert not watchdog.is_live()
    assert watchdog.is_live()
