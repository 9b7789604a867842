"""Which change of a watched object puts whom into which queue. What counts as a change is decided by `triggers`."""

from collections.abc import Iterable

from bulkhead_api.external_secret import ExternalSecret, StoreKind
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.externalsecret.sources import store_refs_from_spec
from bulkhead_controller.externalsecret.target_key import target_key
from bulkhead_controller.processing import Processing
from bulkhead_controller.store.binding import StoreKey, store_key
from bulkhead_controller.triggers import wakes_external_secret, wakes_store, wakes_users
from bulkhead_controller.users import Users
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.workqueue import Lane, WorkQueue
from bulkhead_target.manifest import manifest_of


class Wakeups:
    """Knows who uses what, and wakes those whom a change concerns."""

    def __init__(
        self,
        processing: Processing,
        *,
        external_secrets: WorkQueue[ObjectKey],
        stores: WorkQueue[StoreKey],
    ) -> None:
        """Put keys into these queues."""
        self._processing = processing
        self._external_secrets = external_secrets
        self._stores = stores
        self.store_users: Users[StoreKey] = Users()
        """Which ExternalSecrets name which store."""
        self._target_users: Users[ObjectKey] = Users()

    def external_secret_changed(self, key: ObjectKey, old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        """Take note of an ExternalSecret's stores and target, and wake it if it is to be looked at."""
        self._note_uses(key, new)
        if wakes_external_secret(old, new):
            # After a restart what was synced before waits behind what never was.
            was_synced = old is None and new is not None and bool(new.status.synced_resource_version)
            self._wake(key, Lane.PERIODIC if was_synced else Lane.FRESH)

    def store_changed(self, store: StoreKey, old: SecretStore | None, new: SecretStore | None) -> None:
        """Wake a store, or those who use it."""
        if self._validates(store.kind) and wakes_store(old, new):
            self._stores.forget(store)
            self._stores.add(store)
        if wakes_users(old, new):
            # A store that is new to us says nothing new about its users: at the start they are all in the queue anyway.
            lane = Lane.PERIODIC if old is None else Lane.FRESH
            for user in self.store_users.of(store):
                self._wake(user, lane)

    def target_changed(self, target: ObjectKey) -> None:
        """Wake those whose Secret changed; that it was by themselves they find out without a call."""
        for user in self._target_users.of(target):
            self._external_secrets.add(user)

    def labels_changed(self, namespace: str, external_secrets: Iterable[ObjectKey]) -> None:
        """Wake those in a namespace that a ClusterSecretStore may admit, or not, by its new labels."""
        for key in external_secrets:
            if key.namespace == namespace:
                self._wake(key, Lane.PERIODIC)

    def _note_uses(self, key: ObjectKey, new: ExternalSecret | None) -> None:
        if new is None:
            self.store_users.drop(key)
            self._target_users.drop(key)
            return
        refs = store_refs_from_spec(new.spec)
        self.store_users.put(key, [store_key(ref.kind, key.namespace, ref.name) for ref in refs])
        if self._processing.rights.may_read(key.namespace):
            is_secret = manifest_of(new.spec.target) is None
            self._target_users.put(key, [target_key(new)] if is_secret else [])

    def _validates(self, kind: StoreKind) -> bool:
        return kind is not StoreKind.SECRET_STORE or self._processing.secret_stores

    def _wake(self, key: ObjectKey, lane: Lane) -> None:
        self._external_secrets.forget(key)
        self._external_secrets.add(key, lane)
