"""Stores and tells that a store is paused, or is no more."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from bulkhead_api.external_secret import StoreKind
from bulkhead_controller.brakes.pauses import Pauses
from bulkhead_controller.cluster import EventSubject
from bulkhead_controller.events import Recorder
from bulkhead_controller.patches import Stored, requeue_from_refusal
from bulkhead_controller.requeue import Again, Requeue
from bulkhead_controller.store.apply import Applier
from bulkhead_controller.store.paused import RESUMED_MESSAGE, is_paused, is_taken_back, status_paused, status_resumed
from bulkhead_controller.store.plan import Seen

STORE_PAUSED: Final = "StorePaused"
"""Reason of the event about a pause."""
STORE_RESUMED: Final = "StoreResumed"
"""Reason of the event about the end of a pause."""
_SETTLES_IN_S: Final = 1.0
"""The copy of the store has the new status by then."""


class Pauser:
    """The one place that writes the condition Paused."""

    def __init__(
        self,
        *,
        pauses: Pauses,
        applier: Applier,
        recorders: Mapping[StoreKind, Recorder],
        now: Callable[[], datetime],
    ) -> None:
        """Take the seams; `now` gives UTC."""
        self._pauses = pauses
        self._applier = applier
        self._recorders = recorders
        self._now = now

    async def settle(self, seen: Seen, subject: EventSubject) -> Requeue | None:
        """Write what the store's users or a person have asked for; None if that is nothing."""
        if not seen.is_ours or seen.store.metadata.deletion_timestamp is not None:
            return None
        recorder, store = self._recorders[seen.key.kind], seen.store
        trip = self._pauses.trip_of(seen.key)
        if trip is not None:
            status, tell = status_paused(store.status, message=trip.message, since=trip.since), recorder.warn
            reason, message = STORE_PAUSED, trip.message
        elif is_taken_back(store) or (is_paused(store.status) and not self._pauses.is_watched(seen.key)):
            status, tell = status_resumed(store.status, now=self._now()), recorder.note
            reason, message = STORE_RESUMED, RESUMED_MESSAGE
        else:
            return None
        stored = await self._applier.write_status(seen.key, status, resource_version=store.metadata.resource_version)
        if not isinstance(stored, Stored):
            return requeue_from_refusal(stored)
        await tell(subject, reason, message)
        return Again(_SETTLES_IN_S)
