"""How often a backend is asked again: `retrySettings`."""

from bulkhead_validation.generators.fields import check_duration
from bulkhead_validation.node import Node


def check_retries(settings: Node) -> None:
    """Look at `maxRetries` and `retryInterval`; both may be left out."""
    if settings.at("maxRetries").integer() < 0:
        settings.at("maxRetries").doubtful("is less than zero, which counts as zero")
    check_duration(settings.at("retryInterval"), zero="it is then asked again at once")
