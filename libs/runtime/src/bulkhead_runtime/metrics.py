"""The metrics of this process, in one registry, for Prometheus to read.

A label's value is a name from the code or an object's name, never anything from inside a secret.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY: Final = CollectorRegistry()
"""Holds all metrics that `counter`, `gauge` and `histogram` made, and those of the process itself."""

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

# One more series for each series, with the time it was made, is of no use to anybody here.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no annotation there
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """Make a counter; its name ends in `_total`. To be called once for each name, at a module's top."""
    return Counter(name, documentation, labels, registry=REGISTRY)


def gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> Gauge:
    """Make a gauge. To be called once for each name, at a module's top."""
    return Gauge(name, documentation, labels, registry=REGISTRY)


def histogram(
    name: str, documentation: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = Histogram.DEFAULT_BUCKETS
) -> Histogram:
    """Make a histogram; `buckets` are upper bounds in the unit that its name ends in. Once for each name."""
    return Histogram(name, documentation, labels, buckets=buckets, registry=REGISTRY)


def exposition() -> bytes:
    """Write all metrics in the form that CONTENT_TYPE names."""
    return generate_latest(REGISTRY)
