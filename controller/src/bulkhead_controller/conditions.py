"""Conditions of objects: how one is found, and how a list says something new. Pure. Source: meta/v1 Condition."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

from bulkhead_api.meta import Condition, ConditionStatus

READY: Final = "Ready"
MAX_MESSAGE_CHARS: Final = 2048


class _OfType(Protocol):
    @property
    def type(self) -> str: ...


C = TypeVar("C", bound=_OfType)
"""Kinds differ in what their conditions hold beside the type."""


def find_condition(conditions: Sequence[C], kind: str) -> C | None:
    """Find the condition of a type; None means that nothing was said yet."""
    return next((each for each in conditions if each.type == kind), None)


def with_condition(conditions: list[C], condition: C) -> list[C]:
    """Give the list with a condition in place of the one of its type; the list itself if it says so already."""
    if find_condition(conditions, condition.type) == condition:
        return conditions
    return [*(each for each in conditions if each.type != condition.type), condition]


def with_ready(
    conditions: list[Condition], status: ConditionStatus, *, reason: str, message: str, now: datetime
) -> list[Condition]:
    """Give the list with this condition Ready; the list itself if it says so already.

    The time of transition moves with the status alone, and a message is cut at `MAX_MESSAGE_CHARS`.

    Args:
        conditions: those before.
        status: whether it is ready.
        reason: why.
        message: for people.
        now: UTC.
    """
    before = find_condition(conditions, READY)
    since = before.last_transition_time if before is not None and before.status is status else None
    ready = Condition(
        type=READY,
        status=status,
        reason=reason,
        message=message if len(message) <= MAX_MESSAGE_CHARS else f"{message[: MAX_MESSAGE_CHARS - 3]}...",
        last_transition_time=since or now.replace(microsecond=0),
    )
    return with_condition(conditions, ready)
