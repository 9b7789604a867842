"""Which fields of a target one field manager set, as the API server keeps it. Pure.

Source: Kubernetes, structured-merge-diff, FieldsV1; ESO removes these before it writes, so that stale ones go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from bulkhead_api.meta import ManagedFields

_PREFIX = "f:"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFields:
    """What a manager set."""

    data: frozenset[str] = frozenset()
    spec_data: frozenset[str] = frozenset()
    """Keys of spec.data, where other kinds than Secrets and ConfigMaps have their values."""
    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()


class _Metadata(msgspec.Struct, frozen=True):
    labels: dict[str, msgspec.Raw] = msgspec.field(name="f:labels", default={})
    annotations: dict[str, msgspec.Raw] = msgspec.field(name="f:annotations", default={})


class _Spec(msgspec.Struct, frozen=True):
    data: dict[str, msgspec.Raw] = msgspec.field(name="f:data", default={})


class _Fields(msgspec.Struct, frozen=True):
    data: dict[str, msgspec.Raw] = msgspec.field(name="f:data", default={})
    spec: _Spec = msgspec.field(name="f:spec", default=_Spec())
    metadata: _Metadata = msgspec.field(name="f:metadata", default=_Metadata())


def own_fields(entries: Iterable[ManagedFields], manager: str) -> OwnFields:
    """Gather what `manager` set; entries that cannot be read count as none."""
    found = [fields for entry in entries if entry.manager == manager and (fields := _fields(entry)) is not None]
    return OwnFields(
        data=_names(fields.data for fields in found),
        spec_data=_names(fields.spec.data for fields in found),
        labels=_names(fields.metadata.labels for fields in found),
        annotations=_names(fields.metadata.annotations for fields in found),
    )


def _fields(entry: ManagedFields) -> _Fields | None:
    if isinstance(entry.fields_v1, msgspec.UnsetType):
        return None
    try:
        return msgspec.json.decode(entry.fields_v1, type=_Fields)
    except msgspec.DecodeError:
        return None


def _names(maps: Iterable[Mapping[str, msgspec.Raw]]) -> frozenset[str]:
    # Beside the fields there may be an entry ".", which is the map itself.
    return frozenset(key.removeprefix(_PREFIX) for each in maps for key in each if key.startswith(_PREFIX))
