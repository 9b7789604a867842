"""Metrics of the brakes: how many ExternalSecrets each of them holds, and which stores are paused."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from bulkhead_api.external_secret import StoreKind
from bulkhead_controller.brakes.limits import Brake
from bulkhead_controller.brakes.pauses import Paused, Pauses
from bulkhead_controller.caches import Caches
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.metrics import REGISTRY

_HELP: Final[Mapping[Brake, str]] = {
    Brake.DELETE_BUDGET: "ExternalSecrets whose Secret waits for the delete budget.",
    Brake.MASS_CHANGE: "ExternalSecrets that wait for a paused store.",
    Brake.ADOPTION_GUARD: "ExternalSecrets whose target is not managed and not to be taken over.",
}


class Held(Collector):
    """Which brake holds which ExternalSecret."""

    def __init__(self, caches: Caches, pauses: Pauses, *, registry: CollectorRegistry = REGISTRY) -> None:
        """Register; nothing is held yet."""
        self._caches = caches
        self._pauses = pauses
        self._held: dict[ObjectKey, Brake] = {}
        registry.register(self)

    def note(self, key: ObjectKey, brake: Brake | None) -> None:
        """Say how a look at an ExternalSecret ended; None means that nothing holds it, or that it is gone."""
        if brake is None:
            self._held.pop(key, None)
        else:
            self._held[key] = brake

    def collect(self) -> Iterator[Metric]:
        """Give the samples."""
        counts = Counter(self._held.values())
        for brake, text in _HELP.items():
            metric = Metric(f"bulkhead_{brake.value}_blocked", text, "gauge")
            metric.add_sample(metric.name, {}, counts[brake])
            yield metric
        yield self._paused()

    def _paused(self) -> Metric:
        metric = Metric("bulkhead_store_paused", "1 while the mass-change breaker holds the store's users.", "gauge")
        for kind in StoreKind:
            for key in self._caches.stores(kind):
                state = self._pauses.state_of(StoreKey(kind=kind, namespace=key.namespace, name=key.name))
                if state is not None:
                    labels = {"kind": kind.value, "namespace": key.namespace, "name": key.name}
                    metric.add_sample(metric.name, labels, float(isinstance(state, Paused)))
        return metric
