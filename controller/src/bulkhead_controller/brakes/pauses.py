"""Which stores are paused: what their conditions say, and what is decided but not written yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulkhead_api.external_secret import StoreKind
from bulkhead_api.meta import ConditionStatus
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.paused import RESUME, is_exempt, paused_condition, resume_value

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A pause that is decided and not in the store's status yet, as far as is known."""

    uid: str
    """Of the store: one that is made anew is another store."""
    since: datetime
    """UTC, whole seconds: the condition's lastTransitionTime, and by it what takes the pause back."""
    message: str
    """For people."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The store's users may take over no changes."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """A person has looked at everything that came before this moment, UTC."""

    at: datetime


class Pauses:
    """What the reconciler of ExternalSecrets decides and that of stores writes."""

    def __init__(
        self,
        store_of: Callable[[StoreKey], SecretStore | None],
        *,
        kinds: frozenset[StoreKind],
        because: str,
        on_trip: Callable[[StoreKey], None],
    ) -> None:
        """Start with what the stores' conditions say.

        Args:
            store_of: looks a store up in the copies.
            kinds: of the stores that are ever paused; empty means that the breaker is off.
            because: why a store is paused, for people.
            on_trip: is told of each store that is to be written.
        """
        self._store_of = store_of
        self._kinds = kinds
        self._because = because
        self._on_trip = on_trip
        self._trips: dict[StoreKey, Trip] = {}

    def is_watched(self, key: StoreKey) -> bool:
        """Say whether a store is ever paused: its status is ours to write, and nobody has exempted it."""
        store = self._store_of(key)
        return key.kind in self._kinds and store is not None and not is_exempt(store)

    def trip(self, key: StoreKey, *, now: datetime) -> Paused:
        """Pause a store that exists."""
        store = self._store_of(key)
        since = now.replace(microsecond=0)
        if store is not None:
            before = paused_condition(store.status)
            # Two pauses never have the same beginning, so that none is taken back together with the one before.
            if before is not None and before.last_transition_time is not None:
                since = max(since, before.last_transition_time + _SECOND)
            message = (
                f"paused by the mass-change breaker: {self._because}; look at the backend, then annotate the store "
                f"{RESUME}={resume_value(since)}"
            )
            self._trips[key] = Trip(uid=store.metadata.uid, since=since, message=message)
            self._on_trip(key)
        return Paused(since)

    def trip_of(self, key: StoreKey) -> Trip | None:
        """Give the pause that is to be written; None if there is none."""
        trip, store = self._trips.get(key), self._store_of(key)
        if trip is None:
            return None
        stored = paused_condition(store.status) if store is not None else None
        is_stored = stored is not None and (stored.last_transition_time or trip.since) >= trip.since
        if store is None or store.metadata.uid != trip.uid or is_stored:
            del self._trips[key]
            return None
        return trip

    def state_of(self, key: StoreKey) -> Paused | Resumed | None:
        """Say how it is with a store; None means that it was never paused."""
        trip = self.trip_of(key)
        if trip is not None:
            return Paused(trip.since)
        store = self._store_of(key)
        condition = paused_condition(store.status) if store is not None else None
        if condition is None or condition.last_transition_time is None:
            return None
        paused = condition.status is ConditionStatus.TRUE
        return Paused(condition.last_transition_time) if paused else Resumed(condition.last_transition_time)
