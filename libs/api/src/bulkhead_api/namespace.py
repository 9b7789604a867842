"""Namespace, core/v1, of which only the metadata matters: its name, its labels and whether it is being deleted."""

import msgspec

from bulkhead_api.meta import ObjectMeta

NAMESPACE_PLURAL = "namespaces"


class Namespace(msgspec.Struct, frozen=True, kw_only=True):
    """A namespace as the API server sends it; everything but the metadata is dropped while decoding."""

    metadata: ObjectMeta
