"""Reads all that the decisions about an ExternalSecret look at: copies of objects first, then target and provider."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TypeAlias

from bulkhead_api.errors import ProviderError
from bulkhead_api.external_secret import KIND, ExternalSecret, SecretStoreRef, StoreKind
from bulkhead_api.meta import ConditionStatus
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.backends import Backends, Consumer, Fields, Outcome, Query, Ref
from bulkhead_controller.caches import Caches
from bulkhead_controller.config_maps import ABSENT
from bulkhead_controller.externalsecret.contents import failure_from_errors
from bulkhead_controller.externalsecret.memory import Memory, is_older
from bulkhead_controller.externalsecret.plan import (
    DeniedStore,
    Fail,
    Fetch,
    ForeignStore,
    MissingStore,
    NotReadyStore,
    Seen,
    StoreState,
    UnusableStore,
    UnvalidatedStore,
)
from bulkhead_controller.externalsecret.sources import Source, store_refs_from_spec
from bulkhead_controller.processing import Processing
from bulkhead_controller.store.binding import StoreKey, UnusableStoreError, bind_store, is_of_class, store_key
from bulkhead_controller.store.conditions import StoreConditionError, admits
from bulkhead_controller.store.status import ready_condition
from bulkhead_runtime.kube.events import ObjectKey

_Answered: TypeAlias = Mapping[int, Outcome] | ProviderError
"""What one call gave: an outcome for the place of each source, or why there is none."""


class Gatherer:
    """Reads for the reconciler. Only `answers` leaves the process."""

    def __init__(
        self,
        caches: Caches,
        backends: Backends,
        processing: Processing,
        *,
        config_map_version: Callable[[ObjectKey], str],
    ) -> None:
        """Read from the copies in `caches` and from the provider servers behind `backends`.

        Args:
            caches: of objects.
            backends: for values.
            processing: settings.
            config_map_version: gives the newest known resourceVersion of a ConfigMap; empty while unknown.
        """
        self._config_map_version = config_map_version
        self._caches = caches
        self._backends = backends
        self._processing = processing

    def external_secret(self, key: ObjectKey) -> ExternalSecret | None:
        """Find the object; None means that it is gone."""
        return self._caches.external_secrets.get(key)

    def seen(self, external_secret: ExternalSecret, memory: Memory) -> Seen:
        """Put together what is known without asking anybody; the target counts as valid."""
        memory.catch_up(external_secret)
        written = memory.written
        namespace = external_secret.metadata.namespace
        return Seen(
            external_secret=external_secret,
            status=written.status if written else external_secret.status,
            resource_version=written.resource_version if written else external_secret.metadata.resource_version,
            stores={ref: self._store_state(ref, namespace) for ref in store_refs_from_spec(external_secret.spec)},
            rights=self._processing.rights,
            target_valid=True,
            templates_changed=any(
                _is_another(self._config_map_version(key), version) for key, version in memory.config_maps.items()
            ),
            refreshed_at=memory.refreshed_at,
            awaiting_since=memory.awaiting_since,
            generic_targets=self._processing.generic_targets,
        )

    def is_current(self, external_secret: ExternalSecret) -> bool:
        """Say whether the object, read a while ago, still exists and is not being deleted."""
        metadata = external_secret.metadata
        now = self._caches.external_secrets.get(ObjectKey(metadata.namespace, metadata.name))
        return now is not None and now.metadata.uid == metadata.uid and now.metadata.deletion_timestamp is None

    async def answers(self, external_secret: ExternalSecret, plan: Fetch) -> Sequence[Outcome] | Fail:
        """Ask for everything, in one batch for each store; one outcome for each source, or what stands in the way."""
        metadata = external_secret.metadata
        consumer = Consumer(kind=KIND, namespace=metadata.namespace, name=metadata.name, uid=metadata.uid)
        outcomes: dict[int, Outcome] = {}
        calls = [
            *(self._read(batch, plan, consumer) for batch in _batches(plan.sources)),
            *(self._find(each, plan, consumer) for each in _finds(plan.sources)),
        ]
        failures: list[ProviderError] = []
        for answered in await _all_of(calls):
            if isinstance(answered, ProviderError):
                failures.append(answered)
            else:
                outcomes |= answered
        return failure_from_errors(failures) if failures else [outcomes[place] for place in sorted(outcomes)]

    async def _read(self, batch: Sequence[tuple[int, Source, Ref]], plan: Fetch, consumer: Consumer) -> _Answered:
        store = plan.stores[batch[0][1].store]
        try:
            answers = await self._backends.batch_get(store, consumer, [ref for _, _, ref in batch])
        except ProviderError as error:
            return error
        return {place: answer for (place, _, _), answer in zip(batch, answers, strict=True)}

    async def _find(self, wanted: tuple[int, Source, Query], plan: Fetch, consumer: Consumer) -> _Answered:
        place, source, query = wanted
        try:
            return {place: Fields(await self._backends.find(plan.stores[source.store], consumer, query))}
        except ProviderError as error:
            # As with one reference of a batch: whether it counts is for the deletionPolicy to say.
            return {place: error}

    def _store_state(self, ref: SecretStoreRef, namespace: str) -> StoreState:
        if ref.kind is StoreKind.CLUSTER_SECRET_STORE and not self._processing.cluster_stores:
            return ForeignStore()
        key = store_key(ref.kind, namespace, ref.name)
        store = self._caches.store(key)
        if store is None:
            return MissingStore(key)
        if not is_of_class(store, self._processing.controller_class):
            return ForeignStore()
        try:
            bound = bind_store(key.kind, store, self._backends.route)
        except UnusableStoreError as error:
            return UnusableStore(key, str(error))
        return self._denial(key, store, namespace) or self._gate(key, store) or bound

    def _denial(self, key: StoreKey, store: SecretStore, namespace: str) -> DeniedStore | None:
        if key.kind is not StoreKind.CLUSTER_SECRET_STORE or not store.spec.conditions:
            return None
        try:
            if admits(store.spec.conditions, namespace, self._caches.namespace_labels(namespace)):
                return None
        except StoreConditionError as error:
            return DeniedStore(key, str(error))
        return DeniedStore(key, f'is not allowed from namespace "{namespace}": denied by spec.conditions')

    def _gate(self, key: StoreKey, store: SecretStore) -> UnvalidatedStore | NotReadyStore | None:
        if not self._processing.flood_gate:
            return None
        ready = ready_condition(store.status)
        if ready is None:
            return UnvalidatedStore(key)
        return None if ready.status is ConditionStatus.TRUE else NotReadyStore(key)


def _is_another(known: str, used: str) -> bool:
    """Say whether a ConfigMap changed since it was used; a copy that is behind what was read says nothing."""
    return known == ABSENT or is_older(used, known)


async def _all_of(calls: Sequence[Coroutine[None, None, _Answered]]) -> Sequence[_Answered]:
    # Most ExternalSecrets read from one store, and a task for a single call gains nothing.
    if len(calls) == 1:
        return [await calls[0]]
    # The group waits for all calls, so that one that fails leaves none behind.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call) for call in calls]
    return [task.result() for task in tasks]


def _batches(sources: Sequence[Source]) -> list[list[tuple[int, Source, Ref]]]:
    """Group the references by store; each keeps its place."""
    batches: dict[SecretStoreRef, list[tuple[int, Source, Ref]]] = {}
    for place, source in enumerate(sources):
        if isinstance(source.request, Ref):
            batches.setdefault(source.store, []).append((place, source, source.request))
    return list(batches.values())


def _finds(sources: Sequence[Source]) -> list[tuple[int, Source, Query]]:
    return [(place, each, each.request) for place, each in enumerate(sources) if isinstance(each.request, Query)]
