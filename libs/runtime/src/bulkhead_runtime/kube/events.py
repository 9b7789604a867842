"""What a watch says, line by line. Pure: bytes in, one of a closed set of events out."""

from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from bulkhead_api.meta import ObjectMeta, PartialObject
from bulkhead_runtime.kube.errors import ApiError, Status, api_error_from_status, one_line

INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"
"""Annotation of the bookmark that ends the objects a WatchList starts with. Source: KEP-3157."""


class HasMetadata(Protocol):
    """What every typed object has."""

    @property
    def metadata(self) -> ObjectMeta:
        """Names and versions the object."""


T = TypeVar("T", bound=HasMetadata)


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """Names an object of one resource; a cluster-wide object has an empty namespace."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Generic[T]):
    """The object is there and looks like this."""

    key: ObjectKey
    resource_version: str
    value: T


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The object is gone."""

    key: ObjectKey
    resource_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecodable:
    """An object is there that does not fit its type."""

    metadata: ObjectMeta | None
    """None if not even the metadata can be read."""
    problem: str
    """The decoder's words, one line; they name the field and may quote it."""

    @property
    def resource_version(self) -> str:
        """Of the object; empty if unknown."""
        return self.metadata.resource_version if self.metadata else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """Nothing happened up to this resourceVersion."""

    resource_version: str
    ends_initial: bool
    """Whether all objects that were there at the start have been sent."""


Event: TypeAlias = Put[T] | Removed | Undecodable | Bookmark


class _Line(msgspec.Struct):
    type: str
    object: msgspec.Raw


_LINE: Final = msgspec.json.Decoder(_Line)
_PARTIAL: Final = msgspec.json.Decoder(PartialObject)
_STATUS: Final = msgspec.json.Decoder(Status)


class EventReader(Generic[T]):
    """Decodes the lines of one resource's watch, and the objects of its lists, into one type."""

    def __init__(self, into: type[T], *, call: str) -> None:
        """Prepare the decoder; `call` is what errors name: method and path."""
        self._decoder = msgspec.json.Decoder(into)
        self._call = call

    def read_line(self, line: bytes) -> Event[T]:
        """Read one line of a watch.

        Raises:
            ApiError: the server says that the watch has failed; GoneError that it must start over.
        """
        try:
            event = _LINE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Undecodable(metadata=None, problem=one_line(str(error)))
        match event.type:
            case "ADDED" | "MODIFIED":
                return self.read_object(event.object)
            case "DELETED" | "BOOKMARK" as what:
                metadata = _metadata(event.object)
                if metadata is None:
                    return Undecodable(metadata=None, problem="no metadata")
                return _removed(metadata) if what == "DELETED" else _bookmark(metadata)
            case "ERROR":
                raise _error(event.object, self._call)
            case _:
                return Undecodable(metadata=None, problem="the event is of no known type")

    def read_object(self, raw: msgspec.Raw) -> Put[T] | Undecodable:
        """Read one object that is there."""
        try:
            value = self._decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Undecodable(metadata=_metadata(raw), problem=one_line(str(error)))
        return Put(key=key_of(value.metadata), resource_version=value.metadata.resource_version, value=value)


def key_of(metadata: ObjectMeta) -> ObjectKey:
    """Name the object that this is the metadata of."""
    return ObjectKey(metadata.namespace, metadata.name)


def _metadata(raw: msgspec.Raw) -> ObjectMeta | None:
    try:
        return _PARTIAL.decode(raw).metadata
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _removed(metadata: ObjectMeta) -> Removed:
    return Removed(key=key_of(metadata), resource_version=metadata.resource_version)


def _bookmark(metadata: ObjectMeta) -> Bookmark:
    return Bookmark(
        resource_version=metadata.resource_version,
        ends_initial=metadata.annotations.get(INITIAL_EVENTS_END) == "true",
    )


def _error(raw: msgspec.Raw, call: str) -> ApiError:
    try:
        said = _STATUS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = Status(code=500)
    return api_error_from_status(said.code or 500, said, call=call)
