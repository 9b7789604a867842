"""Metrics of the queues and their workers, under the names that dashboards know from controller-runtime and client-go.

Whatever can be read off a queue is read when somebody asks; only durations are noted as they come.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Never, TypeVar, cast

from prometheus_client import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_runtime.metrics import REGISTRY, histogram
from bulkhead_runtime.workqueue import WorkQueue

K = TypeVar("K", bound=Hashable)

_QUEUE_BUCKETS_S: Final = tuple(10.0**exponent for exponent in range(-6, 4))
_RECONCILE_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_WAITED: Final = histogram(
    "workqueue_queue_duration_seconds",
    "How long keys waited for a worker.",
    ["name", "controller"],
    buckets=_QUEUE_BUCKETS_S,
)
_WORKED: Final = histogram(
    "workqueue_work_duration_seconds",
    "How long one piece of work took.",
    ["name", "controller"],
    buckets=_QUEUE_BUCKETS_S,
)
_RECONCILED: Final = histogram(
    "controller_runtime_reconcile_time_seconds",
    "How long one reconcile took.",
    ["controller"],
    buckets=_RECONCILE_BUCKETS_S,
)
_RESULTS: Final = ("success", "requeue_after", "requeue", "error")
"""Source: controller-runtime, controller_runtime_reconcile_total."""


class LoopMetrics:
    """The numbers of one queue and its workers."""

    def __init__(self, name: str, *, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Count nothing yet.

        Args:
            name: ESO's word for the resource, such as `externalsecret`.
            workers: how many there are.
            clock: monotonic, in seconds.
        """
        self.name = name
        self.workers = workers
        self.results: Counter[str] = Counter(dict.fromkeys(_RESULTS, 0))
        self.waited: Final = _WAITED.labels(name, name).observe
        """For `WorkQueue`, its `on_wait`."""
        self._clock = clock
        self._tickets = itertools.count()
        self._begun: dict[int, float] = {}
        self._worked = _WORKED.labels(name, name)
        self._reconciled = _RECONCILED.labels(name)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Surround one piece of work."""
        ticket, began = next(self._tickets), self._clock()
        self._begun[ticket] = began
        try:
            yield
        finally:
            del self._begun[ticket]
            took_s = self._clock() - began
            self._worked.observe(took_s)
            self._reconciled.observe(took_s)

    def ended(self, requeue: Requeue) -> None:
        """Count how one piece of work ended."""
        match requeue:
            case Done():
                self.results["success"] += 1
            case Again():
                self.results["requeue_after"] += 1
            case Retry():
                self.results["error"] += 1

    @property
    def active(self) -> int:
        """How many workers work now."""
        return len(self._begun)

    def running_s(self) -> list[float]:
        """Say how long each piece of work has been going on, the longest first."""
        now = self._clock()
        return [now - began for began in self._begun.values()]


class LoopCollector(Collector):
    """Gives the samples of all queues together, as the name of a metric may come only once."""

    def __init__(self, *, registry: CollectorRegistry = REGISTRY) -> None:
        """Register; there are no queues yet."""
        self._loops: list[tuple[LoopMetrics, WorkQueue[Never]]] = []
        registry.register(self)

    def track(self, metrics: LoopMetrics, queue: WorkQueue[K]) -> None:
        """Show a queue from now on; to be called when its workers start, since before nothing in it is overdue."""
        # Its keys are never looked at here, so their type does not matter.
        self._loops.append((metrics, cast("WorkQueue[Never]", queue)))

    def collect(self) -> Iterator[Metric]:
        """Give the samples. Source: client-go, util/workqueue; controller-runtime, internal/controller/metrics."""
        for name, (text, kind, value) in _OF_QUEUES.items():
            metric = _metric(name, text, kind)
            for loop, queue in self._loops:
                metric.add_sample(name, {"name": loop.name, "controller": loop.name}, value(loop, queue))
            yield metric
        for name, (text, kind, of_loop) in _OF_LOOPS.items():
            metric = _metric(name, text, kind)
            for loop, _ in self._loops:
                metric.add_sample(name, {"controller": loop.name}, of_loop(loop))
            yield metric
        yield self._results()

    def _results(self) -> Metric:
        name = "controller_runtime_reconcile_total"
        metric = _metric(name, "Reconciles by result.", "counter")
        for loop, _ in self._loops:
            for result, count in loop.results.items():
                metric.add_sample(name, {"controller": loop.name, "result": result}, float(count))
        return metric


def _metric(name: str, text: str, kind: str) -> Metric:
    # The exposition adds `_total` to the name of a counter, whose samples have it already.
    return Metric(name.removesuffix("_total") if kind == "counter" else name, text, kind)


_OF_QUEUES: Final[Mapping[str, tuple[str, str, Callable[[LoopMetrics, WorkQueue[Never]], float]]]] = {
    "workqueue_depth": ("Keys that wait for a worker.", "gauge", lambda _, queue: len(queue)),
    "workqueue_adds_total": ("Keys that began to wait.", "counter", lambda _, queue: queue.added),
    "workqueue_retries_total": ("Keys put back after a failure.", "counter", lambda _, queue: queue.retried),
    "workqueue_unfinished_work_seconds": (
        "Time spent so far on work in progress.",
        "gauge",
        lambda loop, _: sum(loop.running_s()),
    ),
    "workqueue_longest_running_processor_seconds": (
        "How long the oldest work in progress has been going on.",
        "gauge",
        lambda loop, _: max(loop.running_s(), default=0.0),
    ),
    "bulkhead_oldest_due_seconds": (
        "How long the key that waits longest has been due.",
        "gauge",
        lambda _, queue: queue.longest_wait_s(),
    ),
}
_OF_LOOPS: Final[Mapping[str, tuple[str, str, Callable[[LoopMetrics], float]]]] = {
    "controller_runtime_reconcile_errors_total": (
        "Reconciles that failed.",
        "counter",
        lambda loop: loop.results["error"],
    ),
    "controller_runtime_active_workers": ("Workers that work now.", "gauge", lambda loop: loop.active),
    "controller_runtime_max_concurrent_reconciles": ("Workers that there are.", "gauge", lambda loop: loop.workers),
}
