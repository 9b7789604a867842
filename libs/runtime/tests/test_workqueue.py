"""The queue: what is next, who gets it, and that nothing is lost."""

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from bulkhead_runtime.backoff import Backoff
from bulkhead_runtime.workqueue import Lane, QueueShutdownError, Schedule, WorkQueue


class ManualClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def queue(clock: ManualClock) -> WorkQueue[str]:
    return WorkQueue(backoff=Backoff(1, 420, draw=lambda: 0.5), clock=clock)


async def next_of(queue: WorkQueue[str]) -> str | None:
    """Take the next key that is due now, or None."""
    get = asyncio.ensure_future(queue.get())
    # Two rounds of the loop: one to start, one to be woken if the queue knows of work.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if get.done():
        return get.result()
    get.cancel()
    await asyncio.gather(get, return_exceptions=True)
    return None


async def test_a_key_that_is_added_twice_is_handed_out_once(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add("a")

    assert await next_of(queue) == "a"
    assert await next_of(queue) is None


async def test_fresh_work_goes_before_periodic_work(queue: WorkQueue[str]) -> None:
    queue.add("routine", Lane.PERIODIC)
    queue.add("new", Lane.FRESH)

    assert [await next_of(queue), await next_of(queue)] == ["new", "routine"]


async def test_a_waiting_periodic_key_becomes_fresh_when_it_changes(queue: WorkQueue[str]) -> None:
    queue.add("a", Lane.PERIODIC)
    queue.add("b", Lane.FRESH)
    queue.add("a", Lane.FRESH)
    assert (queue.waiting(Lane.FRESH), queue.waiting(Lane.PERIODIC)) == (2, 0)

    assert [await next_of(queue), await next_of(queue), await next_of(queue)] == ["b", "a", None]


async def test_a_fresh_key_stays_fresh_when_its_routine_comes_up(queue: WorkQueue[str]) -> None:
    queue.add("a", Lane.FRESH)
    queue.add("a", Lane.PERIODIC)

    assert (queue.waiting(Lane.FRESH), queue.waiting(Lane.PERIODIC)) == (1, 0)


async def test_a_key_that_is_worked_on_is_not_handed_out_again_before_it_is_done(queue: WorkQueue[str]) -> None:
    queue.add("a")
    assert await next_of(queue) == "a"
    queue.add("a")
    assert await next_of(queue) is None

    queue.done("a")

    assert await next_of(queue) == "a"


async def test_a_delayed_key_comes_when_its_time_has_come(queue: WorkQueue[str], clock: ManualClock) -> None:
    queue.add_after("a", 10)
    clock.now += 9.9
    assert await next_of(queue) is None
    clock.now += 0.2
    assert await next_of(queue) == "a"


@pytest.mark.parametrize(
    "delays_s",
    [pytest.param((10, 5), id="a-later-call-with-an-earlier-time"), pytest.param((5, 10), id="an-earlier-call-stands")],
)
async def test_the_earliest_time_counts(
    queue: WorkQueue[str], clock: ManualClock, delays_s: tuple[float, float]
) -> None:
    for delay_s in delays_s:
        queue.add_after("a", delay_s)
    clock.now += 6
    assert await next_of(queue) == "a"
    queue.done("a")
    clock.now += 100
    assert await next_of(queue) is None


async def test_a_timer_goes_when_its_key_is_handed_out_early(queue: WorkQueue[str], clock: ManualClock) -> None:
    queue.add_after("a", 10)
    queue.add("a")
    assert await next_of(queue) == "a"
    queue.add_after("a", 60)
    queue.done("a")

    clock.now += 59
    assert await next_of(queue) is None
    clock.now += 2
    assert await next_of(queue) == "a"


async def test_a_timer_that_fires_while_its_key_is_worked_on_runs_it_once_more(
    queue: WorkQueue[str], clock: ManualClock
) -> None:
    queue.add("a")
    assert await next_of(queue) == "a"
    queue.add_after("a", 1)
    clock.now += 2
    assert await next_of(queue) is None

    queue.done("a")

    assert await next_of(queue) == "a"


async def test_retry_waits_longer_with_each_failure_until_forgotten(queue: WorkQueue[str]) -> None:
    assert [queue.retry("a") for _ in range(3)] == [0.5, 1, 2]
    assert queue.failures("a") == 3
    queue.forget("a")
    assert queue.failures("a") == 0
    assert queue.retry("a", at_least_s=30) == 30


async def test_the_longest_wait_counts_from_the_time_a_key_was_due(queue: WorkQueue[str], clock: ManualClock) -> None:
    assert queue.longest_wait_s() == 0
    queue.add_after("a", 10)
    clock.now += 15
    queue.add("b")

    assert queue.longest_wait_s() == 5


async def test_a_waiting_worker_is_woken_by_the_timer() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("later", 0.03)
    queue.add_after("sooner", 0.01)

    async with asyncio.timeout(5):
        assert [await queue.get(), await queue.get()] == ["sooner", "later"]


async def test_each_of_many_waiting_workers_gets_a_key_of_its_own(queue: WorkQueue[str]) -> None:
    workers = [asyncio.ensure_future(queue.get()) for _ in range(5)]
    await asyncio.sleep(0)
    for key in "abcde":
        queue.add(key)

    async with asyncio.timeout(5):
        assert sorted(await asyncio.gather(*workers)) == list("abcde")


async def test_a_key_is_not_lost_when_the_worker_it_woke_is_cancelled(queue: WorkQueue[str]) -> None:
    first, second = (asyncio.ensure_future(queue.get()) for _ in range(2))
    await asyncio.sleep(0)
    queue.add("a")
    first.cancel()

    async with asyncio.timeout(5):
        assert await second == "a"


async def test_a_cancelled_worker_does_not_use_up_a_call(queue: WorkQueue[str]) -> None:
    first, second = (asyncio.ensure_future(queue.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    queue.add("a")

    async with asyncio.timeout(5):
        assert await second == "a"


async def test_shutdown_ends_waiting_and_later_workers(queue: WorkQueue[str]) -> None:
    worker = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    queue.add_after("a", 0)
    queue.shutdown()

    with pytest.raises(QueueShutdownError):
        await queue.get()
    with pytest.raises(QueueShutdownError):
        await worker


def test_replaced_timers_do_not_pile_up() -> None:
    schedule: Schedule[str] = Schedule()
    for step in range(10_000):
        schedule.add_at("a", 1e6 - step, Lane.PERIODIC)

    assert len(schedule._heap) < 100
    assert schedule.next_due() == 1e6 - 9_999


class QueueModel(RuleBasedStateMachine):
    """Any order of calls: a key that was asked for is handed out sooner or later, and never to two workers."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.schedule: Schedule[int] = Schedule()
        self.now = 0.0
        self.wanted: set[int] = set()
        self.due: dict[int, float] = {}
        self.working: set[int] = set()

    @rule(target=keys, key=st.integers(0, 4))
    def name(self, key: int) -> int:
        return key

    @rule(key=keys, lane=st.sampled_from(Lane))
    def add(self, key: int, lane: Lane) -> None:
        self.schedule.add(key, lane, self.now)
        self.wanted.add(key)

    @rule(key=keys, delay_s=st.integers(0, 10), lane=st.sampled_from(Lane))
    def add_later(self, key: int, delay_s: int, lane: Lane) -> None:
        due = self.now + delay_s
        self.schedule.add_at(key, due, lane)
        self.due[key] = min(due, self.due.get(key, due))

    @rule(seconds=st.integers(1, 5))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        self._promote()
        key = self.schedule.pop(self.now)
        if key is None:
            assert not self.wanted - self.working
            return
        assert key in self.wanted
        assert key not in self.working
        self.wanted.discard(key)
        self.due.pop(key, None)
        self.working.add(key)

    @precondition(lambda self: self.working)
    @rule()
    def finish(self) -> None:
        self._promote()
        key = self.working.pop()
        self.schedule.promote(self.now)
        self.schedule.done(key, self.now)

    @invariant()
    def counts_agree(self) -> None:
        self._promote()
        self.schedule.promote(self.now)
        assert sum(self.schedule.waiting(lane) for lane in Lane) == len(self.wanted - self.working)

    def _promote(self) -> None:
        for key in [key for key, due in self.due.items() if due <= self.now]:
            del self.due[key]
            self.wanted.add(key)


TestAnyOrderOfCalls = QueueModel.TestCase
TestAnyOrderOfCalls.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)


async def test_a_queue_counts_what_dashboards_show() -> None:
    now = [0.0]
    waited: list[float] = []
    queue: WorkQueue[str] = WorkQueue(
        backoff=Backoff(1, 2, draw=lambda: 0.5), clock=lambda: now[0], on_wait=waited.append
    )
    queue.add("a")
    queue.add("a")
    queue.add("b")
    now[0] = 3.0
    assert await queue.get() == "a"
    queue.retry("a")
    queue.add("a")
    queue.done("a")
    assert (queue.added, queue.retried, waited) == (3, 1, [3.0])
