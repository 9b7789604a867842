"""One line of log, and the metrics, for every call: who asked for how much on whose behalf, and what came of it.

Values never get here, and keys only as a count.
"""

import time
from collections import Counter
from typing import Final

from bulkhead_provider_sdk.provider import Call
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import counter, histogram

OK: Final = "Ok"
"""The outcome of a call or an item that did not fail."""

_LOG: Final = get_logger("audit")
_CALLS: Final = counter("bulkhead_provider_calls_total", "Calls answered.", ["method", "outcome"])
_ITEMS: Final = counter("bulkhead_provider_items_total", "Items answered.", ["method", "outcome"])
_SECONDS: Final = histogram("bulkhead_provider_call_seconds", "How long calls took.", ["method"])


class AuditedCall:
    """What is known so far of one call; `finish` writes it down."""

    def __init__(self, method: str, caller: str) -> None:
        """Start the clock.

        Args:
            method: without its service, such as `Find`.
            caller: the caller's SPIFFE id; empty if it has none.
        """
        self.method = method
        self.caller = caller
        self.call: Call | None = None
        """None until the request turned out to be a valid one."""
        self.requested = 0
        """How many references were asked for."""
        self.outcomes: Counter[str] = Counter()
        """How many items came to what end."""
        self._started = time.monotonic()

    def finish(self, outcome: str, *, because: str = "") -> None:
        """Write the call down.

        Args:
            outcome: OK or the name of an error class.
            because: why a caller was refused; empty for a call that got further.
        """
        seconds = time.monotonic() - self._started
        _CALLS.labels(self.method, outcome).inc()
        _SECONDS.labels(self.method).observe(seconds)
        for item_outcome, count in self.outcomes.items():
            _ITEMS.labels(self.method, item_outcome).inc(count)
        _LOG.info(
            "call",
            method=self.method,
            caller=self.caller,
            outcome=outcome,
            refs=self.requested,
            outcomes=dict(self.outcomes),
            duration_ms=round(seconds * 1000, 3),
            **_names(self.call),
            **({"because": because} if because else {}),
        )


def _names(call: Call | None) -> dict[str, str]:
    if call is None:
        return {}
    ref, consumer = call.store.ref, call.consumer
    return {
        "request_id": call.request_id,
        "store": "/".join(filter(None, (ref.kind, ref.namespace, ref.name))),
        "consumer": "/".join(filter(None, (consumer.kind, consumer.namespace, consumer.name))),
    }
