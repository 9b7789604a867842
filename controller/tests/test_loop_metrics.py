"""Metrics of queues and workers under the names of controller-runtime and client-go."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bulkhead_api.meta import ConditionStatus
from bulkhead_controller.loop_metrics import LoopCollector, LoopMetrics
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_controller.watchdog import Watchdog
from bulkhead_controller.worker import work
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.workqueue import QueueShutdownError, WorkQueue

DOCS = Path(__file__).parents[2] / "docs/metrics.md"
HISTOGRAMS = {
    "bulkhead_reconcile_duration_seconds",
    "bulkhead_provider_call_duration_seconds",
    "controller_runtime_reconcile_time_seconds",
    "workqueue_queue_duration_seconds",
    "workqueue_work_duration_seconds",
}


class Clock:
    """Seconds that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def exposed(registry: CollectorRegistry) -> dict[str, float]:
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        ",".join(
            [sample.name, *(value for name, value in sorted(sample.labels.items()) if name != "name")]
        ): sample.value
        for family in families
        for sample in family.samples
    }


async def test_a_queue_and_its_workers_are_shown_as_dashboards_expect() -> None:
    registry, clock = CollectorRegistry(), Clock()
    loop = LoopMetrics("demo", workers=4, clock=clock)
    queue: WorkQueue[str] = WorkQueue(clock=clock, on_wait=loop.waited)
    loops = LoopCollector(registry=registry)
    loops.track(loop, queue)
    answers: dict[str, Requeue] = {"done": Done(), "again": Again(60), "failed": Retry()}

    async def reconcile(key: str) -> Requeue:
        if key == "broken":
            raise ZeroDivisionError
        if key == "last":
            clock.now += 2
            during.update(exposed(registry))
            queue.shutdown()
        return answers.get(key, Done())

    during: dict[str, float] = {}
    for key in ("done", "again", "failed", "broken", "last", "waits"):
        queue.add(key)
    with pytest.raises(QueueShutdownError):
        await work(queue, reconcile, Watchdog(queue.longest_wait_s, bound_s=1), loop)
    assert during == {
        "workqueue_depth,demo": 1,
        "workqueue_adds_total,demo": 6,
        "workqueue_retries_total,demo": 2,
        "workqueue_unfinished_work_seconds,demo": 2,
        "workqueue_longest_running_processor_seconds,demo": 2,
        "bulkhead_oldest_due_seconds,demo": 2,
        "controller_runtime_reconcile_errors_total,demo": 2,
        "controller_runtime_active_workers,demo": 1,
        "controller_runtime_max_concurrent_reconciles,demo": 4,
        "controller_runtime_reconcile_total,demo,success": 1,
        "controller_runtime_reconcile_total,demo,requeue_after": 1,
        "controller_runtime_reconcile_total,demo,requeue": 0,
        "controller_runtime_reconcile_total,demo,error": 2,
    }
    assert exposed(registry)["controller_runtime_active_workers,demo"] == 0


def test_who_does_not_work_has_nothing_that_is_overdue() -> None:
    registry = CollectorRegistry()
    LoopCollector(registry=registry)
    assert exposed(registry) == {}


async def test_every_metric_is_in_the_docs() -> None:
    registry = CollectorRegistry()
    loop = LoopMetrics("demo", workers=1)
    LoopCollector(registry=registry).track(loop, WorkQueue())
    objects = ObjectMetrics("externalsecret", counts=True, registry=registry)
    objects.condition(ObjectKey("team-a", "app"), ConditionStatus.TRUE)
    names = {sample.name for family in registry.collect() for sample in family.samples}
    text = DOCS.read_text()
    assert {name for name in names | HISTOGRAMS if f"`{name}`" not in text} == set()
