"""All brakes of one process, over one set of copies: what the reconcilers of ExternalSecrets and stores share."""

from collections.abc import Callable
from datetime import datetime

from prometheus_client.registry import CollectorRegistry

from bulkhead_api.external_secret import StoreKind
from bulkhead_controller.brakes.changes import Changes
from bulkhead_controller.brakes.deletes import Deletes
from bulkhead_controller.brakes.held import Held
from bulkhead_controller.brakes.pauses import Pauses
from bulkhead_controller.caches import Caches
from bulkhead_controller.externalsecret.memory import Memory
from bulkhead_controller.processing import Processing
from bulkhead_controller.secret_copies import SecretCopies
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.metrics import REGISTRY


class Brakes:
    """The delete budget, the mass-change breaker, and what is held by them and by the adoption guard."""

    def __init__(
        self,
        processing: Processing,
        caches: Caches,
        copies: SecretCopies,
        *,
        managed: Callable[[], int],
        users_of: Callable[[StoreKey], int],
        on_trip: Callable[[StoreKey], None],
        now: Callable[[], datetime],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """Put them together.

        Args:
            processing: has their limits.
            caches: copies of all that is watched.
            copies: metadata of Secrets, where it may be read.
            managed: says how many Secrets are managed.
            users_of: says how many ExternalSecrets use a store.
            on_trip: is told of each store that is to be paused; its reconciler writes that.
            now: gives UTC.
            registry: where to be asked for samples.
        """
        limits = processing.mass_change
        because = (
            f"within {limits.duration} more than {limits.percent} % of what is read from it, and more than "
            f"{limits.floor}, have changed"
        )
        # Where another process validates SecretStores, their status is not ours to write.
        kinds = {StoreKind.CLUSTER_SECRET_STORE, *([StoreKind.SECRET_STORE] if processing.secret_stores else [])}
        watched = frozenset(kinds if limits.is_on else ())
        self.pauses = Pauses(caches.store, kinds=watched, because=because, on_trip=on_trip)
        self.deletes = Deletes(processing.delete_budget, caches, managed=managed, now=now)
        self.changes = Changes(limits, self.pauses, copies, users_of=users_of)
        self.held = Held(caches, self.pauses, registry=registry)

    def forget(self, key: ObjectKey, memory: Memory | None) -> None:
        """Forget an ExternalSecret that is gone; `memory` is what was remembered of it."""
        self.held.note(key, None)
        if memory is not None:
            self.changes.forget(key, memory)
