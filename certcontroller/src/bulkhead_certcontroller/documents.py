"""Where requests come from and the status goes to: a key of a ConfigMap, or a file. Nothing secret passes here."""

import asyncio
import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import msgspec

from bulkhead_api.meta import ObjectMeta, PartialObject
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError, ConflictError
from bulkhead_runtime.kube.path import resource_path

MAX_BYTES: Final = 512 * 1024


class DocumentError(Exception):
    """A document cannot be read or written; one line that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a document says at one moment."""

    text: str = ""
    """Empty if there is none."""
    version: str = ""
    """What is compared at a write."""


class Document(Protocol):
    """One text that a person and this program share; one of them writes it."""

    @property
    def name(self) -> str:
        """What messages call it."""

    async def read(self) -> Text:
        """Return what it says. Raises: DocumentError."""

    async def write(self, text: str, seen: Text) -> None:
        """Replace what it says. Raises: DocumentError, also if it is no longer as `seen`."""


class _KeptConfigMap(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    metadata: ObjectMeta
    data: dict[str, str] = {}
    binary_data: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMapDocument:
    """A key of a ConfigMap, which the chart has rendered without data."""

    api: KubeClient = field(repr=False)
    namespace: str
    config_map: str
    key: str

    @property
    def name(self) -> str:
        """See `Document`."""
        return f"ConfigMap {self.namespace}/{self.config_map}"

    async def read(self) -> Text:
        """See `Document`."""
        kept = await self._get()
        return Text(text=kept.data.get(self.key, ""), version=kept.metadata.resource_version)

    async def write(self, text: str, seen: Text) -> None:
        """See `Document`."""
        # An update replaces labels and owners too, so they are read again and sent back as they are.
        kept = await self._get()
        if kept.metadata.resource_version != seen.version:
            raise DocumentError(f"{self.name}: somebody else wrote to it")
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            **msgspec.to_builtins(msgspec.structs.replace(kept, data={**kept.data, self.key: text})),
        }
        try:
            await self.api.put(self._path, msgspec.json.encode(body), PartialObject, accept=METADATA_ONLY)
        except ConflictError as error:
            raise DocumentError(f"{self.name}: somebody else wrote to it") from error
        except (ApiError, KubeConfigError) as error:
            raise DocumentError(f"{self.name}: {error}") from error

    async def _get(self) -> _KeptConfigMap:
        try:
            return await self.api.get(self._path, _KeptConfigMap)
        except (ApiError, KubeConfigError) as error:
            raise DocumentError(f"{self.name}: {error}") from error

    @property
    def _path(self) -> str:
        return resource_path("v1", "configmaps", namespace=self.namespace, name=self.config_map)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDocument:
    """A file; readers see the whole old or the whole new one."""

    path: Path

    @property
    def name(self) -> str:
        """See `Document`."""
        return f"file {self.path}"

    async def read(self) -> Text:
        """See `Document`."""
        return await asyncio.to_thread(self._read)

    async def write(self, text: str, seen: Text) -> None:
        """See `Document`."""
        await asyncio.to_thread(self._write, text, seen)

    def _read(self) -> Text:
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            text = content.decode()
        except FileNotFoundError:
            return Text()
        except OSError as error:
            raise DocumentError(f"{self.name}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DocumentError(f"{self.name}: is not UTF-8") from error
        return Text(text=text, version=hashlib.sha256(content).hexdigest())

    def _write(self, text: str, seen: Text) -> None:
        if self._read() != seen:
            raise DocumentError(f"{self.name}: somebody else wrote to it")
        new = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            new.write_text(text)
            new.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise DocumentError(f"{self.name}: {error.strerror}") from error
