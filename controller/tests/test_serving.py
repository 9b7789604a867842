"""What a controller offers beside its work: where probes and metrics are, and when a Lease is needed."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from bulkhead_controller.serving import Standing, elector_from_settings, serve_probes, serve_secure_metrics
from bulkhead_controller.settings import Settings, settings_from_arguments
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.spiffe import controller_id
from bulkhead_runtime.tls import TlsSource
from bulkhead_runtime.trust import Trust
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.ports import free_port


class Working:
    """A controller that does its work, or hangs."""

    def __init__(self, *, is_live: bool = True) -> None:
        self.is_live = is_live
        self.is_ready = True


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def settings(folder: Path, *arguments: str) -> Settings:
    Authority.new().issue(Leaf(spiffe_id=controller_id("bulkhead.local"), usage=Usage.CLIENT), folder)
    required = ["--providers-file=none", "--kube-api-server=https://127.0.0.1:1", f"--kube-credentials={folder}"]
    addresses = [f"--{name}-addr=127.0.0.1:{free_port()}" for name in ("live", "metrics")]
    return settings_from_arguments([f"--tls-dir={folder}", *required, *addresses, *arguments])


def control() -> KubeClient:
    return KubeClient(KubeConfig(server="https://127.0.0.1:1", directory=Path("none")))


async def serve_endpoints(stack: AsyncExitStack, wanted: Settings) -> None:
    standing = Standing()
    standing.controller = Working()
    await serve_probes(stack, wanted, standing)
    await serve_secure_metrics(stack, wanted, control())


async def status(url: str) -> int:
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    async with aiohttp.ClientSession() as session, session.get(url, ssl=tls) as response:
        return response.status


async def test_metrics_are_plain_by_default(stack: AsyncExitStack, tmp_path: Path) -> None:
    wanted = settings(tmp_path)
    await serve_endpoints(stack, wanted)
    assert await status(f"http://{wanted.live_addr}/readyz") == 200
    assert await status(f"http://{wanted.metrics_addr}/metrics") == 200


async def test_guarded_metrics_are_in_one_place_and_probes_stay_plain(stack: AsyncExitStack, tmp_path: Path) -> None:
    wanted = settings(tmp_path, "--metrics-secure", "--metrics-auth")
    await serve_endpoints(stack, wanted)
    assert await status(f"http://{wanted.live_addr}/livez") == 200
    assert await status(f"http://{wanted.live_addr}/metrics") == 404
    assert await status(f"https://{wanted.metrics_addr}/metrics") == 401


async def test_secure_metrics_without_a_guard_are_for_everybody(stack: AsyncExitStack, tmp_path: Path) -> None:
    wanted = settings(tmp_path, "--metrics-secure")
    await serve_endpoints(stack, wanted)
    assert await status(f"https://{wanted.metrics_addr}/metrics") == 200


async def test_a_process_is_alive_and_not_ready_before_there_is_a_controller(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    wanted, standing = settings(tmp_path), Standing()
    await serve_probes(stack, wanted, standing)
    probes = ("healthz", "readyz", "tls")
    assert [await status(f"http://{wanted.live_addr}/{name}") for name in probes] == [200, 503, 503]
    trust = Trust(TlsSource(tmp_path))
    standing.controller, standing.tls_facts = Working(), trust.facts
    assert [await status(f"http://{wanted.live_addr}/{name}") for name in probes] == [200, 200, 200]
    standing.controller = Working(is_live=False)
    assert await status(f"http://{wanted.live_addr}/healthz") == 503


async def test_a_lease_is_wanted_only_when_asked_for_and_in_the_processes_own_namespace(tmp_path: Path) -> None:
    assert elector_from_settings(settings(tmp_path), control()) is None
    elected = settings(tmp_path, "--enable-leader-election")
    with pytest.raises(KubeConfigError, match="namespace"):
        elector_from_settings(elected, control())
    (tmp_path / "namespace").write_text("bulkhead-system")
    elector = elector_from_settings(elected, control())
    assert elector is not None
    assert elector._path.endswith("/namespaces/bulkhead-system/leases/external-secrets-controller")
    assert elector._candidacy.identity.startswith(f"{socket.gethostname()}_")
