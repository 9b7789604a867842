"""What the injection of caBundles tells Prometheus; exists only where there are configurations to fill."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class BundleMetrics:
    """The metrics of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them."""
        self.injected = Counter(
            "bulkhead_ca_bundles_injected_total",
            "Times that a webhook configuration got the webhook's roots, by the reason for it.",
            ["configuration", "reason"],
            registry=registry,
        )
        self.right = Gauge(
            "bulkhead_ca_bundle_right",
            "1 if the webhook configuration trusts exactly the webhook's roots, 0 if it does not or is not there.",
            ["configuration"],
            registry=registry,
        )
        self.failures = Counter(
            "bulkhead_ca_bundle_failures_total",
            "Times that a webhook configuration could not be looked after.",
            ["configuration"],
            registry=registry,
        )
