"""What spans namespaces, wired, over a scripted API server: which watches there are, and what wakes whom."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from bulkhead_controller.app import Controller
from bulkhead_controller.settings import settings_from_arguments
from bulkhead_runtime.kube.errors import InvalidError
from bulkhead_testkit.fake_backends import FakeBackends
from bulkhead_testkit.fake_renderer import InProcessRenderer
from bulkhead_testkit.offline_client import Call, OfflineClient

BOOKMARK = {"metadata": {"resourceVersion": "7", "annotations": {"k8s.io/initial-events-end": "true"}}}
OWNER = {
    "metadata": {"name": "fleet", "uid": "c-1", "generation": 1, "resourceVersion": "5"},
    "spec": {
        "externalSecretSpec": {"secretStoreRef": {"name": "vault"}},
        "namespaceSelectors": [{"matchLabels": {"team": "yes"}}],
    },
}
PUSH = {"metadata": {"name": "push", "namespace": "a", "uid": "p-1", "generation": 1, "resourceVersion": "5"}}
GROUP = "/apis/external-secrets.io/v1"


def namespace(name: str, version: str, *, meant: bool, finalizers: Sequence[str] = ()) -> dict[str, object]:
    labels = {"team": "yes"} if meant else {}
    metadata = {"name": name, "uid": f"n-{name}", "resourceVersion": version, "labels": labels}
    return {"metadata": {**metadata, "finalizers": list(finalizers)}, "spec": {"finalizers": ["kubernetes"]}}


class ScriptedClient(OfflineClient):
    """Streams what a test says, and goes on when it says more."""

    def __init__(self, **there: Sequence[object]) -> None:
        super().__init__()
        self.watched: set[str] = set()
        self.complete = asyncio.Event()
        """Set when PushSecrets are watched, which is when all other copies are complete."""
        self.calls: asyncio.Queue[str] = asyncio.Queue()
        self.namespaces: asyncio.Queue[object] = asyncio.Queue()
        self._there = there

    async def stream(
        self, path: str, *, query: Mapping[str, str], idle_timeout_s: float, accept: str = ""
    ) -> AsyncGenerator[bytes, None]:
        self.watched.add(path)
        plural = path.rpartition("/")[2]
        if plural == "pushsecrets":
            self.complete.set()
        for each in self._there.get(plural, []):
            yield _line("ADDED", each)
        yield _line("BOOKMARK", BOOKMARK)
        while plural == "namespaces":
            yield _line("MODIFIED", await self.namespaces.get())
        await asyncio.Event().wait()

    async def answer(self, call: Call) -> bytes:
        if call.query and "dryRun" in call.query:
            raise InvalidError(422, "Invalid", message="bulkhead:namespace-protected: no")
        if not call.path.endswith("/events"):
            self.calls.put_nowait(f"{call.method} {call.path}")
        return b'{"metadata": {"name": "x", "resourceVersion": "9"}}'

    async def next_calls(self, count: int) -> list[str]:
        async with asyncio.timeout(10):
            return sorted([await self.calls.get() for _ in range(count)])


def _line(kind: str, value: object) -> bytes:
    return msgspec.json.encode({"type": kind, "object": value}) + b"\n"


class Running:
    """A controller at work. Use as an async context manager."""

    def __init__(self, client: ScriptedClient, *arguments: str) -> None:
        required = ["--tls-dir=none", "--providers-file=none"]
        folder = Path(tempfile.mkdtemp(prefix="bulkhead-"))
        (folder / "namespace").write_text("bulkhead-system")
        server = ["--kube-api-server=https://127.0.0.1:1", f"--kube-credentials={folder}"]
        self._folder = folder
        self._client = client
        self.controller = Controller(
            settings_from_arguments([*required, *server, *arguments]), client, FakeBackends(), InProcessRenderer()
        )

    async def __aenter__(self) -> Controller:
        self._task = asyncio.create_task(self.controller.run())
        async with asyncio.timeout(10):
            await self._client.complete.wait()
        return self.controller

    async def __aexit__(self, *details: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        shutil.rmtree(self._folder)


async def test_namespaces_and_owners_are_followed_and_what_eso_left_is_freed() -> None:
    held = namespace("b", "3", meant=False, finalizers=["externalsecrets.external-secrets.io/ces-x"])
    client = ScriptedClient(clusterexternalsecrets=[OWNER], namespaces=[namespace("a", "2", meant=True), held])
    async with Running(client) as controller:
        assert await client.next_calls(3) == [
            "PATCH /api/v1/namespaces/b",
            f"PATCH {GROUP}/clusterexternalsecrets/fleet/status",
            f"POST {GROUP}/namespaces/a/externalsecrets",
        ]
        # Nothing of what was written comes back from this server, so the first child is asked for again.
        client.namespaces.put_nowait(namespace("c", "8", meant=True))
        assert f"POST {GROUP}/namespaces/c/externalsecrets" in await client.next_calls(3)
        assert controller.is_live


async def test_what_pushes_is_answered() -> None:
    client = ScriptedClient(pushsecrets=[PUSH])
    async with Running(client):
        path = "/apis/external-secrets.io/v1alpha1/namespaces/a/pushsecrets/push/status"
        assert await client.next_calls(1) == [f"PATCH {path}"]


@pytest.mark.parametrize(
    ("arguments", "watches_namespaces", "watches_owners"),
    [
        pytest.param([], True, True, id="by-default"),
        pytest.param(["--enable-cluster-external-secret-reconciler=false"], True, False, id="switched-off"),
        pytest.param(["--namespace=a"], False, False, id="in-one-namespace"),
    ],
)
async def test_watches(arguments: list[str], watches_namespaces: bool, watches_owners: bool) -> None:
    client = ScriptedClient(namespaces=[namespace("a", "2", meant=True)])
    async with Running(client, *arguments):
        assert ("/api/v1/namespaces" in client.watched) is watches_namespaces
        assert (f"{GROUP}/clusterexternalsecrets" in client.watched) is watches_owners
