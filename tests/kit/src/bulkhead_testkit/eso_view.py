"""What ESO 2.9 would make of an ExternalSecret and its target if it were started now, by rules written down once more.

The objects go in as JSON from the API server and nothing of the controller is used, so that a mistake of the
controller's is seen. Source: ESO, externalsecret_controller.go, shouldRefresh, isSecretValid and mutationFunc.
"""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bulkhead_testkit.eso_hashes import data_hash, made_by, manager_of, synced_version

_FINALIZER: Final = "externalsecrets.external-secrets.io/externalsecret-cleanup"
_MANAGED: Final = "reconcile.external-secrets.io/managed"
_CREATED_BY: Final = "reconcile.external-secrets.io/created-by"
_DATA_HASH: Final = "reconcile.external-secrets.io/data-hash"
_UNIT_S: Final = {"h": 3600, "m": 60, "s": 1}


class _Owner(msgspec.Struct, frozen=True, rename="camel"):
    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False
    block_owner_deletion: bool = False


class _Manager(msgspec.Struct, frozen=True, rename="camel"):
    manager: str = ""
    operation: str = ""


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    namespace: str
    uid: str = ""
    generation: int = 0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: list[str] = []
    owner_references: list[_Owner] = []
    managed_fields: list[_Manager] = []


class _Target(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    creation_policy: str = "Owner"


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    refresh_policy: str = "Periodic"
    refresh_interval: str = "1h0m0s"
    target: _Target = _Target()


class _Binding(msgspec.Struct, frozen=True):
    name: str = ""


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    refresh_time: datetime | None = None
    synced_resource_version: str = ""
    binding: _Binding = _Binding()


class _ExternalSecret(msgspec.Struct, frozen=True):
    metadata: _Metadata
    spec: _Spec
    status: _Status = _Status()


class _Secret(msgspec.Struct, frozen=True):
    metadata: _Metadata
    data: dict[str, str] | None = None

    @property
    def plain(self) -> dict[str, bytes]:
        return {key: b64decode(value) for key, value in (self.data or {}).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What ESO would see and do in its first pass."""

    adds_finalizer: bool
    """Whether its own finalizer is missing, which it would add; nothing else changes by that."""
    labels_target: bool
    """Whether it would first put its managed label on the target, a write of a Secret."""
    refetches: str
    """Why it would ask the provider at once; empty if it would not."""
    faults: tuple[str, ...]
    """What it would change of the target's metadata, or could not go on from, at its next refresh."""

    @property
    def is_quiet(self) -> bool:
        """Whether ESO would do nothing that costs a read of the backend or a write of a Secret."""
        return not (self.labels_target or self.refetches or self.faults)


def view(external_secret: bytes, secret: bytes | None, *, now: datetime) -> View:
    """Look at an ExternalSecret and its target with ESO's eyes.

    Args:
        external_secret: as JSON.
        secret: its target as JSON; None if there is none.
        now: UTC.
    """
    seen = msgspec.json.decode(external_secret, type=_ExternalSecret)
    target = msgspec.json.decode(secret, type=_Secret) if secret is not None else None
    return View(
        adds_finalizer=_FINALIZER not in seen.metadata.finalizers,
        labels_target=target is not None and target.metadata.labels.get(_MANAGED) != "true",
        refetches=_due(seen, now) or ("" if _is_valid(seen, target) else "the target is not valid"),
        faults=tuple(_faults(seen, target)) if target is not None else (),
    )


def _due(seen: _ExternalSecret, now: datetime) -> str:
    spec, status = seen.spec, seen.status
    never = not status.synced_resource_version or status.refresh_time is None
    metadata = seen.metadata
    current = synced_version(metadata.generation, labels=metadata.labels, annotations=metadata.annotations)
    changed = status.synced_resource_version != current
    match spec.refresh_policy:
        case "CreatedOnce":
            return "never synced" if never else ""
        case "OnChange":
            return "never synced" if never else "the object changed" if changed else ""
        case _:
            return _due_by_time(spec, status, now, changed="the object changed" if changed else "")


def _due_by_time(spec: _Spec, status: _Status, now: datetime, *, changed: str) -> str:
    interval = timedelta(seconds=_seconds(spec.refresh_interval))
    if interval <= timedelta(0) and status.synced_resource_version:
        return ""
    if changed:
        return changed
    if status.refresh_time is None or status.refresh_time > now:
        return "refreshTime says nothing"
    return "" if status.refresh_time + interval > now else "the interval is over"


def _is_valid(seen: _ExternalSecret, target: _Secret | None) -> bool:
    if seen.spec.target.creation_policy == "Orphan":
        return True
    if target is None or target.metadata.labels.get(_MANAGED) != "true":
        return False
    return target.metadata.annotations.get(_DATA_HASH) == data_hash(target.plain)


def _faults(seen: _ExternalSecret, target: _Secret) -> list[str]:
    found = []
    owner = next((each for each in target.metadata.owner_references if each.controller), None)
    label = target.metadata.labels.get(_CREATED_BY)
    if seen.spec.target.creation_policy == "Owner":
        wanted = _Owner(
            "external-secrets.io/v1",
            "ExternalSecret",
            seen.metadata.name,
            seen.metadata.uid,
            controller=True,
            block_owner_deletion=True,
        )
        if owner != wanted:
            found.append(f"the controlling owner is {owner}")
        if label != made_by(seen.metadata.namespace, seen.metadata.name):
            found.append(f"the created-by label is {label}")
    elif owner is not None or label is not None:
        found.append(f"the owner is {owner} and the created-by label {label}")
    writer = _Manager(manager_of(seen.metadata.name), "Update")
    if writer not in target.metadata.managed_fields:
        found.append(f"{writer.manager} has written nothing")
    if seen.status.binding.name != target.metadata.name:
        found.append(f"the binding is {seen.status.binding.name}")
    return found


def _seconds(duration: str) -> float:
    return sum(float(number) * _UNIT_S[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))
