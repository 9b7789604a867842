"""Files of manifests: the objects that they hold, as the API server would read them. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from bulkhead_api.meta import ObjectMeta
from bulkhead_cli.problems import FailedError, InputError
from bulkhead_cli.values import NOT_JSON, reading_meter
from bulkhead_templating import LimitError
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value

_T = TypeVar("_T")
_SEPARATOR: Final = re.compile(rb"^---(?=\s|\Z)", re.MULTILINE)


class Head(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every object has."""

    api_version: str = ""
    kind: str = ""
    metadata: ObjectMeta = ObjectMeta()


class _List(msgspec.Struct, frozen=True, kw_only=True):
    items: list[msgspec.Raw] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An object of a file."""

    file: str
    head: Head
    body: bytes = field(repr=False)
    """JSON."""

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"{self.file}: {self.head.kind} {self.head.metadata.name}"

    def decoded(self, as_type: type[_T]) -> _T:
        """Give it as a type.

        Raises:
            FailedError: it is none; the message names the field and quotes no value of a Secret.
        """
        try:
            return msgspec.json.decode(self.body, type=as_type)
        except msgspec.DecodeError as error:
            problem = str(error)
        raise FailedError(f"{self.title}: {problem}")


def documents_of(file: str, data: bytes) -> list[Document]:
    """Give the objects of a file, in their order; those of a list one by one.

    Args:
        file: its name.
        data: what it holds.

    Raises:
        InputError: it is no YAML, or holds something else than objects.
    """
    return [document for body in _bodies(file, data) if body != b"null" for document in _documents(file, body)]


def _documents(file: str, body: bytes) -> Iterator[Document]:
    try:
        head = msgspec.json.decode(body, type=Head)
        items = msgspec.json.decode(body, type=_List).items if head.kind.endswith("List") else None
    except msgspec.DecodeError as error:
        problem = str(error)
    else:
        if items is None:
            yield Document(file=file, head=head, body=body)
            return
        for item in items:
            yield from _documents(file, bytes(item))
        return
    raise InputError(f"{file}: holds something else than Kubernetes objects: {problem}")


def _bodies(file: str, data: bytes) -> Iterator[bytes]:
    if data.lstrip()[:1] == b"{":
        try:
            yield msgspec.json.encode(msgspec.json.decode(data))
        except NOT_JSON:
            # Perhaps YAML that begins with a brace.
            pass
        else:
            return
    starts = [0, *(found.end() for found in _SEPARATOR.finditer(data))]
    ends = [*(found.start() for found in _SEPARATOR.finditer(data)), len(data)]
    for start, end in zip(starts, ends, strict=True):
        # As many lines before it as in the file, so that messages count right.
        yield _body(file, b"\n" * data.count(b"\n", 0, start) + data[start:end])


def _body(file: str, text: bytes) -> bytes:
    try:
        return msgspec.json.encode(any_value(text, meter=reading_meter()))
    except (YamlDecodeError, LimitError) as error:
        problem = str(error)
    raise InputError(f"{file}: {problem}; a file of manifests in YAML or JSON is needed")
