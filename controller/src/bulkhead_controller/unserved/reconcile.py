"""The shell around the decision about an object of a kind that is not served: one status patch, and never again."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bulkhead_api.push_secret import PUSH_API_VERSION, PushSecret
from bulkhead_controller.caches import Caches
from bulkhead_controller.cluster import EventSubject
from bulkhead_controller.events import Recorder
from bulkhead_controller.fleet import Fleet, PushKey, PushKind
from bulkhead_controller.patches import Stored, outcome_of_patch, requeue_from_refusal
from bulkhead_controller.processing import Processing
from bulkhead_controller.requeue import Done, Requeue
from bulkhead_controller.store.binding import is_of_class, store_key
from bulkhead_controller.unserved.decide import ERRORED, Seen, decide, message_for
from bulkhead_runtime.kube.events import ObjectKey


class Reconciler:
    """Answers objects, one at a time for each key."""

    def __init__(
        self,
        *,
        objects: Mapping[PushKind, Mapping[ObjectKey, PushSecret]],
        caches: Caches,
        processing: Processing,
        fleet: Fleet,
        recorders: Mapping[PushKind, Recorder],
        now: Callable[[], datetime],
    ) -> None:
        """Take the copies and the seams; `now` gives UTC."""
        self._objects = objects
        self._caches = caches
        self._processing = processing
        self._fleet = fleet
        self._recorders = recorders
        self._now = now

    async def reconcile(self, key: PushKey) -> Requeue:
        """Answer one object, if it is not answered."""
        found = self._objects[key.kind].get(ObjectKey(key.namespace, key.name))
        if found is None:
            return Done()
        seen = Seen(kind=key.kind, object=found, is_ours=self._is_ours(found))
        conditions = decide(seen, now=self._now())
        if conditions is None:
            return Done()
        metadata = found.metadata
        outcome = await outcome_of_patch(
            self._fleet.patch_push_conditions(key, resource_version=metadata.resource_version, conditions=conditions)
        )
        if not isinstance(outcome, Stored):
            return requeue_from_refusal(outcome)
        subject = EventSubject.of(key.kind.value, metadata, api_version=PUSH_API_VERSION)
        await self._recorders[key.kind].warn(subject, ERRORED, message_for(key.kind))
        return Done()

    def _is_ours(self, found: PushSecret) -> bool:
        """Say whether it may be ours: only stores that are named and there tell their class."""
        namespace = found.metadata.namespace
        refs = [ref for ref in found.spec.secret_store_refs if ref.name]
        stores = [self._caches.store(store_key(ref.kind, namespace, ref.name)) for ref in refs]
        known = [store for store in stores if store is not None]
        if not known or len(known) < len(found.spec.secret_store_refs):
            return True
        return any(is_of_class(store, self._processing.controller_class) for store in known)
