"""Who set which field of a Secret, kept as the API server does for writes that are no server-side apply."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import msgspec

from bulkhead_api.meta import ManagedFields
from bulkhead_api.secret import Secret
from bulkhead_runtime.kube.events import ObjectKey, key_of

_Path = tuple[str, str]
"""`data`, `labels` or `annotations`, and the key."""


@dataclass
class FieldOwners:
    """Field managers by Secret and field."""

    _owned: dict[ObjectKey, dict[str, set[_Path]]] = field(default_factory=dict)

    def note(self, old: Secret | None, new: Secret, manager: str) -> None:
        """Keep up with a write: what it sets anew is its manager's, what it takes away is nobody's."""
        before, after = _fields(old) if old else {}, _fields(new)
        changed = {path for path, value in after.items() if path not in before or before[path] != value}
        owned = self._owned.setdefault(key_of(new.metadata), {}) if old else {}
        self._owned[key_of(new.metadata)] = owned
        for paths in owned.values():
            paths.difference_update((before.keys() - after.keys()) | changed)
        owned.setdefault(manager, set()).update(changed)

    def entries(self, key: ObjectKey) -> list[ManagedFields]:
        """Give metadata.managedFields."""
        return [
            ManagedFields(manager=manager, operation="Update", fields_v1=msgspec.Raw(_fields_v1(paths)))
            for manager, paths in self._owned.get(key, {}).items()
        ]


def _fields(secret: Secret) -> Mapping[_Path, object]:
    metadata = secret.metadata
    parts: dict[str, Mapping[str, object]] = {
        "data": secret.data,
        "labels": metadata.labels,
        "annotations": metadata.annotations,
    }
    return {(part, key): value for part, entries in parts.items() for key, value in entries.items()}


def _fields_v1(paths: AbstractSet[_Path]) -> bytes:
    def of(part: str) -> dict[str, object]:
        return {f"f:{key}": {} for owner, key in paths if owner == part}

    body = {"f:data": of("data"), "f:metadata": {"f:labels": of("labels"), "f:annotations": of("annotations")}}
    return msgspec.json.encode(body)
