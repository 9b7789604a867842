"""The whole controller, wired, over a scripted API server and fake provider servers."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path

import msgspec

from bulkhead_controller.app import Controller
from bulkhead_controller.settings import Settings, settings_from_arguments
from bulkhead_runtime.kube.errors import FencedError, InvalidError
from bulkhead_testkit.fake_backends import FakeBackends
from bulkhead_testkit.fake_renderer import InProcessRenderer
from bulkhead_testkit.offline_client import Call, OfflineClient

STORE_METADATA = {"name": "vault", "namespace": "team-a", "uid": "s-1", "generation": 1}
STORE_SPEC: dict[str, object] = {"provider": {"fake": {}}}
STORE = {"metadata": {**STORE_METADATA, "resourceVersion": "5"}, "spec": STORE_SPEC}
EXTERNAL_SECRET = {
    "metadata": {"name": "app", "namespace": "team-a", "uid": "u-1", "generation": 1, "resourceVersion": "6"},
    "spec": {
        "secretStoreRef": {"name": "vault"},
        "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
    },
}
REQUIRED = [
    "--tls-dir=none",
    "--providers-file=none",
    "--kube-api-server=https://127.0.0.1:1",
    "--kube-credentials=none",
]
BOOKMARK = {"metadata": {"resourceVersion": "7", "annotations": {"k8s.io/initial-events-end": "true"}}}


class ScriptedClient(OfflineClient):
    """Streams one store and one ExternalSecret, and plays a written store status back into its watch."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.written = asyncio.Event()
        self.fenced = True
        self.may_write: Callable[[], bool] = lambda: True
        self.tried_unfenced = asyncio.Event()
        self._validated: asyncio.Queue[object] = asyncio.Queue()

    async def stream(
        self, path: str, *, query: Mapping[str, str], idle_timeout_s: float, accept: str = ""
    ) -> AsyncGenerator[bytes, None]:
        plural = path.rpartition("/")[2]
        there: dict[str, list[object]] = {"secretstores": [STORE], "externalsecrets": [EXTERNAL_SECRET]}
        for each in there.get(plural, []):
            yield _line("ADDED", each)
        yield _line("BOOKMARK", BOOKMARK)
        if plural != "secretstores":
            await asyncio.Event().wait()
        while True:
            yield _line("MODIFIED", await self._validated.get())

    async def answer(self, call: Call) -> bytes:
        if not self.may_write():
            raise FencedError(0, "NotLeading")
        self.calls.append(f"{call.method} {call.path}")
        if call.query and "dryRun" in call.query and not self.fenced:
            self.tried_unfenced.set()
        elif call.query and "dryRun" in call.query:
            raise InvalidError(422, "Invalid", message="bulkhead:namespace-protected: no")
        if call.path.endswith("secretstores/vault/status"):
            metadata = {**STORE_METADATA, "resourceVersion": "8"}
            self._validated.put_nowait({"metadata": metadata, "spec": STORE_SPEC, "status": call.body["status"]})
        if call.path.endswith("externalsecrets/app/status"):
            self.written.set()
        return b'{"metadata": {"name": "app", "resourceVersion": "9"}}'


def _line(kind: str, value: object) -> bytes:
    return msgspec.json.encode({"type": kind, "object": value}) + b"\n"


def settings_of(folder: Path, profile: str = "strict", *more: str) -> Settings:
    (folder / "namespace").write_text("bulkhead-system")
    kube = ["--kube-api-server=https://127.0.0.1:1", f"--kube-credentials={folder}"]
    return settings_from_arguments(["--tls-dir=none", "--providers-file=none", f"--profile={profile}", *kube, *more])


async def test_controller_validates_the_store_and_then_syncs_who_waits_for_it(tmp_path: Path) -> None:
    client, backends = ScriptedClient(), FakeBackends()
    backends.values["db"] = b"value"
    controller = Controller(settings_of(tmp_path), client, backends, InProcessRenderer())
    was_ready = controller.is_ready
    running = asyncio.create_task(controller.run())
    async with asyncio.timeout(10):
        await client.written.wait()
    assert (was_ready, controller.is_ready, controller.is_live) == (False, True, True)
    assert client.calls == [
        "POST /api/v1/namespaces/bulkhead-system/secrets",
        "PATCH /apis/external-secrets.io/v1/namespaces/team-a/secretstores/vault/status",
        "POST /api/v1/namespaces/team-a/secrets",
        "PATCH /apis/external-secrets.io/v1/namespaces/team-a/externalsecrets/app/status",
    ]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_controller_starts_no_work_while_its_rights_are_not_fenced(tmp_path: Path) -> None:
    client = ScriptedClient()
    client.fenced = False
    controller = Controller(settings_of(tmp_path), client, FakeBackends(), InProcessRenderer())
    running = asyncio.create_task(controller.run())
    async with asyncio.timeout(10):
        await client.tried_unfenced.wait()
    assert (controller.is_ready, controller.is_live) == (False, True)
    assert set(client.calls) == {"POST /api/v1/namespaces/bulkhead-system/secrets"}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_controller_that_does_not_lead_is_ready_and_writes_nothing(tmp_path: Path) -> None:
    client, control, backends, leading = ScriptedClient(), ScriptedClient(), FakeBackends(), asyncio.Event()
    # As the real one does for whoever does not lead.
    client.may_write = leading.is_set
    backends.values["db"] = b"value"
    controller = Controller(settings_of(tmp_path), client, backends, InProcessRenderer(), control=control)
    running = asyncio.create_task(controller.run(leading))
    async with asyncio.timeout(10):
        while not controller.is_ready:  # noqa: ASYNC110 - the copies have no event that shows outside
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert (client.calls, controller.is_live) == ([], True)
        assert set(control.calls) == {"POST /api/v1/namespaces/bulkhead-system/secrets"}
        leading.set()
        await client.written.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_controller_asks_for_no_fence_in_the_profile_that_has_none(tmp_path: Path) -> None:
    client, backends = ScriptedClient(), FakeBackends()
    client.fenced = False
    backends.values["db"] = b"value"
    controller = Controller(settings_of(tmp_path, "eso-compat"), client, backends, InProcessRenderer())
    running = asyncio.create_task(controller.run())
    async with asyncio.timeout(10):
        await client.written.wait()
    assert "POST /api/v1/namespaces/bulkhead-system/secrets" not in client.calls
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_secret_stores_are_left_alone_when_their_reconciler_is_off(tmp_path: Path) -> None:
    client, backends = ScriptedClient(), FakeBackends()
    off = ["--enable-secret-store-reconciler=false", "--enable-flood-gate=false"]
    settings = settings_of(tmp_path, "eso-compat", *off)
    running = asyncio.create_task(Controller(settings, client, backends, InProcessRenderer()).run())
    async with asyncio.timeout(10):
        await client.written.wait()
    assert [call for call in client.calls if "secretstores" in call] == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
