"""The part of the API server that the controller calls, with the chart's admission policies, in memory.

It behaves as the real one where the controller depends on it: resourceVersions move only when something changes, an
identical write stores nothing, a write with an old resourceVersion is refused, a dry run stores nothing, and who set
which field is kept.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus, StoreKind
from bulkhead_api.meta import ManagedFields, ObjectMeta, OwnerReference, PartialObject
from bulkhead_api.secret import LiveObjectMeta, LiveSecret, Secret
from bulkhead_api.secret_store import SecretStore, SecretStoreStatus
from bulkhead_controller.cluster import EventNote
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.errors import ApiError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey, key_of
from bulkhead_testkit.field_owners import FieldOwners

_CREATED_BY = "reconcile.external-secrets.io/created-by"
_MANAGED = "reconcile.external-secrets.io/managed"


@dataclass
class Write:
    """One call that reached the server."""

    verb: str
    resource: str
    name: str
    stored: bool = False
    """Whether anything changed."""


@dataclass
class FakeCluster:
    """Implements the controller's `Cluster`. The dictionaries are what its informers would have copied."""

    external_secrets: dict[ObjectKey, ExternalSecret] = field(default_factory=dict)
    secret_stores: dict[ObjectKey, SecretStore] = field(default_factory=dict)
    cluster_secret_stores: dict[ObjectKey, SecretStore] = field(default_factory=dict)
    secrets: dict[ObjectKey, Secret] = field(default_factory=dict)
    config_maps: dict[ObjectKey, ConfigMap] = field(default_factory=dict)
    events: list[EventNote] = field(default_factory=list)
    calls: list[Write] = field(default_factory=list)
    field_managers: set[str] = field(default_factory=set)
    refusals: dict[str, list[ApiError]] = field(default_factory=dict)
    """What the next calls of a verb and resource, such as `PUT secrets`, are refused with."""
    before: Callable[[str], None] | None = None
    """Called with verb and resource before each call."""
    delays_watch: bool = False
    """Whether the copies stay behind until `deliver`."""
    on_secret: Callable[[PartialObject | None, PartialObject | None], None] | None = None
    """Told of each change of a Secret, as the handler of an informer is."""
    fenced: bool = True
    """Whether the admission policies of the profile strict hold; without them, Secrets may be read."""

    def __post_init__(self) -> None:
        """Count resourceVersions and uids from one."""
        self._numbers = itertools.count(1)
        self._undelivered: list[Callable[[], None]] = []
        self._live: dict[ObjectKey, ExternalSecret] = {}
        self._owners = FieldOwners()

    def put(self, external_secret: ExternalSecret) -> ExternalSecret:
        """Create or change an ExternalSecret as a user would, and give it as stored."""
        stored = self._numbered(external_secret)
        self._live[key_of(stored.metadata)] = self.external_secrets[key_of(stored.metadata)] = stored
        return stored

    def put_store(self, kind: StoreKind, store: SecretStore) -> SecretStore:
        """Create or change a store as a user would, and give it as stored."""
        metadata = replace(
            store.metadata, resource_version=str(next(self._numbers)), uid=store.metadata.uid or self._uid()
        )
        stored = replace(store, metadata=metadata)
        self._stores(kind)[key_of(metadata)] = stored
        return stored

    def put_secret(self, secret: Secret, *, field_manager: str = "kubectl") -> Secret:
        """Create or change a Secret as a user would."""
        key = key_of(secret.metadata)
        old = self.secrets.get(key)
        stored = self.secrets[key] = self._stored(secret, uid=old.metadata.uid if old else self._uid())
        self._note(old, stored, field_manager)
        return stored

    def remove_secret(self, key: ObjectKey) -> None:
        """Delete a Secret as a user would."""
        self._tell(self.secrets.pop(key), None)

    @property
    def managed_secrets(self) -> dict[ObjectKey, PartialObject]:
        """What an informer would have copied."""
        return {
            key: PartialObject(metadata=secret.metadata)
            for key, secret in self.secrets.items()
            if secret.metadata.labels.get(_MANAGED) == "true"
        }

    def remove(self, key: ObjectKey) -> None:
        """Delete an ExternalSecret as a user would."""
        del self._live[key], self.external_secrets[key]

    def deliver(self) -> None:
        """Let the copies catch up."""
        for each in self._undelivered:
            each()
        self._undelivered.clear()

    def managed_fields(self, key: ObjectKey) -> list[ManagedFields]:
        """Say who set which field of a Secret."""
        return self._owners.entries(key)

    @property
    def stored_writes(self) -> list[str]:
        """Verb and resource of each call that changed something."""
        return [f"{call.verb} {call.resource}" for call in self.calls if call.stored]

    def put_config_map(self, key: ObjectKey, data: Mapping[str, str] | None) -> None:
        """Create, change or delete a ConfigMap as a user would; None deletes it."""
        if data is None:
            del self.config_maps[key]
            return
        metadata = ObjectMeta(name=key.name, namespace=key.namespace, resource_version=str(next(self._numbers)))
        self.config_maps[key] = ConfigMap(metadata=metadata, data=dict(data))

    async def read_config_map(self, key: ObjectKey) -> ConfigMap:
        """Read a ConfigMap."""
        self._begin("GET", "configmaps", key.name)
        if key not in self.config_maps:
            raise NotFoundError(404, "NotFound")
        return self.config_maps[key]

    async def read_secret(self, key: ObjectKey) -> LiveSecret:
        """Read a Secret, if that is allowed."""
        self._begin("GET", "secrets", key.name)
        if self.fenced:
            raise ForbiddenError(403, "Forbidden")
        secret = self.secrets.get(key)
        if secret is None:
            raise NotFoundError(404, "NotFound")
        fields = {each.name: getattr(secret.metadata, each.name) for each in msgspec.structs.fields(secret.metadata)}
        return LiveSecret(
            metadata=LiveObjectMeta(**fields, managed_fields=self._owners.entries(key)),
            data=secret.data,
            type=secret.type,
            immutable=secret.immutable,
        )

    async def create_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Create a Secret that does not exist."""
        call = self._begin("POST", "secrets", secret.metadata.name)
        self.field_managers.add(field_manager)
        key = key_of(secret.metadata)
        if key in self.secrets:
            raise ConflictError(409, "AlreadyExists")
        stored = self.secrets[key] = self._stored(secret, uid=self._uid())
        self._note(None, stored, field_manager)
        call.stored = True
        return stored.metadata

    async def replace_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Replace a Secret that exists and that the policies let go."""
        call = self._begin("PUT", "secrets", secret.metadata.name)
        self.field_managers.add(field_manager)
        old = self._admit(secret)
        if _without_version(old) == _without_version(secret):
            return old.metadata
        stored = self.secrets[key_of(secret.metadata)] = self._stored(secret, uid=old.metadata.uid)
        self._note(old, stored, field_manager)
        call.stored = True
        return stored.metadata

    async def probe_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Say what `replace_secret` would answer."""
        self._begin("PUT-DRY", "secrets", secret.metadata.name)
        return self._admit(secret).metadata

    async def delete_secret(self, key: ObjectKey, *, uid: str) -> None:
        """Delete a managed Secret of this uid."""
        call = self._begin("DELETE", "secrets", key.name)
        secret = self.secrets.get(key)
        if secret is None:
            raise NotFoundError(404, "NotFound")
        if secret.metadata.uid != uid:
            raise ConflictError(409, "Conflict")
        if self.fenced and secret.metadata.labels.get(_MANAGED) != "true":
            raise InvalidError(422, "Invalid", message="bulkhead:not-managed: ...", sensitive=True)
        self.remove_secret(key)
        call.stored = True

    async def patch_status(self, key: ObjectKey, *, resource_version: str, status: ExternalSecretStatus) -> ObjectMeta:
        """Set the status of an ExternalSecret."""
        call = self._begin("PATCH", "externalsecrets/status", key.name)
        old = self._live.get(key)
        if old is None:
            raise NotFoundError(404, "NotFound")
        if old.metadata.resource_version != resource_version:
            raise ConflictError(409, "Conflict")
        if old.status == status:
            return old.metadata
        call.stored = True
        return self._store(key, replace(old, status=status)).metadata

    async def patch_finalizers(self, key: ObjectKey, *, resource_version: str, finalizers: Sequence[str]) -> ObjectMeta:
        """Set the finalizers of an ExternalSecret; one that is being deleted goes with its last one."""
        call = self._begin("PATCH", "externalsecrets", key.name)
        old = self._live.get(key)
        if old is None:
            raise NotFoundError(404, "NotFound")
        if old.metadata.resource_version != resource_version:
            raise ConflictError(409, "Conflict")
        call.stored = True
        changed = replace(old, metadata=replace(old.metadata, finalizers=list(finalizers)))
        if not finalizers and old.metadata.deletion_timestamp is not None:
            self.remove(key)
            return changed.metadata
        return self._store(key, changed).metadata

    async def patch_store_status(
        self, key: StoreKey, *, resource_version: str, status: SecretStoreStatus
    ) -> ObjectMeta:
        """Set the status of a store."""
        call = self._begin("PATCH", "stores/status", key.name)
        stores, place = self._stores(key.kind), ObjectKey(key.namespace, key.name)
        old = stores.get(place)
        if old is None:
            raise NotFoundError(404, "NotFound")
        if old.metadata.resource_version != resource_version:
            raise ConflictError(409, "Conflict")
        call.stored = old.status != status
        stores[place] = replace(
            old, metadata=replace(old.metadata, resource_version=str(next(self._numbers))), status=status
        )
        return stores[place].metadata

    async def create_event(self, note: EventNote) -> None:
        """Keep the event."""
        self._begin("POST", "events", note.subject.name)
        self.events.append(note)

    def _begin(self, verb: str, resource: str, name: str) -> Write:
        call = Write(verb, resource, name)
        self.calls.append(call)
        if self.before is not None:
            self.before(f"{verb} {resource}")
        refusals = self.refusals.get(f"{verb} {resource}")
        if refusals:
            raise refusals.pop(0)
        return call

    def _admit(self, secret: Secret) -> Secret:
        old = self.secrets.get(key_of(secret.metadata))
        if old is None:
            raise NotFoundError(404, "NotFound")
        if secret.metadata.resource_version not in ("", old.metadata.resource_version):
            raise ConflictError(409, "Conflict")
        # Validation comes before the admission policies.
        if old.immutable and (secret.data != old.data or not secret.immutable):
            raise InvalidError(422, "Invalid", message="field is immutable when `immutable` is set", sensitive=True)
        if self.fenced:
            _check_policies(old, secret)
        return old

    def _note(self, old: Secret | None, new: Secret, manager: str) -> None:
        self._owners.note(old, new, manager)
        self._tell(old, new)

    def _tell(self, old: Secret | None, new: Secret | None) -> None:
        if self.on_secret is not None:
            self.on_secret(*(PartialObject(metadata=each.metadata) if each else None for each in (old, new)))

    def _stored(self, secret: Secret, *, uid: str) -> Secret:
        metadata = replace(secret.metadata, uid=uid, resource_version=str(next(self._numbers)))
        return replace(secret, metadata=metadata)

    def _store(self, key: ObjectKey, changed: ExternalSecret) -> ExternalSecret:
        stored = self._live[key] = self._numbered(changed)

        def deliver() -> None:
            self.external_secrets[key] = stored

        if self.delays_watch:
            self._undelivered.append(deliver)
        else:
            deliver()
        return stored

    def _numbered(self, external_secret: ExternalSecret) -> ExternalSecret:
        metadata = replace(
            external_secret.metadata,
            resource_version=str(next(self._numbers)),
            uid=external_secret.metadata.uid or self._uid(),
        )
        return replace(external_secret, metadata=metadata)

    def _stores(self, kind: StoreKind) -> dict[ObjectKey, SecretStore]:
        return self.secret_stores if kind is StoreKind.SECRET_STORE else self.cluster_secret_stores

    def _uid(self) -> str:
        return f"uid-{next(self._numbers)}"


def _check_policies(old: Secret, secret: Secret) -> None:
    """Refuse what the chart's policies of the profile strict refuse."""
    if old.metadata.labels.get(_MANAGED) != "true":
        raise InvalidError(422, "Invalid", message="bulkhead:not-managed: ...", sensitive=True)
    owner, wanted = _controller(old), _controller(secret)
    if owner is None or (wanted is not None and (owner.kind, owner.name) == (wanted.kind, wanted.name)):
        return
    made, proof = (each.metadata.labels.get(_CREATED_BY, "") for each in (old, secret))
    if wanted is not None or not made or made != proof:
        raise InvalidError(422, "Invalid", message="bulkhead:owned-by-another: ...", sensitive=True)


def _without_version(secret: Secret) -> Secret:
    return replace(secret, metadata=replace(secret.metadata, uid="", resource_version=""))


def _controller(secret: Secret) -> OwnerReference | None:
    return next((owner for owner in secret.metadata.owner_references if owner.controller), None)
