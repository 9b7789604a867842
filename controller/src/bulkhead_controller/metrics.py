"""The controller's metrics: ESO's names for each object, and true histograms beside them.

The series of objects are kept as plain numbers and become samples when somebody asks, since thousands of objects with
five library objects each would cost more memory than the objects themselves.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from prometheus_client import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from bulkhead_api.meta import ConditionStatus, ObjectMeta
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.metrics import REGISTRY, histogram

_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_RECONCILE_SECONDS: Final = histogram(
    "bulkhead_reconcile_duration_seconds", "How long one reconcile took.", ["resource"], buckets=_BUCKETS_S
)
_NANOSECONDS: Final = 1_000_000_000


LabelsOf: TypeAlias = Callable[[ObjectKey], Mapping[str, str]]
"""Gives the labels of an object; empty if it is gone."""

EXTENDED_LABELS: Final = {
    f"app.kubernetes.io/{name}": f"app_kubernetes_io_{name.replace('-', '_')}"
    for name in ("name", "instance", "version", "component", "part-of", "managed-by")
}
"""Labels of objects, and how metrics spell them. Source: ESO, flag --enable-extended-metric-labels."""


class Labelled(Protocol):
    """Any object of Kubernetes."""

    @property
    def metadata(self) -> ObjectMeta:
        """Its labels are in it."""


def labels_from(objects: Mapping[ObjectKey, Labelled]) -> LabelsOf:
    """Look up labels in the copies of objects."""

    def labels(key: ObjectKey) -> Mapping[str, str]:
        found = objects.get(key)
        return {} if found is None else found.metadata.labels

    return labels


@dataclass(slots=True)
class _Series:
    """The numbers of one object."""

    calls: int = 0
    errors: int = 0
    seconds: float = 0.0
    ready: bool | None = None


class ObjectMetrics(Collector):
    """Numbers of each object of one resource. An object that is forgotten has no series any more."""

    def __init__(
        self, prefix: str, *, counts: bool, labels_of: LabelsOf | None = None, registry: CollectorRegistry = REGISTRY
    ) -> None:
        """Register the metrics `<prefix>_reconcile_duration` and `<prefix>_status_condition`.

        Args:
            prefix: ESO's word for the resource, such as `externalsecret`.
            counts: whether to count calls and errors too.
            labels_of: gives an object's own labels, of which some become labels of its series; None means none.
            registry: where to be asked for samples.
        """
        self._prefix = prefix
        self._counts = counts
        self._labels_of = labels_of
        self._series: dict[ObjectKey, _Series] = {}
        self._duration = _RECONCILE_SECONDS.labels(prefix)
        registry.register(self)

    @contextmanager
    def reconcile(self, key: ObjectKey) -> Iterator[None]:
        """Count and time what runs inside of the context."""
        started = time.perf_counter()
        try:
            yield
        finally:
            series = self._of(key)
            series.calls += 1
            series.seconds = time.perf_counter() - started
            self._duration.observe(series.seconds)

    def failed(self, key: ObjectKey) -> None:
        """Count a failure."""
        self._of(key).errors += 1

    def condition(self, key: ObjectKey, ready: ConditionStatus) -> None:
        """Show the condition Ready."""
        self._of(key).ready = ready is ConditionStatus.TRUE

    def forget(self, key: ObjectKey) -> None:
        """Drop all series of an object that is gone."""
        self._series.pop(key, None)

    def collect(self) -> Iterator[Metric]:
        """Give the samples, one metric after the other. Source: ESO, esmetrics and ssmetrics."""
        # All at once, the samples of thousands of objects would be the largest thing in this process.
        if self._counts:
            yield self._metric("_sync_calls_total", lambda series: series.calls)
            yield self._metric("_sync_calls_error", lambda series: series.errors)
        yield self._metric("_reconcile_duration", lambda series: series.seconds * _NANOSECONDS)
        yield self._conditions()

    def _metric(self, name: str, value: Callable[[_Series], float]) -> Metric:
        metric = Metric(self._prefix + name, _HELP[name], _TYPES[name])
        for key, series in self._series.items():
            metric.add_sample(metric.name, self._labels(key), value(series))
        return metric

    def _conditions(self) -> Metric:
        metric = Metric(f"{self._prefix}_status_condition", "The condition Ready: 1 on its status.", "gauge")
        for key, series in self._series.items():
            if series.ready is None:
                continue
            labels = {**self._labels(key), "condition": "Ready"}
            for status in (ConditionStatus.TRUE, ConditionStatus.FALSE):
                shown = series.ready is (status is ConditionStatus.TRUE)
                metric.add_sample(metric.name, {**labels, "status": status.value}, float(shown))
        return metric

    def _labels(self, key: ObjectKey) -> dict[str, str]:
        base = {"name": key.name, "namespace": key.namespace}
        if self._labels_of is None:
            return base
        own = self._labels_of(key)
        return base | {name: own.get(label, "") for label, name in EXTENDED_LABELS.items()}

    def _of(self, key: ObjectKey) -> _Series:
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series()
        return series


_HELP: Final = {
    "_sync_calls_total": "Reconciles of the object.",
    "_sync_calls_error": "Reconciles of the object that failed.",
    "_reconcile_duration": "How long the last reconcile of the object took, in nanoseconds.",
}
# The exposition writes a counter's name with `_total` at its end, which ESO's names do not all have.
_TYPES: Final = {"_sync_calls_total": "unknown", "_sync_calls_error": "unknown", "_reconcile_duration": "gauge"}
