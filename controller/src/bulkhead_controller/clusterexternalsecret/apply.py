"""Carries out what was decided about the children of a ClusterExternalSecret, several writes at a time."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bulkhead_api.cluster_external_secret import ClusterExternalSecretStatus, FailedNamespace
from bulkhead_controller.clusterexternalsecret.plan import Create, Delete, Replace, Write
from bulkhead_controller.fleet import Fleet
from bulkhead_controller.patches import Gone, Postpone, Stored, outcome_of_patch
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ServerUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
)

WRITERS: Final = 16
"""Writes at a time for one object, so that one with thousands of namespaces leaves connections for all others."""

_INTERNAL_ERROR: Final = 500
"""What the API server answers when a webhook of somebody else fails; other 5xx are about the server itself."""
_TERMINATING: Final = "is being terminated"
"""In the answer to a create in a namespace that is being deleted; its copy was old."""


@dataclass(slots=True)
class Written:
    """What became of many writes."""

    failed: list[FailedNamespace] = field(default_factory=list)
    """Where the API server refused, in no order."""
    postponed: Postpone | None = None
    """Set if something could not be said yet; then nothing is known of some of the children."""
    halted: bool = False
    """Whether the API server is not to be asked more for now."""
    retries: bool = False
    """Whether a failure may pass by itself."""


class Applier:
    """Writes for the reconciler."""

    def __init__(self, fleet: Fleet) -> None:
        """Write to `fleet`."""
        self._fleet = fleet

    async def write(self, writes: Sequence[Write]) -> Written:
        """Carry out all writes; after one that the API server could not answer no further one is begun."""
        written = Written()
        waiting = iter(writes)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(WRITERS, len(writes))):
                tasks.create_task(self._work(waiting, written))
        return written

    async def set_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> Stored | Gone | Postpone:
        """Set the finalizers of a ClusterExternalSecret, unless it changed since `resource_version`."""
        return await outcome_of_patch(
            self._fleet.patch_owner_finalizers(name, resource_version=resource_version, finalizers=finalizers)
        )

    async def write_status(
        self, name: str, status: ClusterExternalSecretStatus, *, resource_version: str
    ) -> Stored | Gone | Postpone:
        """Store the status, unless the object was changed, deleted or made anew since `resource_version`."""
        return await outcome_of_patch(
            self._fleet.patch_owner_status(name, resource_version=resource_version, status=status)
        )

    async def _work(self, waiting: Iterator[Write], written: Written) -> None:
        for write in waiting:
            try:
                await self._write(write)
            except ApiError as error:
                _note(error, write, written)
            if written.halted:
                return

    async def _write(self, write: Write) -> None:
        match write:
            case Create(child):
                await self._fleet.create_external_secret(child)
            case Replace(child):
                await self._fleet.replace_external_secret(child)
            case Delete(key, uid):
                await self._fleet.delete_external_secret(key, uid=uid)


def _note(error: ApiError, write: Write, written: Written) -> None:
    match error:
        case NotFoundError() if isinstance(write, Delete):
            return
        case NotFoundError() | ConflictError():
            written.postponed = written.postponed or Postpone(error.retry_after_s)
        case ForbiddenError() if error.mentions(_TERMINATING):
            written.postponed = written.postponed or Postpone(error.retry_after_s)
        case ServerUnavailableError() | TooManyRequestsError() | UnauthorizedError() if error.status != _INTERNAL_ERROR:
            written.postponed, written.halted = Postpone(error.retry_after_s), True
        case _:
            written.failed.append(FailedNamespace(namespace=_namespace(write), reason=str(error)))
            written.retries = written.retries or error.status == _INTERNAL_ERROR


def _namespace(write: Write) -> str:
    match write:
        case Create(child) | Replace(child):
            return child.metadata.namespace
        case Delete(key):
            return key.namespace
