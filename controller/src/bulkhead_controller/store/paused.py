"""The condition Paused of a store, and how a person takes it back. Pure."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bulkhead_api.meta import Condition, ConditionStatus
from bulkhead_api.secret_store import SecretStore, SecretStoreStatus
from bulkhead_controller.conditions import find_condition, with_condition

PAUSED: Final = "Paused"
MASS_CHANGE: Final = "MassChange"
"""Reason of a pause: too much of what the store gives has changed at once."""
RESUMED: Final = "Resumed"
"""Reason of a pause that is over: a person said so."""
RESUMED_MESSAGE: Final = "the store's users take over changes again"
RESUME: Final = "bulkhead.dev/resume"
"""Annotation of a store that takes one pause back, and no later one: its value is that pause's beginning."""
MASS_CHANGE_BREAKER: Final = "bulkhead.dev/mass-change-breaker"
"""Annotation of a store that is never paused if it is `off`: its backend makes a new value for each read."""


def paused_condition(status: SecretStoreStatus) -> Condition | None:
    """Find the condition Paused; None means that the store was never paused."""
    return find_condition(status.conditions, PAUSED)


def is_paused(status: SecretStoreStatus) -> bool:
    """Say whether the store's users may take over no changes."""
    paused = paused_condition(status)
    return paused is not None and paused.status is ConditionStatus.TRUE


def resume_value(since: datetime) -> str:
    """Give the annotation's value for a pause that began at `since`, UTC: lastTransitionTime as it is stored."""
    return since.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_taken_back(store: SecretStore) -> bool:
    """Say whether a person has taken the store's present pause back."""
    paused = paused_condition(store.status)
    if paused is None or paused.status is not ConditionStatus.TRUE or paused.last_transition_time is None:
        return False
    return store.metadata.annotations.get(RESUME) == resume_value(paused.last_transition_time)


def is_exempt(store: SecretStore) -> bool:
    """Say whether a person has said that the store is never to be paused."""
    return store.metadata.annotations.get(MASS_CHANGE_BREAKER) == "off"


def status_paused(old: SecretStoreStatus, *, message: str, since: datetime) -> SecretStoreStatus:
    """Give the status of a store that is paused since `since`, UTC in whole seconds."""
    return _with(old, ConditionStatus.TRUE, MASS_CHANGE, message, since)


def status_resumed(old: SecretStoreStatus, *, now: datetime) -> SecretStoreStatus:
    """Give the status of a store whose pause is over."""
    return _with(old, ConditionStatus.FALSE, RESUMED, RESUMED_MESSAGE, now.replace(microsecond=0))


def _with(
    old: SecretStoreStatus, status: ConditionStatus, reason: str, message: str, since: datetime
) -> SecretStoreStatus:
    paused = Condition(type=PAUSED, status=status, reason=reason, message=message, last_transition_time=since)
    return replace(old, conditions=with_condition(old.conditions, paused))
