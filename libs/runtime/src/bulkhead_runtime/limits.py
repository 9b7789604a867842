"""The limits of the provider protocol, enforced on both sides. Source: provider_service.proto, head comment."""

from typing import Final

PROTOCOL_VERSION: Final = 1
"""The only version of bulkhead.provider.v1 that is spoken."""

MAX_BATCH_REFS: Final = 500
"""References in one BatchGetRequest."""

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one message, either way."""

MAX_TEXT_BYTES: Final = 1024
"""UTF-8 bytes of a key, property, version or path, and of any other name in a request."""

MAX_REQUEST_ID_BYTES: Final = 64
"""UTF-8 bytes of a request id."""

MAX_ERROR_MESSAGE_BYTES: Final = 1024
"""UTF-8 bytes of an ErrorInfo's message."""

MAX_RETRY_AFTER_S: Final = 3600.0
"""The longest wait, in seconds, that a server may ask for; more is cut, so that no server can park a store."""

MIN_PING_INTERVAL_MS: Final = 10_000
"""Time, in milliseconds, between two HTTP/2 pings by which a client finds out whether the other end is still there."""
