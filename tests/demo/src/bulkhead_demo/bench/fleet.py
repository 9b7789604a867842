"""Thousands of ExternalSecrets that differ in nothing but their names, and the secrets that they read."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import hvac
import msgspec

from bulkhead_api.external_secret import API_VERSION, PLURAL
from bulkhead_api.meta import PartialObject
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.path import resource_path
from bulkhead_testkit.admin import Manifest
from bulkhead_testkit.manifests import external_secret
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import VAULT_MOUNT

KEYS: Final = 6
"""Entries of `spec.data` in each ExternalSecret, and properties of each secret in OpenBao."""
STORE: Final = "vault"

_AT_ONCE: Final = 32
_THREADS: Final = 4
_CLEAR_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The ExternalSecrets of one namespace, named and filled as the load generator expects."""

    namespace: str
    count: int
    refresh_interval_s: int

    @property
    def names(self) -> Sequence[str]:
        """Also the names of the target Secrets and of the keys in OpenBao."""
        return [f"bench-{number:05d}" for number in range(self.count)]

    def manifest(self, name: str, *, key: str = "") -> Manifest:
        """Build one; it reads the key of its own name unless another is given."""
        data = {f"key-{n}": {"key": f"bench/{key or name}", "property": f"key-{n}"} for n in range(KEYS)}
        interval = f"{self.refresh_interval_s}s"
        return external_secret(self.namespace, name, store=STORE, data=data, refresh_interval=interval)


async def create(client: KubeClient, fleet: Fleet) -> None:
    """Create all ExternalSecrets of the fleet."""
    await _in_parallel(partial(create_one, client, fleet.namespace, fleet.manifest(name)) for name in fleet.names)


async def create_one(client: KubeClient, namespace: str, manifest: Manifest) -> None:
    """Create one ExternalSecret."""
    path = resource_path(API_VERSION, PLURAL, namespace=namespace)
    await client.post(path, msgspec.json.encode(manifest), PartialObject, accept=METADATA_ONLY)


async def clear(client: KubeClient, namespace: str) -> None:
    """Delete all Secrets and ExternalSecrets of a namespace; the Secrets first, as no garbage is left then."""
    for path in _paths(namespace):
        async with asyncio.timeout(_CLEAR_S):
            # The API server gives up on a long deletion half way, and goes on where it stopped when asked again.
            while await client.list(path, PartialObject):
                await client.request("DELETE", path, timeout_s=_CLEAR_S)


async def versions(client: KubeClient, namespace: str) -> dict[str, str]:
    """Give the resourceVersion of each Secret and ExternalSecret of a namespace, by uid."""
    return {
        found.metadata.uid: found.metadata.resource_version
        for path in _paths(namespace)
        for found in await client.list(path, PartialObject)
    }


def seed(bao: OpenBao, fleet: Fleet) -> None:
    """Write into OpenBao what the fleet reads: a secret of six properties for each ExternalSecret."""
    # One client with kept connections for all: a handshake for each secret would take minutes.
    client = bao.client()
    with ThreadPoolExecutor(_THREADS) as threads:
        for written in [threads.submit(_put, client, name) for name in fleet.names]:
            written.result()


def _put(client: hvac.Client, name: str) -> None:
    values = {f"key-{n}": f"value-{n}-of-{name}" for n in range(KEYS)}
    client.adapter.post(f"/v1/{VAULT_MOUNT}/data/bench/{name}", json={"data": values})


def _paths(namespace: str) -> Sequence[str]:
    return [
        resource_path("v1", "secrets", namespace=namespace),
        resource_path(API_VERSION, PLURAL, namespace=namespace),
    ]


async def _in_parallel(calls: Iterable[Callable[[], Awaitable[None]]]) -> None:
    remaining = iter(calls)

    async def work() -> None:
        for call in remaining:
            await call()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(work())
