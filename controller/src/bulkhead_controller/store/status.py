"""The status of a store: reasons, messages and when it changes. Source: ESO, secretstore/common.go."""

from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from bulkhead_api.meta import Condition, ConditionStatus
from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_controller.conditions import READY, find_condition, with_ready


class Reason(StrEnum):
    """Why the condition Ready is as it is; dashboards compare these."""

    VALID = "Valid"
    """The backend accepts us."""
    UNKNOWN = "ValidationUnknown"
    """It cannot be told; the store counts as usable."""
    INVALID = "InvalidProviderConfig"
    """The store does not work."""


class Message(StrEnum):
    """ESO's own texts; those of errors are followed by the cause."""

    VALID = "store validated"
    UNKNOWN = "could not determine validation status"
    NO_CLIENT = "unable to create client"
    NOT_VALIDATED = "unable to validate store"


def ready_condition(status: SecretStoreStatus) -> Condition | None:
    """Find the condition Ready; None means that the store was never validated."""
    return find_condition(status.conditions, READY)


def is_ready(status: SecretStoreStatus) -> bool:
    """Say whether validation found the store usable."""
    ready = ready_condition(status)
    return ready is not None and ready.status is ConditionStatus.TRUE


def status_with_ready(
    old: SecretStoreStatus,
    *,
    ready: ConditionStatus,
    reason: Reason,
    message: str,
    now: datetime,
    capabilities: str | None = None,
) -> SecretStoreStatus:
    """Give the status after a validation; equal to `old` when nothing changed.

    Args:
        old: the status before.
        ready: whether the store may be used.
        reason: why.
        message: for people.
        now: UTC.
        capabilities: what the store lets its users do; None leaves it as it is.
    """
    return replace(
        old,
        conditions=with_ready(old.conditions, ready, reason=reason.value, message=message, now=now),
        capabilities=old.capabilities if capabilities is None else capabilities,
    )
