"""The informer on the real API server: with WatchList, and through a crash of the server."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_testkit.controlplane import ControlPlane

pytestmark = pytest.mark.slow

VERSION = "external-secrets.io/v1"
ALL = resource_path(VERSION, "externalsecrets")
DEFAULT = resource_path(VERSION, "externalsecrets", namespace="default")


@pytest.fixture
async def client(real_config: KubeConfig) -> AsyncIterator[KubeClient]:
    async with KubeClient(real_config) as client:
        yield client


def external_secret(name: str, interval: str = "1h0m0s") -> bytes:
    spec = {
        "refreshInterval": interval,
        "secretStoreRef": {"name": "s"},
        "data": [{"secretKey": "k", "remoteRef": {"key": "r"}}],
    }
    return msgspec.json.encode(
        {"apiVersion": VERSION, "kind": "ExternalSecret", "metadata": {"name": name}, "spec": spec}
    )


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not check():  # noqa: ASYNC110 - what is waited for is the other side's, and has no event
            await asyncio.sleep(0.02)


async def test_the_informer_follows_through_a_crash_of_the_server(
    client: KubeClient, shared_plane: ControlPlane, unique: str
) -> None:
    told: list[tuple[str | None, str | None]] = []

    def note(old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        told.append((old.spec.refresh_interval if old else None, new.spec.refresh_interval if new else None))

    await client.post(DEFAULT, external_secret(unique), ExternalSecret)
    informer = Informer(client, ALL, ExternalSecret, on_change=note)
    key = ObjectKey("default", unique)
    task = asyncio.create_task(informer.run())
    try:
        await until(informer.synced.is_set)
        assert informer.store[key].spec.data[0].secret_key == "k"
        told.clear()

        await asyncio.to_thread(shared_plane.restart_apiserver, grace_s=0)
        patch = b'{"spec":{"refreshInterval":"5m"}}'
        await client.merge_patch(f"{DEFAULT}/{unique}", patch, ExternalSecret)
        await until(lambda: informer.store[key].spec.refresh_interval == "5m")
        await client.delete(f"{DEFAULT}/{unique}")
        await until(lambda: key not in informer.store)

        assert told == [("1h0m0s", "5m"), ("5m", None)]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
