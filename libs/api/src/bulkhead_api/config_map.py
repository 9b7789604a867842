"""ConfigMap, v1, as the controller reads it."""

import msgspec

from bulkhead_api.meta import ObjectMeta


class ConfigMap(msgspec.Struct, frozen=True, kw_only=True):
    """A ConfigMap that was read; its binaryData are never templates. Source: core/v1 ConfigMap."""

    metadata: ObjectMeta
    data: dict[str, str] = {}
