"""Reads all that the decisions about an ExternalSecret look at: copies of objects first, then the provider."""

from collections.abc import Sequence

from bulkhead_api.errors import ProviderError
from bulkhead_api.external_secret import KIND, ExternalSecret, StoreKind
from bulkhead_api.meta import ConditionStatus
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.backends import Backends, Consumer, Outcome
from bulkhead_controller.caches import Caches
from bulkhead_controller.externalsecret.contents import failure_from_errors
from bulkhead_controller.externalsecret.memory import Memory
from bulkhead_controller.externalsecret.plan import (
    Fail,
    Fetch,
    ForeignStore,
    MissingStore,
    NoStore,
    NotReadyStore,
    Seen,
    StoreState,
    UnusableStore,
    UnvalidatedStore,
)
from bulkhead_controller.processing import Processing
from bulkhead_controller.store.binding import StoreKey, UnusableStoreError, bind_store, is_of_class, store_key
from bulkhead_controller.store.status import ready_condition
from bulkhead_runtime.kube.events import ObjectKey


class Gatherer:
    """Reads for the reconciler. Only `answers` leaves the process."""

    def __init__(self, caches: Caches, backends: Backends, processing: Processing) -> None:
        """Read from the copies in `caches` and from the provider servers behind `backends`."""
        self._caches = caches
        self._backends = backends
        self._processing = processing

    def external_secret(self, key: ObjectKey) -> ExternalSecret | None:
        """Find the object; None means that it is gone."""
        return self._caches.external_secrets.get(key)

    def seen(self, external_secret: ExternalSecret, memory: Memory) -> Seen:
        """Put together what is known without asking the provider."""
        memory.catch_up(external_secret)
        written = memory.written
        return Seen(
            external_secret=external_secret,
            status=written.status if written else external_secret.status,
            resource_version=written.resource_version if written else external_secret.metadata.resource_version,
            store=self._store_state(external_secret),
            refreshed_at=memory.refreshed_at,
            awaiting_since=memory.awaiting_since,
        )

    def is_current(self, external_secret: ExternalSecret) -> bool:
        """Say whether the object, read a while ago, still exists and is not being deleted."""
        metadata = external_secret.metadata
        now = self._caches.external_secrets.get(ObjectKey(metadata.namespace, metadata.name))
        return now is not None and now.metadata.uid == metadata.uid and now.metadata.deletion_timestamp is None

    async def answers(self, external_secret: ExternalSecret, plan: Fetch) -> Sequence[Outcome] | Fail:
        """Ask the provider for everything in one batch; one outcome for each ref, or what stands in the way."""
        if plan.store is None:
            return ()
        metadata = external_secret.metadata
        consumer = Consumer(kind=KIND, namespace=metadata.namespace, name=metadata.name, uid=metadata.uid)
        try:
            return await self._backends.batch_get(plan.store, consumer, plan.refs)
        except ProviderError as error:
            return failure_from_errors([error])

    def _store_state(self, external_secret: ExternalSecret) -> StoreState:
        ref = external_secret.spec.secret_store_ref
        if not ref.name:
            return NoStore()
        if ref.kind is StoreKind.CLUSTER_SECRET_STORE and not self._processing.cluster_stores:
            return ForeignStore()
        key = store_key(ref.kind, external_secret.metadata.namespace, ref.name)
        store = self._caches.store(key)
        if store is None:
            return MissingStore(key)
        if not is_of_class(store, self._processing.controller_class):
            return ForeignStore()
        try:
            bound = bind_store(key.kind, store, self._backends.route)
        except UnusableStoreError as error:
            return UnusableStore(key, str(error))
        return self._gate(key, store) or bound

    def _gate(self, key: StoreKey, store: SecretStore) -> UnvalidatedStore | NotReadyStore | None:
        if not self._processing.flood_gate:
            return None
        ready = ready_condition(store.status)
        if ready is None:
            return UnvalidatedStore(key)
        return None if ready.status is ConditionStatus.TRUE else NotReadyStore(key)
