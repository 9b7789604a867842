"""Reads all that the decisions about a store look at: its copy first, then the provider server's opinion."""

from datetime import timedelta

from bulkhead_api.errors import ProviderError
from bulkhead_controller.backends import Backends, BoundStore, Consumer, Validation
from bulkhead_controller.caches import Caches
from bulkhead_controller.processing import Processing
from bulkhead_controller.store.binding import StoreKey, UnusableStoreError, bind_store, is_of_class, validation_interval
from bulkhead_controller.store.plan import Seen


class Gatherer:
    """Reads for the reconciler. Only `answer` leaves the process."""

    def __init__(self, caches: Caches, backends: Backends, processing: Processing) -> None:
        """Read from the copies in `caches` and from the provider servers behind `backends`."""
        self._caches = caches
        self._backends = backends
        self._processing = processing

    def seen(self, key: StoreKey) -> Seen | None:
        """Put together what is known of the store; None means that it is gone."""
        store = self._caches.store(key)
        if store is None:
            return None
        binding: BoundStore | str
        try:
            binding = bind_store(key.kind, store, self._backends.route)
        except UnusableStoreError as error:
            binding = str(error)
        try:
            interval: timedelta | str = validation_interval(store, default=self._processing.store_requeue_interval)
        except UnusableStoreError as error:
            interval = str(error)
        return Seen(
            key=key,
            store=store,
            binding=binding,
            interval=interval,
            is_ours=is_of_class(store, self._processing.controller_class),
        )

    async def answer(self, store: BoundStore) -> Validation | ProviderError:
        """Ask the provider server whether the store can work."""
        consumer = Consumer(kind=store.kind.value, namespace=store.namespace, name=store.name, uid=store.uid)
        try:
            return await self._backends.validate(store, consumer)
        except ProviderError as error:
            return error
