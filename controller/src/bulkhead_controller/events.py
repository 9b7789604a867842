"""Kubernetes events: written when a condition changes, never on each retry, as each one is a write."""

from typing import Final

from bulkhead_controller.cluster import Cluster, EventNote, EventSubject, EventType
from bulkhead_runtime.kube.errors import ApiError
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("events")


class Recorder:
    """Tells events of one component. An event that cannot be stored is dropped: no work waits for it."""

    def __init__(self, cluster: Cluster, *, component: str, normal_events: bool) -> None:
        """Tell events as `component`; those of type Normal only if `normal_events` is set."""
        self._cluster = cluster
        self._component = component
        self._normal_events = normal_events

    async def warn(self, subject: EventSubject, reason: str, message: str) -> None:
        """Say that something went wrong."""
        await self._tell(subject, EventType.WARNING, reason, message)

    async def note(self, subject: EventSubject, reason: str, message: str) -> None:
        """Say that something was done."""
        if self._normal_events:
            await self._tell(subject, EventType.NORMAL, reason, message)

    async def _tell(self, subject: EventSubject, kind: EventType, reason: str, message: str) -> None:
        note = EventNote(subject=subject, component=self._component, type=kind, reason=reason, message=message)
        try:
            await self._cluster.create_event(note)
        except ApiError as error:
            _LOG.debug("event dropped", reason=reason, error=error)
