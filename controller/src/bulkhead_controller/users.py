"""Which ExternalSecrets use which store, so that a store that becomes ready finds who waits for it."""

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_controller.store.binding import StoreKey, store_key
from bulkhead_runtime.kube.events import ObjectKey


class StoreUsers:
    """An index in both directions."""

    def __init__(self) -> None:
        self._stores: dict[ObjectKey, StoreKey] = {}
        self._users: dict[StoreKey, set[ObjectKey]] = {}

    def put(self, key: ObjectKey, external_secret: ExternalSecret) -> None:
        """Note which store the ExternalSecret uses now."""
        ref = external_secret.spec.secret_store_ref
        store = store_key(ref.kind, key.namespace, ref.name)
        if self._stores.get(key) != store:
            self.drop(key)
            self._stores[key] = store
            self._users.setdefault(store, set()).add(key)

    def drop(self, key: ObjectKey) -> None:
        """Forget an ExternalSecret."""
        store = self._stores.pop(key, None)
        if store is None:
            return
        users = self._users[store]
        users.discard(key)
        if not users:
            del self._users[store]

    def of(self, store: StoreKey) -> list[ObjectKey]:
        """List who uses a store, sorted."""
        return sorted(self._users.get(store, ()), key=lambda key: (key.namespace, key.name))
