"""The words that an ExternalSecret's outcome is told in, which depend on the kind of its target. Pure.

Source: ESO, condition reasons and events of Secrets and of generic targets.
"""

from dataclasses import dataclass
from typing import Final

from bulkhead_controller.externalsecret.status import Message, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Reasons of the condition Ready, how its messages begin, and messages of events."""

    synced: Reason
    failed: Reason
    deleted: Reason
    missing: Reason
    update_failed: Message
    delete_failed: Message
    created_event: str
    updated_event: str
    deleted_event: str


OF_SECRETS: Final = Wording(
    synced=Reason.SYNCED,
    failed=Reason.SYNCED_ERROR,
    deleted=Reason.DELETED,
    missing=Reason.MISSING,
    update_failed=Message.UPDATE_FAILED,
    delete_failed=Message.DELETE_FAILED,
    created_event="secret created",
    updated_event="secret updated",
    deleted_event=Message.DELETED,
)


def wording_of_manifest(kind: str, name: str) -> Wording:
    """Give the words about a target of another kind than Secret."""
    return Wording(
        synced=Reason.RESOURCE_SYNCED,
        failed=Reason.RESOURCE_SYNCED_ERROR,
        deleted=Reason.RESOURCE_DELETED,
        missing=Reason.RESOURCE_MISSING,
        update_failed=Message.UPDATE_TARGET_FAILED,
        delete_failed=Message.DELETE_TARGET_FAILED,
        created_event=f"Created {kind} {name}",
        updated_event=f"Updated {kind} {name}",
        deleted_event=f"Deleted {kind} {name}",
    )
