"""What this process tells Prometheus: the names of controller-runtime, which ESO's webhook exports, and our own."""

from typing import Final

from bulkhead_runtime.metrics import counter, gauge, histogram

REQUESTS: Final = counter(
    "controller_runtime_webhook_requests_total",
    "Total number of admission requests by HTTP status code.",
    ["webhook", "code"],
)
"""By path and HTTP status; a refusal of an object is 200. Source: controller-runtime, pkg/webhook/internal/metrics."""

LATENCY: Final = histogram(
    "controller_runtime_webhook_latency_seconds",
    "Histogram of the latency of processing admission requests.",
    ["webhook"],
)

IN_FLIGHT: Final = gauge(
    "controller_runtime_webhook_requests_in_flight", "Current number of admission requests being served.", ["webhook"]
)

FAULTS: Final = counter(
    "bulkhead_webhook_faults_total",
    "Faults found in objects, by kind, by verdict, and by whether the object was refused for them.",
    ["kind", "verdict", "refused"],
)

ASKED: Final = counter(
    "bulkhead_webhook_provider_questions_total",
    "What came of asking provider servers about stores: valid, refused, unknown or cached.",
    ["server", "outcome"],
)
