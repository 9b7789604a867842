"""A controller and a provider server as processes that start before anybody has given them a certificate."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, SpiffeId, controller_id, provider_id
from bulkhead_testkit.authority import Authority, Denied, Leaf, Usage
from bulkhead_testkit.fake_api_server import FakeApiServer, Object
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process

pytestmark = pytest.mark.slow

TIMEOUT_S = 30.0
CONTROLLER = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
SERVER = Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "fake"), usage=Usage.SERVER)
STORES = "external-secrets.io/v1/secretstores"
STORE: Object = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "SecretStore",
    "metadata": {"name": "store", "namespace": "team-a"},
    "spec": {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}},
}


class Installation:
    """Both processes, over one API server; nothing runs yet."""

    def __init__(self, directory: Path, api: FakeApiServer) -> None:
        self.directory = directory
        self.api = api
        self.authority = Authority.new()
        self.ports = {"controller": free_port(), "provider": free_port()}
        self.tls = {name: directory / f"tls-{name}" for name in self.ports}
        self._listen = f"unix://{directory}/sockets/provider.sock"
        (directory / "policy.yaml").write_text('rules: [{namespaces: ["*"]}]')
        (directory / "credentials").mkdir()
        (directory / "sockets").mkdir(mode=0o750)
        providers = f"providers: [{{name: fake, address: '{self._listen}', stores: [fake]}}]"
        (directory / "providers.yaml").write_text(providers)

    def provider(self) -> Process:
        arguments = [
            *(f"--listen={self._listen}", f"--tls-dir={self.tls['provider']}"),
            f"--policy-file={self.directory / 'policy.yaml'}",
            f"--credentials-dir={self.directory / 'credentials'}",
            f"--live-addr=127.0.0.1:{self.ports['provider']}",
        ]
        return self._process("bulkhead_provider_fake", arguments)

    def controller(self) -> Process:
        arguments = [
            f"--tls-dir={self.tls['controller']}",
            f"--providers-file={self.directory / 'providers.yaml'}",
            *(f"--kube-api-server={self.api.config.server}", f"--kube-credentials={self.api.directory}"),
            *(f"--live-addr=127.0.0.1:{self.ports['controller']}", "--metrics-addr=", "--profile=eso-compat"),
        ]
        return self._process("bulkhead_controller", arguments)

    def _process(self, module: str, arguments: list[str]) -> Process:
        return Process(module, [sys.executable, "-m", module, *arguments], log=self.directory / f"{module}.log")

    async def status(self, process: str, path: str) -> int:
        """Give the status of a page of a process; 0 if nobody listens."""
        url = f"http://127.0.0.1:{self.ports[process]}{path}"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                return response.status
        except aiohttp.ClientError:
            return 0

    async def answers(self, process: str, path: str, want: int) -> bool:
        return await self.status(process, path) == want


async def until(ready: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        # Other processes decide when.
        while not await ready():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(("controller", "provider"), id="the-controllers-first"),
        pytest.param(("provider", "controller"), id="the-provider-servers-first"),
    ],
)
async def test_processes_that_start_before_their_certificates_wait_and_work_once_they_have(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    leaves = {"controller": CONTROLLER, "provider": SERVER}
    async with FakeApiServer(tmp_path / "api") as api:
        api.put(STORES, STORE)
        installation = Installation(tmp_path, api)
        with installation.controller() as controller, installation.provider() as provider:
            for name in order:
                await until(partial(installation.answers, name, "/healthz", 200))
                assert await installation.status(name, "/readyz") == 503
                assert await installation.status(name, "/tls") == 503
            for name in order:
                installation.authority.issue(leaves[name], installation.tls[name])
                await until(partial(installation.answers, name, "/readyz", 200))
                assert await installation.status(name, "/tls") == 200

            async def store_is_ready() -> bool:
                return b'"Valid"' in await api_state(api)

            await until(store_is_ready)
            assert (controller.running, provider.running) == (True, True)


async def api_state(api: FakeApiServer) -> bytes:
    headers = {"Authorization": f"Bearer {api.token}"}
    url = f"{api.config.server}/apis/external-secrets.io/v1/namespaces/team-a/secretstores/store"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url, ssl=False) as response:
        return await response.read()


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(SERVER, id="of-a-provider-server"),
        pytest.param(
            Leaf(spiffe_id=SpiffeId("other.local", "controller"), usage=Usage.CLIENT), id="of-another-trust-domain"
        ),
    ],
)
async def test_a_controller_ends_with_a_certificate(tmp_path: Path, leaf: Leaf) -> None:
    async with FakeApiServer(tmp_path / "api") as api:
        installation = Installation(tmp_path, api)
        installation.authority.issue(leaf, installation.tls["controller"])
        with installation.controller() as controller:
            assert await asyncio.to_thread(controller.wait, TIMEOUT_S) == 1
            assert "must be spiffe://bulkhead.local/controller" in controller.log_tail()


async def test_a_controller_waits_for_a_denylist_unless_told_otherwise(tmp_path: Path) -> None:
    async with FakeApiServer(tmp_path / "api") as api:
        installation = Installation(tmp_path, api)
        own = installation.authority.issue(CONTROLLER, installation.tls["controller"])
        (own / "denylist.jws").unlink()
        with installation.controller() as controller:
            controller.wait_until(lambda: "denylist.jws: there is none in date" in controller.log_tail(), TIMEOUT_S)
            assert await installation.status("controller", "/readyz") == 503
            installation.authority.deny(own, Denied())
            await until(partial(installation.answers, "controller", "/readyz", 200))
