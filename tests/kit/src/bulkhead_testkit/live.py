"""Events and field owners as they stand on the API server, as far as tests assert on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec


class Involved(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an event is about."""

    kind: str = ""
    name: str = ""


class LiveEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event as `kubectl describe` shows it. Source: v1 Event."""

    type: str
    """`Normal` or `Warning`."""
    reason: str
    message: str
    count: int = 1
    """How often it came; some writers never set it."""
    involved_object: Involved
    last_timestamp: datetime | None = None
    """UTC; None where the writer leaves it out."""


class ManagedFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which fields one writer owns. Source: meta/v1 ManagedFieldsEntry."""

    manager: str
    operation: str
    """`Apply` or `Update`."""
    subresource: str = ""
    fields_v1: dict[str, object] = msgspec.field(default_factory=dict, name="fieldsV1")
    """The fields as a tree of keys such as `f:data`."""


class _Events(msgspec.Struct, frozen=True, kw_only=True):
    items: list[LiveEvent]


class _Managed(msgspec.Struct, frozen=True, kw_only=True):
    class Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
        managed_fields: list[ManagedFields] = []

    metadata: Metadata


def events_in(answer: bytes) -> Sequence[LiveEvent]:
    """Read a list of events, the oldest first; those without a time stand at the front."""
    items = msgspec.json.decode(answer, type=_Events).items
    return sorted(items, key=lambda event: event.last_timestamp.timestamp() if event.last_timestamp else 0.0)


def managed_fields_in(answer: bytes) -> Sequence[ManagedFields]:
    """Read who owns which fields of any object."""
    return msgspec.json.decode(answer, type=_Managed).metadata.managed_fields


def metadata_patch(
    *,
    labels: Mapping[str, str | None] | None,
    annotations: Mapping[str, str | None] | None,
    finalizers: Sequence[str] | None,
) -> Mapping[str, object]:
    """Build a merge patch of an object's metadata; None leaves a part as it is, and None as a value takes it away."""
    parts = {"labels": labels, "annotations": annotations, "finalizers": finalizers}
    return {"metadata": {name: part for name, part in parts.items() if part is not None}}
