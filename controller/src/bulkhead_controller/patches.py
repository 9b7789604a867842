"""How a conditional patch of an object ends, and what that means for the next look."""

from collections.abc import Awaitable
from dataclasses import dataclass

from bulkhead_api.meta import ObjectMeta
from bulkhead_controller.requeue import Done, Requeue, Retry
from bulkhead_runtime.kube.errors import ApiError, NotFoundError


@dataclass(frozen=True, slots=True)
class Stored:
    """The object is changed."""

    resource_version: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The object does not exist any more."""


@dataclass(frozen=True, slots=True)
class Postpone:
    """The moment is wrong; try again and say nothing."""

    retry_after_s: float | None = None
    """How long the API server asked us to wait."""


async def outcome_of_patch(patch: Awaitable[ObjectMeta]) -> Stored | Gone | Postpone:
    """Wait for a patch that holds a resourceVersion, so that it fails if the object was changed since."""
    try:
        stored = await patch
    except NotFoundError:
        return Gone()
    except ApiError as error:
        return Postpone(error.retry_after_s)
    return Stored(stored.resource_version)


def requeue_from_refusal(refused: Gone | Postpone) -> Requeue:
    """Say when to look again after the API server did not store something."""
    return Done() if isinstance(refused, Gone) else Retry(refused.retry_after_s)
