"""`Backends` with a count and a time for each call, under ESO's name for the count."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from prometheus_client import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from bulkhead_api.errors import ProviderError
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Backends, BoundStore, Consumer, Outcome, Query, Ref, Validation
from bulkhead_runtime.metrics import REGISTRY, histogram

_SECONDS: Final = histogram(
    "bulkhead_provider_call_duration_seconds", "How long one call to a provider server took.", ["provider", "call"]
)


class MeteredBackends(Collector):
    """Counts calls by provider, call and status. Implements `backends.Backends`.

    Source: ESO, metric externalsecret_provider_api_calls_count.
    """

    def __init__(self, backends: Backends, *, registry: CollectorRegistry = REGISTRY) -> None:
        """Pass all calls on to `backends`."""
        self._backends = backends
        self._calls: Counter[tuple[str, str, str]] = Counter()
        registry.register(self)

    def route(self, provider: str) -> str | None:
        """Name the provider server; see `Backends.route`."""
        return self._backends.route(provider)

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references; see `Backends.batch_get`."""
        with self._metered(store, "BatchGet"):
            return await self._backends.batch_get(store, consumer, refs)

    async def find(self, store: BoundStore, consumer: Consumer, query: Query) -> Mapping[str, SecretValue]:
        """Find secrets; see `Backends.find`."""
        with self._metered(store, "Find"):
            return await self._backends.find(store, consumer, query)

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Say whether the store can work; see `Backends.validate`."""
        with self._metered(store, "ValidateStore"):
            return await self._backends.validate(store, consumer)

    def collect(self) -> Iterator[Metric]:
        """Give the samples."""
        # The exposition would add `_total` to the name of a counter, which ESO's name does not have.
        metric = Metric("externalsecret_provider_api_calls_count", "Calls to provider servers.", "unknown")
        for (provider, call, status), count in self._calls.items():
            metric.add_sample(metric.name, {"provider": provider, "call": call, "status": status}, count)
        yield metric

    @contextmanager
    def _metered(self, store: BoundStore, call: str) -> Iterator[None]:
        began = time.perf_counter()
        status = "success"
        try:
            yield
        except ProviderError:
            status = "error"
            raise
        finally:
            self._calls[store.provider, call, status] += 1
            _SECONDS.labels(store.provider, call).observe(time.perf_counter() - began)
