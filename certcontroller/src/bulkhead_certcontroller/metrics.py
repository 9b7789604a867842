"""What this program tells Prometheus. No key, no serial number: only who, when and how often."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """The metrics of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them; expiry gauges appear with the first certificate that is seen."""
        self.expiry = Gauge(
            "bulkhead_certificate_expiry_timestamp_seconds",
            "When the identity's certificate ends, in Unix time.",
            ["identity"],
            registry=registry,
        )
        self.issued = Counter(
            "bulkhead_certificates_issued_total",
            "Certificates issued, by identity and by the reason for it.",
            ["identity", "reason"],
            registry=registry,
        )
        self.failures = Counter(
            "bulkhead_certificate_failures_total",
            "Times that an identity's certificate could not be looked after.",
            ["identity"],
            registry=registry,
        )
        self.authority_expiry = Gauge(
            "bulkhead_ca_expiry_timestamp_seconds",
            "When the CA's certificate ends, in Unix time.",
            registry=registry,
        )
        self.authority_renewal_due = Gauge(
            "bulkhead_ca_renewal_due",
            "1 once about two thirds of the CA's life are over, else 0.",
            registry=registry,
        )
        self.authority_failures = Counter(
            "bulkhead_ca_failures_total",
            "Times that the CA could not be read, made or used.",
            registry=registry,
        )
        self.phase = Gauge(
            "bulkhead_ca_rotation_phase",
            "1 for the phase in which the CA's rotation is, 0 for the others.",
            ["phase"],
            registry=registry,
        )
        self.rotations = Counter(
            "bulkhead_ca_rotations_total",
            "Rotations of the CA that were begun, by the reason for it.",
            ["reason"],
            registry=registry,
        )
        self.acknowledged = Gauge(
            "bulkhead_certificate_acknowledged",
            "1 if the identity's processes use what was written for them, else 0; absent if none answers.",
            ["identity"],
            registry=registry,
        )
        self.denylist_version = Gauge(
            "bulkhead_denylist_version",
            "Version of the last denylist.",
            registry=registry,
        )
        self.denylist_expiry = Gauge(
            "bulkhead_denylist_expiry_timestamp_seconds",
            "When the last denylist ends, in Unix time; without a newer one nobody is trusted from then on.",
            registry=registry,
        )
        self.denylist_entries = Gauge(
            "bulkhead_denylist_entries",
            "Certificates and identities that the denylist denies.",
            registry=registry,
        )
        self.revocations = Counter(
            "bulkhead_revocations_total",
            "Denials that were added, by what they deny.",
            ["kind"],
            registry=registry,
        )


class TokenMetrics:
    """The metrics of ServiceAccount tokens, which exist only where some are made."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them."""
        self.expiry = Gauge(
            "bulkhead_token_expiry_timestamp_seconds",
            "When the token that was made last ends, in Unix time.",
            ["token"],
            registry=registry,
        )
        self.made = Counter(
            "bulkhead_tokens_made_total",
            "ServiceAccount tokens made, by the reason for it.",
            ["token", "reason"],
            registry=registry,
        )
        self.failures = Counter(
            "bulkhead_token_failures_total",
            "Times that a token could not be looked after.",
            ["token"],
            registry=registry,
        )
