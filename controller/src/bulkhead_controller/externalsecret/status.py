"""The status of an ExternalSecret: reasons, messages and when it changes. Source: ESO, externalsecret_controller.go."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from bulkhead_api.external_secret import Binding, ExternalSecretStatus
from bulkhead_api.meta import Condition, ConditionStatus
from bulkhead_controller.conditions import READY, find_condition, with_ready


class Reason(StrEnum):
    """Why the condition Ready is as it is; dashboards compare these."""

    SYNCED = "SecretSynced"
    """The target holds what the provider holds, or is kept as it was on purpose."""
    SYNCED_ERROR = "SecretSyncedError"
    """The target could not be brought up to date."""
    DELETED = "SecretDeleted"
    """The provider holds nothing any more and deletionPolicy is Delete."""
    MISSING = "SecretMissing"
    """There is no target to merge into."""
    RESOURCE_SYNCED = "ResourceSynced"
    """As SYNCED, of a target that is no Secret; so are those below."""
    RESOURCE_SYNCED_ERROR = "ResourceSyncedError"
    RESOURCE_DELETED = "ResourceDeleted"
    RESOURCE_MISSING = "ResourceMissing"


class Message(StrEnum):
    """ESO's own texts; those of errors are followed by the cause."""

    SYNCED = "secret synced"
    RETAINED = "secret retained due to DeletionPolicy=Retain"
    DELETED = "secret deleted due to DeletionPolicy=Delete"
    GET_FAILED = "could not get secret data from provider"
    UPDATE_FAILED = "could not update secret"
    DELETE_FAILED = "could not delete secret"
    DELETE_ORPHANED_FAILED = "could not delete orphaned secrets"
    MISSING = "secret will not be created due to CreationPolicy=Merge"
    NOT_OWNED = "failed to take ownership of target secret"
    OWNED_BY_ANOTHER = "target is owned by another ExternalSecret"
    INVALID_GENERIC_TARGET = "invalid generic target"
    UPDATE_TARGET_FAILED = "could not update target"
    DELETE_TARGET_FAILED = "could not delete target"


OWNED_BY_ANOTHER_MESSAGE = f"{Message.OWNED_BY_ANOTHER}; give one of the two another spec.target.name"
"""The whole text, with what to do."""


def ready_condition(status: ExternalSecretStatus) -> Condition | None:
    """Find the condition Ready; None means that nothing was said yet."""
    return find_condition(status.conditions, READY)


def has_failed(status: ExternalSecretStatus) -> bool:
    """Say whether the last thing that happened was a failure."""
    ready = ready_condition(status)
    return ready is not None and ready.status is ConditionStatus.FALSE


def status_after_failure(
    old: ExternalSecretStatus, message: str, *, reason: Reason = Reason.SYNCED_ERROR, now: datetime
) -> ExternalSecretStatus:
    """Give the status that says what went wrong; equal to `old` when it says so already."""
    conditions = with_ready(old.conditions, ConditionStatus.FALSE, reason=reason.value, message=message, now=now)
    return replace(old, conditions=conditions)


def status_after_success(
    old: ExternalSecretStatus,
    *,
    reason: Reason,
    message: str,
    synced_version: str,
    binding: str,
    secret_changed: bool,
    refresh_time_after: timedelta | None,
    now: datetime,
) -> ExternalSecretStatus:
    """Give the status after a sync that began at `now`; equal to `old` when nothing changed.

    refreshTime moves together with something else, or after a settable time, so that an unchanged refresh needs no
    write.

    Args:
        old: the status before.
        reason: why Ready is True.
        message: for people.
        synced_version: what of the object the sync has seen.
        binding: name of the Secret.
        secret_changed: whether the Secret is known to have been written.
        refresh_time_after: after what time refreshTime moves by itself; zero means always, None never.
        now: UTC.
    """
    moment = now.replace(microsecond=0)
    status = replace(
        old,
        conditions=with_ready(old.conditions, ConditionStatus.TRUE, reason=reason.value, message=message, now=now),
        synced_resource_version=synced_version,
        binding=Binding(name=binding),
    )
    # A refreshTime in the future would make the object due for ever.
    usable = old.refresh_time is not None and old.refresh_time <= moment
    if status == old and usable and not secret_changed and not _is_stale(old, refresh_time_after, moment):
        return old
    return replace(status, refresh_time=moment)


def _is_stale(old: ExternalSecretStatus, after: timedelta | None, now: datetime) -> bool:
    return after is not None and old.refresh_time is not None and now - old.refresh_time >= after
