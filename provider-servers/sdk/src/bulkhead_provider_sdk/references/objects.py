"""Reads single Secrets and ConfigMaps as this provider server's own ServiceAccount: `get` by name and nothing else."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.references.scope import ObjectPlace
from bulkhead_provider_sdk.references.selectors import ObjectKind
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.path import resource_path

# One read for the many calls of a burst, and still far below the ten seconds in which a changed credential counts.
_FRESH_S: Final = 3.0
_PLURALS: Final = {ObjectKind.SECRET: "secrets", ObjectKind.CONFIG_MAP: "configmaps"}


class _SecretObject(msgspec.Struct, frozen=True, kw_only=True):
    metadata: ObjectMeta
    data: dict[str, bytes] | None = None

    # A generated repr would show the data.
    def __repr__(self) -> str:
        return "_SecretObject(***)"


class _ConfigMapObject(msgspec.Struct, frozen=True, kw_only=True):
    metadata: ObjectMeta
    data: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an object held at one moment."""

    keys: Mapping[str, SecretValue]
    version: str
    """Changes with the content and says nothing about it: the object's uid and resourceVersion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cached:
    content: Content = field(repr=False)
    read_at: float


class ObjectReader:
    """The API server as this provider server's identity sees it."""

    def __init__(self, config: KubeConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; files and connections are opened by the first read.

        Args:
            config: where the API server is, and the directory with the identity's token.
            clock: monotonic, in seconds.
        """
        self._config = config
        self._clock = clock
        self._client: KubeClient | None = None
        self._cached: dict[ObjectPlace, _Cached] = {}

    async def read(self, place: ObjectPlace) -> Content:
        """Give an object's content, at most three seconds old.

        Raises:
            ApiError: the API server refuses it, has no such object or cannot be reached.
            KubeConfigError: the identity's files are missing or broken.
        """
        cached = self._cached.get(place)
        if cached is not None and self._clock() - cached.read_at < _FRESH_S:
            return cached.content
        self._forget_old()
        read_at = self._clock()
        content = await self._read(await self._opened(), place)
        self._cached[place] = _Cached(content=content, read_at=read_at)
        return content

    async def close(self) -> None:
        """Close the connections and forget everything."""
        self._cached.clear()
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)

    async def _read(self, client: KubeClient, place: ObjectPlace) -> Content:
        path = resource_path("v1", _PLURALS[place.kind], namespace=place.namespace, name=place.name)
        match place.kind:
            case ObjectKind.SECRET:
                secret = await client.get(path, _SecretObject, sensitive=True)
                keys = {key: SecretValue(value) for key, value in (secret.data or {}).items()}
                return Content(keys=keys, version=_version(secret.metadata))
            case ObjectKind.CONFIG_MAP:
                config = await client.get(path, _ConfigMapObject, sensitive=True)
                keys = {key: SecretValue(text.encode()) for key, text in (config.data or {}).items()}
                return Content(keys=keys, version=_version(config.metadata))

    async def _opened(self) -> KubeClient:
        if self._client is None:
            # Not at the start of the process: a token that is late must hold up no store that needs none. Opening waits
            # for nothing, so no second caller can come in between.
            client = KubeClient(self._config)
            await client.__aenter__()
            self._client = client
        return self._client

    def _forget_old(self) -> None:
        """Keep no credential in memory for longer than it is of use."""
        now = self._clock()
        self._cached = {place: each for place, each in self._cached.items() if now - each.read_at < _FRESH_S}


def _version(metadata: ObjectMeta) -> str:
    return f"{metadata.uid}/{metadata.resource_version}"
