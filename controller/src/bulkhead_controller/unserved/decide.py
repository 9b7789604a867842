"""What is to be said about an object of a kind that is not served. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bulkhead_api.meta import Condition, ConditionStatus
from bulkhead_api.push_secret import PushSecret
from bulkhead_controller.conditions import with_ready
from bulkhead_controller.fleet import PushKind

ERRORED: Final = "Errored"
"""ESO's reason for a PushSecret that did not push."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is known of the object."""

    kind: PushKind
    object: PushSecret
    is_ours: bool
    """Whether a store of our controller class is meant, as far as that can be told."""


def decide(seen: Seen, *, now: datetime) -> Sequence[Condition] | None:
    """Give the conditions to store.

    Args:
        seen: the object, as last read.
        now: UTC.

    Returns:
        All conditions of the object, or None if it says already what is to be said, is being deleted or is not ours.
    """
    if not seen.is_ours or seen.object.metadata.deletion_timestamp is not None:
        return None
    conditions = seen.object.status.conditions
    told = with_ready(conditions, ConditionStatus.FALSE, reason=ERRORED, message=message_for(seen.kind), now=now)
    return None if told is conditions else told


def message_for(kind: PushKind) -> str:
    """Give the text that says that nothing happens."""
    return f"{kind.value} is not supported by this version of Bulkhead; nothing was pushed"
