"""Follows one resource of the API server through cuts, restarts and expired positions, and keeps a typed copy of it.

`watch` is the protocol: it says what changed, in order, for as long as it is asked. `Informer` is the copy.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar, assert_never

from bulkhead_api.meta import ObjectMeta
from bulkhead_runtime.backoff import Backoff
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient, ListPage
from bulkhead_runtime.kube.errors import ApiError
from bulkhead_runtime.kube.events import (
    Bookmark,
    Event,
    EventReader,
    HasMetadata,
    ObjectKey,
    Put,
    Removed,
    Undecodable,
    key_of,
)
from bulkhead_runtime.kube.lines import LineSplitter, LineTooLongError
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import counter

T = TypeVar("T", bound=HasMetadata)

_LOG: Final = get_logger("watch")
_RESTARTS: Final = counter(
    "bulkhead_watch_restarts_total", "Watches that ended and were started anew.", ["resource", "reason"]
)
_UNDECODABLE: Final = counter(
    "bulkhead_watch_undecodable_total", "Objects that were skipped as they do not fit their type.", ["resource"]
)

# The server ends a watch by itself after this long, so that watches move to other servers now and then. Drawn at
# random so that those of one process do not end together.
_WATCH_S: Final = (240, 480)
# The server sends a bookmark each minute; two and a half without a word mean that the connection is dead.
_IDLE_S: Final = 150.0
_WATCH_LIST: Final = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
_BACKOFF_BASE_S: Final = 0.2
# Short: who comes back from an outage with one copy long before the other takes what it lacks for missing.
_BACKOFF_CAP_S: Final = 5.0

# Asking the same again may work: not reached, not allowed yet, not installed yet, too busy.
_PASSING: Final = frozenset({0, 401, 403, 404, 429, 503})
# Not what a server says that knows no WatchList: the position expired, or its cache is not there yet.
_NOT_ABOUT_WATCH_LIST: Final = _PASSING | {410, 504}


@dataclass(frozen=True, slots=True)
class Relisted:
    """All objects that are there have been told since the start or the last `Relisted`; no others are."""

    keys: frozenset[ObjectKey]


Change: TypeAlias = Put[T] | Removed | Undecodable | Relisted


async def watch(
    client: KubeClient,
    path: str,
    into: type[T],
    *,
    label_selector: str | None = None,
    field_selector: str | None = None,
    metadata_only: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Change[T], None]:
    """Say what is there and then what changes, for ever; every failure is logged and outlived.

    Objects may be told again although nothing about them changed. Close it by `contextlib.aclosing`.

    Args:
        client: open, and allowed to list and watch.
        path: of the collection, as `resource_path` builds it.
        into: the type of its objects.
        label_selector: in the API's own syntax; None follows all objects.
        field_selector: likewise. Who may watch one named object alone must select it by `metadata.name`.
        metadata_only: whether to keep all but the metadata out of the replies.
        sleep: waits the given seconds; for tests.
    """
    selectors = _Selectors(labels=label_selector, fields=field_selector)
    following = _Following(client, path, into, selectors, metadata_only=metadata_only)
    resource = path.rpartition("/")[2]
    backoff: Backoff[str] = Backoff(_BACKOFF_BASE_S, _BACKOFF_CAP_S)
    while True:
        at_least_s = 0.0
        reason = "ended"
        try:
            async with aclosing(following.once()) as changes:
                async for change in changes:
                    yield change
        except (ApiError, LineTooLongError) as error:
            following.recover(error)
            reason = error.reason if isinstance(error, ApiError) else "LineTooLong"
            at_least_s = (error.retry_after_s or 0.0) if isinstance(error, ApiError) else 0.0
            _LOG.warning("watch interrupted", resource=resource, error=error)
        if following.take_progress():
            backoff.forget(path)
        _RESTARTS.labels(resource, reason).inc()
        await sleep(max(at_least_s, backoff.next_delay_s(path)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selectors:
    labels: str | None
    fields: str | None


class _Following(Generic[T]):
    """Where one watch stands: from which resourceVersion to go on, and by which means it starts over."""

    def __init__(
        self, client: KubeClient, path: str, into: type[T], selectors: _Selectors, *, metadata_only: bool
    ) -> None:
        self._metadata_only = metadata_only
        self._client = client
        self._path = path
        self._selectors = selectors
        self._reader = EventReader(into, call=f"GET {path}")
        self._position = ""
        """The resourceVersion up to which all was told; empty before the first list and after an expiry."""
        self._has_watch_list = True
        self._progress = False

    async def once(self) -> AsyncGenerator[Change[T], None]:
        """Start over if need be, then follow until the stream ends."""
        if not self._position and not self._has_watch_list:
            async for change in self._list():
                yield change
        async with aclosing(self._events()) as events:
            keys: set[ObjectKey] = set()
            async for event in events:
                if self._position:
                    self._progress = True
                else:
                    _note(keys, event)
                match event:
                    case Bookmark() if event.ends_initial:
                        self._position = event.resource_version
                        yield Relisted(frozenset(keys))
                        keys.clear()
                    case Bookmark():
                        self._advance(event.resource_version)
                    case Put() | Removed() | Undecodable():
                        yield event
                        self._advance(event.resource_version)
                    case _:
                        assert_never(event)

    def take_progress(self) -> bool:
        """Say whether the watch has moved on since the last question; starting over is no progress.

        A server that lists well and then refuses each watch must not be asked for a list again and again at once.
        """
        progress, self._progress = self._progress, False
        return progress

    def recover(self, error: ApiError | LineTooLongError) -> None:
        """Choose how to go on after a failure."""
        status = error.status if isinstance(error, ApiError) else -1
        if self._position:
            if status not in _PASSING:
                self._position = ""
        elif status not in _NOT_ABOUT_WATCH_LIST:
            self._has_watch_list = False

    async def _list(self) -> AsyncGenerator[Change[T], None]:
        keys: set[ObjectKey] = set()
        version = ""
        async with aclosing(self._pages()) as pages:
            async for page in pages:
                version = page.metadata.resource_version
                for item in page.items:
                    # A copy, as parts of the object may stay views of what they were read from: never a whole page.
                    found = self._reader.read_object(item.copy())
                    _note(keys, found)
                    yield found
        self._position = version
        yield Relisted(frozenset(keys))

    async def _events(self) -> AsyncGenerator[Event[T], None]:
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(*_WATCH_S)),  # noqa: S311 - it only spreads load
            **({"labelSelector": self._selectors.labels} if self._selectors.labels else {}),
            **({"fieldSelector": self._selectors.fields} if self._selectors.fields else {}),
            **({"resourceVersion": self._position} if self._position else _WATCH_LIST),
        }
        lines = LineSplitter()
        form = {"accept": METADATA_ONLY} if self._metadata_only else {}
        stream = self._client.stream(self._path, query=query, idle_timeout_s=_IDLE_S, **form)
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                for line in lines.feed(chunk):
                    yield self._reader.read_line(line)

    def _pages(self) -> AsyncGenerator[ListPage, None]:
        return self._client.pages(
            self._path,
            label_selector=self._selectors.labels,
            field_selector=self._selectors.fields,
            metadata_only=self._metadata_only,
        )

    def _advance(self, resource_version: str) -> None:
        # Objects that a WatchList starts with come in any order; its closing bookmark has the position.
        if self._position and resource_version:
            self._position = resource_version


class Informer(Generic[T]):
    """A copy of one resource in memory, and a call for each change of it.

    Only the typed objects are kept. An object that stops to fit its type stays as it was last understood.
    """

    def __init__(
        self,
        client: KubeClient,
        path: str,
        into: type[T],
        *,
        on_change: Callable[[T | None, T | None], None] | None = None,
        on_undecodable: Callable[[ObjectMeta, str], None] | None = None,
        label_selector: str | None = None,
        metadata_only: bool = False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Start with an empty copy; `run` fills it.

        Args:
            client: open, and allowed to list and watch.
            path: of the collection, as `resource_path` builds it.
            into: the type of its objects.
            on_change: gets the object before (None: it is new) and after (None: it is gone), in the event loop and
                after `store` has changed. One whose resourceVersion is the same is not told again. One that was
                deleted and made anew between two looks comes as a change of one object, with another uid.
            on_undecodable: gets the metadata and the decoder's words, which may quote the object, for each object
                that does not fit its type.
            label_selector: in the API's own syntax; None means all objects.
            metadata_only: whether to keep all but the metadata out of the replies.
            sleep: waits the given seconds; for tests.
        """
        self.store: dict[ObjectKey, T] = {}
        """The objects, as last seen. Only the informer changes it."""
        self.synced = asyncio.Event()
        """Set once everything that was there at the start is in `store`."""
        self._client = client
        self._path = path
        self._into = into
        self._on_change = on_change
        self._on_undecodable = on_undecodable
        self._label_selector = label_selector
        self._metadata_only = metadata_only
        self._sleep = sleep

    async def run(self) -> None:
        """Keep the copy current until cancelled."""
        changes = watch(
            self._client,
            self._path,
            self._into,
            label_selector=self._label_selector,
            metadata_only=self._metadata_only,
            sleep=self._sleep,
        )
        async with aclosing(changes):
            async for change in changes:
                self._apply(change)

    def _apply(self, change: Change[T]) -> None:
        match change:
            case Put():
                self._put(change)
            case Removed(key=key):
                self._remove(key)
            case Undecodable():
                self._report(change)
            case Relisted(keys=keys):
                for key in self.store.keys() - keys:
                    self._remove(key)
                self.synced.set()
            case _:
                assert_never(change)

    def _put(self, change: Put[T]) -> None:
        old = self.store.get(change.key)
        if old is not None and old.metadata.resource_version == change.resource_version:
            return
        self.store[change.key] = change.value
        if self._on_change is not None:
            self._on_change(old, change.value)

    def _remove(self, key: ObjectKey) -> None:
        old = self.store.pop(key, None)
        if old is not None and self._on_change is not None:
            self._on_change(old, None)

    def _report(self, change: Undecodable) -> None:
        resource = self._path.rpartition("/")[2]
        key = str(key_of(change.metadata)) if change.metadata else "unknown"
        _UNDECODABLE.labels(resource).inc()
        _LOG.warning("object does not fit its type and is skipped", resource=resource, object=key)
        if self._on_undecodable is not None and change.metadata is not None:
            self._on_undecodable(change.metadata, change.problem)


def _note(keys: set[ObjectKey], event: Event[T]) -> None:
    match event:
        case Put(key=key):
            keys.add(key)
        case Removed(key=key):
            keys.discard(key)
        case Undecodable(metadata=ObjectMeta() as metadata):
            keys.add(key_of(metadata))
        case Undecodable() | Bookmark():
            pass
