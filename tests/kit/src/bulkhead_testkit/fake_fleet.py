"""The part of the API server that the controller writes to for cluster kinds, namespaces and PushSecrets, in memory.

It behaves as the real one where the controller depends on it: an old resourceVersion is refused, an identical write
stores nothing, and the admission policies let only children of ClusterExternalSecrets through.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from bulkhead_api.cluster_external_secret import ClusterExternalSecret, ClusterExternalSecretStatus
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec
from bulkhead_api.meta import Condition, ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_api.push_secret import PushSecret
from bulkhead_controller.clusterexternalsecret.children import owner_name
from bulkhead_controller.clusterexternalsecret.index import Children
from bulkhead_controller.clusterexternalsecret.plan import Child
from bulkhead_controller.fleet import PushKey, PushKind
from bulkhead_runtime.kube.errors import ApiError, ConflictError, InvalidError, NotFoundError
from bulkhead_runtime.kube.events import HasMetadata, ObjectKey, key_of

T = TypeVar("T", bound=HasMetadata)


@dataclass
class FakeFleet:
    """Implements the controller's `Fleet`. The dictionaries are what its informers would have copied."""

    owners: dict[ObjectKey, ClusterExternalSecret] = field(default_factory=dict)
    namespaces: dict[ObjectKey, Namespace] = field(default_factory=dict)
    external_secrets: dict[ObjectKey, ExternalSecret] = field(default_factory=dict)
    children: Children = field(default_factory=Children)
    push_objects: dict[PushKind, dict[ObjectKey, PushSecret]] = field(
        default_factory=lambda: {kind: {} for kind in PushKind}
    )
    calls: list[str] = field(default_factory=list)
    """Verb, resource and name, with a namespace if there is one, of each call that reached the server."""
    refusals: dict[str, list[ApiError]] = field(default_factory=dict)
    """What the next calls that begin with a text, such as `POST externalsecrets`, are refused with."""

    def __post_init__(self) -> None:
        """Count resourceVersions and uids from one."""
        self._numbers = itertools.count(1)

    def put_owner(self, owner: ClusterExternalSecret) -> ClusterExternalSecret:
        """Create or change a ClusterExternalSecret as a user would, and give it as stored."""
        stored = replace(owner, metadata=self._numbered(owner.metadata))
        self.owners[key_of(stored.metadata)] = stored
        return stored

    def put_namespace(self, metadata: ObjectMeta) -> Namespace:
        """Create or change a Namespace as a user would, and give it as stored."""
        stored = Namespace(metadata=self._numbered(metadata))
        self.namespaces[key_of(stored.metadata)] = stored
        return stored

    def put_external_secret(self, external_secret: ExternalSecret) -> ExternalSecret:
        """Create or change an ExternalSecret as a user would, and give it as stored."""
        stored = replace(external_secret, metadata=self._numbered(external_secret.metadata))
        self._set(key_of(stored.metadata), stored)
        return stored

    def put_push_object(self, kind: PushKind, found: PushSecret) -> PushSecret:
        """Create or change an object that pushes, as a user would, and give it as stored."""
        stored = replace(found, metadata=self._numbered(found.metadata))
        self.push_objects[kind][key_of(stored.metadata)] = stored
        return stored

    def take_calls(self) -> list[str]:
        """Give the calls since the last question, sorted, as writes run beside each other."""
        calls, self.calls = sorted(self.calls), []
        return calls

    async def create_external_secret(self, child: Child) -> ObjectMeta:
        """Create a child in a namespace that exists."""
        key = key_of(child.metadata)
        self._begin(f"POST externalsecrets {key}")
        self._admit(child.metadata)
        if ObjectKey("", key.namespace) not in self.namespaces:
            raise NotFoundError(404, "NotFound")
        if key in self.external_secrets:
            raise ConflictError(409, "AlreadyExists")
        return self.put_external_secret(_stored(child)).metadata

    async def replace_external_secret(self, child: Child) -> ObjectMeta:
        """Replace a child that is unchanged."""
        key = key_of(child.metadata)
        self._begin(f"PUT externalsecrets {key}")
        old = self._unchanged(self.external_secrets.get(key), child.metadata.resource_version)
        self._admit(old.metadata)
        self._admit(child.metadata)
        new = replace(_stored(child), status=old.status)
        return old.metadata if new == old else self.put_external_secret(new).metadata

    async def delete_external_secret(self, key: ObjectKey, *, uid: str) -> None:
        """Delete a child of this uid."""
        self._begin(f"DELETE externalsecrets {key}")
        old = self.external_secrets.get(key)
        if old is None:
            raise NotFoundError(404, "NotFound")
        if old.metadata.uid != uid:
            raise ConflictError(409, "Conflict")
        self._admit(old.metadata)
        self._set(key, None)

    async def patch_owner_status(
        self, name: str, *, resource_version: str, status: ClusterExternalSecretStatus
    ) -> ObjectMeta:
        """Set the status of a ClusterExternalSecret."""
        self._begin(f"PATCH clusterexternalsecrets/status {name}")
        old = self._unchanged(self.owners.get(ObjectKey("", name)), resource_version)
        return self.put_owner(replace(old, status=status)).metadata

    async def patch_owner_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> ObjectMeta:
        """Set the finalizers of a ClusterExternalSecret; one that is being deleted goes with its last one."""
        self._begin(f"PATCH clusterexternalsecrets {name}")
        old = self._unchanged(self.owners.get(ObjectKey("", name)), resource_version)
        if not finalizers and old.metadata.deletion_timestamp is not None:
            return self.owners.pop(ObjectKey("", name)).metadata
        return self.put_owner(replace(old, metadata=replace(old.metadata, finalizers=list(finalizers)))).metadata

    async def patch_namespace_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> ObjectMeta:
        """Set the finalizers of a Namespace."""
        self._begin(f"PATCH namespaces {name}")
        old = self._unchanged(self.namespaces.get(ObjectKey("", name)), resource_version)
        return self.put_namespace(replace(old.metadata, finalizers=list(finalizers))).metadata

    async def patch_push_conditions(
        self, key: PushKey, *, resource_version: str, conditions: Sequence[Condition]
    ) -> ObjectMeta:
        """Set the conditions of an object that pushes."""
        self._begin(f"PATCH {key.kind.value} {key.name}")
        old = self._unchanged(self.push_objects[key.kind].get(ObjectKey(key.namespace, key.name)), resource_version)
        status = replace(old.status, conditions=list(conditions))
        return self.put_push_object(key.kind, replace(old, status=status)).metadata

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        for begin, refusals in self.refusals.items():
            if call.startswith(begin) and refusals:
                raise refusals.pop(0)

    def _admit(self, metadata: ObjectMeta) -> None:
        if owner_name(metadata) is None:
            raise InvalidError(422, "Invalid", message="bulkhead:finalizer-only: ...")

    def _unchanged(self, old: T | None, version: str) -> T:
        if old is None:
            raise NotFoundError(404, "NotFound")
        if old.metadata.resource_version != version:
            raise ConflictError(409, "Conflict")
        return old

    def _set(self, key: ObjectKey, new: ExternalSecret | None) -> None:
        self.children.change(key, self.external_secrets.get(key), new)
        if new is None:
            del self.external_secrets[key]
        else:
            self.external_secrets[key] = new

    def _numbered(self, metadata: ObjectMeta) -> ObjectMeta:
        number = next(self._numbers)
        return replace(metadata, resource_version=str(number), uid=metadata.uid or f"uid-{number}")


def _stored(child: Child) -> ExternalSecret:
    spec = msgspec.json.decode(child.spec, type=ExternalSecretSpec)
    return ExternalSecret(metadata=child.metadata, spec=spec)
