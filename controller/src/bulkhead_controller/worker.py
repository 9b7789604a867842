"""The loop that takes keys from a queue, reconciles them, and puts them back as the reconcile asks."""

from collections.abc import Awaitable, Callable, Hashable
from contextlib import nullcontext
from typing import Final, TypeVar

from bulkhead_controller.loop_metrics import LoopMetrics
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_controller.watchdog import Watchdog
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.workqueue import Lane, WorkQueue

K = TypeVar("K", bound=Hashable)

_LOG: Final = get_logger("worker")


async def work(
    queue: WorkQueue[K],
    reconcile: Callable[[K], Awaitable[Requeue]],
    watchdog: Watchdog,
    metrics: LoopMetrics | None = None,
) -> None:
    """Reconcile one key after the other until cancelled; a defect in one does not stop the others."""
    while True:
        key = await queue.get()
        try:
            with watchdog.working(), metrics.working() if metrics else nullcontext():
                requeue = await reconcile(key)
        # The outermost loop: whatever went wrong with this object must not stop the others.
        except Exception as error:  # noqa: BLE001
            _LOG.failure("reconcile failed", error, object=str(key))
            requeue = Retry()
        finally:
            queue.done(key)
        if metrics is not None:
            metrics.ended(requeue)
        put_back(queue, key, requeue)


def put_back(queue: WorkQueue[K], key: K, requeue: Requeue) -> None:
    """Schedule the next look at `key`."""
    match requeue:
        case Done():
            queue.forget(key)
        case Again(after_s):
            queue.forget(key)
            queue.add_after(key, after_s, Lane.PERIODIC)
        case Retry(not_before_s):
            queue.retry(key, at_least_s=not_before_s or 0.0)
