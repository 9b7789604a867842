"""Copies of the metadata of managed Secrets, where Secrets may be watched, and who made each."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from bulkhead_api.meta import PartialObject
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.target import LABEL_CREATED_BY


class Copies(Protocol):
    """What an informer keeps."""

    @property
    def store(self) -> Mapping[ObjectKey, PartialObject]:
        """The objects, as last seen."""

    @property
    def synced(self) -> asyncio.Event:
        """Set once everything that was there at the start is in `store`."""


class SecretCopies:
    """What one or more informers know, as one. Values of Secrets never come here."""

    def __init__(self) -> None:
        """Start without an informer: nothing is known."""
        self._informers: dict[str, Copies] = {}
        self._made: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def follow(self, namespace: str, informer: Copies) -> None:
        """Take the copies of an informer; an empty namespace means that it follows all of them."""
        self._informers[namespace] = informer

    def get(self, key: ObjectKey) -> PartialObject | None:
        """Find a managed Secret; None means that there is none, or that it is not known."""
        informer = self._of(key.namespace)
        return informer.store.get(key) if informer is not None else None

    def is_current(self, namespace: str) -> bool:
        """Say whether the copies of a namespace were complete once and are followed since."""
        informer = self._of(namespace)
        return informer is not None and informer.synced.is_set()

    def created_by(self, namespace: str, label: str) -> frozenset[str]:
        """Name the Secrets whose created-by label has this value."""
        return frozenset(self._made.get((namespace, label), ()))

    def note(self, old: PartialObject | None, new: PartialObject | None) -> None:
        """Keep up with a change that an informer tells."""
        for seen, change in ((old, set.discard), (new, set.add)):
            label = seen.metadata.labels.get(LABEL_CREATED_BY) if seen is not None else None
            if seen is not None and label:
                change(self._made[seen.metadata.namespace, label], seen.metadata.name)

    def _of(self, namespace: str) -> Copies | None:
        return self._informers.get("") or self._informers.get(namespace)
