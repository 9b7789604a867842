"""Copies of the metadata of managed objects of other kinds than Secret, by kind, while somebody follows that kind."""

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.meta import PartialObject
from bulkhead_controller.secret_copies import Copies
from bulkhead_runtime.kube.events import ObjectKey


class ManifestCopies:
    """What the informers of all kinds know."""

    def __init__(self) -> None:
        """Start without an informer: nothing is known."""
        self._informers: dict[ManifestRef, Copies] = {}

    def follow(self, kind: ManifestRef, informer: Copies) -> None:
        """Take the copies of a kind from now on."""
        self._informers[kind] = informer

    def drop(self, kind: ManifestRef) -> None:
        """Forget a kind that nobody follows any more."""
        self._informers.pop(kind, None)

    def get(self, kind: ManifestRef, key: ObjectKey) -> PartialObject | None:
        """Find a managed object; None means that there is none, or that it is not known."""
        informer = self._informers.get(kind)
        return informer.store.get(key) if informer is not None else None

    def is_current(self, kind: ManifestRef) -> bool:
        """Say whether the copies of a kind were complete once and are followed since."""
        informer = self._informers.get(kind)
        return informer is not None and informer.synced.is_set()
