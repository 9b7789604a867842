"""Metrics of rendering; no label names a tenant or a template."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from prometheus_client import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from bulkhead_runtime.metrics import REGISTRY, histogram
from bulkhead_target.template.job import Fault, RenderError

_SECONDS: Final = histogram(
    "bulkhead_render_duration_seconds",
    "How long the templates of one target took, with waiting.",
    ["lane"],
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1, 10, 60),
)


class Lane(StrEnum):
    """Where a job is rendered."""

    QUICK = "quick"
    SLOW = "slow"


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    """A template fails; it or its values must change."""
    TRANSIENT = "transient"
    """It may succeed later."""


class RenderMetrics(Collector):
    """The numbers of one renderer."""

    def __init__(self, waiting: Callable[[], int], *, registry: CollectorRegistry = REGISTRY) -> None:
        """Register.

        Args:
            waiting: says how many jobs wait for a worker.
            registry: where to be asked for samples.
        """
        self._waiting = waiting
        self._renders: Counter[tuple[Lane, Outcome]] = Counter({(lane, each): 0 for lane in Lane for each in Outcome})
        self._restarts = 0
        registry.register(self)

    @contextmanager
    def rendering(self) -> Iterator["Rendering"]:
        """Surround one render, which says in what is given where it was done."""
        rendering, began = Rendering(), time.perf_counter()
        outcome: Outcome | None = None
        try:
            yield rendering
            outcome = Outcome.SUCCESS
        except RenderError as error:
            outcome = Outcome.TRANSIENT if error.fault is Fault.UNAVAILABLE else Outcome.FAILURE
            raise
        finally:
            # A caller that was cancelled has no outcome.
            if outcome is not None:
                self._renders[rendering.lane, outcome] += 1
                _SECONDS.labels(rendering.lane.value).observe(time.perf_counter() - began)

    def restarted(self) -> None:
        """Count a worker that was lost."""
        self._restarts += 1

    def collect(self) -> Iterator[Metric]:
        """Give the samples."""
        renders = Metric("bulkhead_renders", "Targets whose templates were rendered.", "counter")
        for (lane, outcome), count in self._renders.items():
            renders.add_sample("bulkhead_renders_total", {"lane": lane.value, "outcome": outcome.value}, count)
        yield renders
        waiting = Metric("bulkhead_renders_waiting", "Targets that wait for a render worker.", "gauge")
        waiting.add_sample(waiting.name, {}, self._waiting())
        yield waiting
        restarts = Metric("bulkhead_render_worker_restarts", "Render workers that were lost.", "counter")
        restarts.add_sample("bulkhead_render_worker_restarts_total", {}, self._restarts)
        yield restarts


class Rendering:
    """One render."""

    lane: Lane = Lane.QUICK
