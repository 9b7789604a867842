"""/metrics over TLS: the certificate that is there at each handshake, and who may read."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.health import Address, serve_http
from bulkhead_runtime.kube.access import Access, Reviewer
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.metrics_server import serve_metrics
from bulkhead_runtime.serving_tls import ServingCertificate, ServingFilesError
from bulkhead_runtime.spiffe import controller_id
from bulkhead_testkit.authority import Authority, Leaf, Usage

OWN = Leaf(spiffe_id=controller_id("bulkhead.local"), usage=Usage.CLIENT)
SERVING = Leaf(spiffe_id=OWN.spiffe_id, usage=Usage.SERVER, dns_names=["localhost"])


class Verdicts(Reviewer):
    """Says what the token says."""

    def __init__(self) -> None:
        super().__init__(KubeClient(KubeConfig(server="https://127.0.0.1:1", directory=Path("none"))), "/metrics")

    async def judge(self, token: SecretValue) -> Access:
        return Access[token.reveal().decode() or "UNKNOWN_TOKEN"]


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    type: str


async def get(
    address: Address,
    path: str = "/metrics",
    *,
    authority: Authority | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    tls = ssl.create_default_context()
    if authority is None:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    else:
        tls = ssl.create_default_context(cadata=authority.roots.decode())
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"https://localhost:{address.port}{path}", ssl=tls, headers=headers) as response,
    ):
        return Answer(response.status, await response.text(), response.headers["Content-Type"])


def certificate(folder: Path) -> ServingCertificate:
    return ServingCertificate(folder / "tls.crt", folder / "tls.key")


async def test_metrics_are_served_over_tls_and_nothing_else_is(tmp_path: Path) -> None:
    authority = Authority.new()
    folder = authority.issue(SERVING, tmp_path)
    async with serve_metrics("localhost:0", certificate(folder), reviewer=None) as address:
        answer = await get(address, authority=authority)
        assert (answer.status, "process_resident_memory_bytes" in answer.text) == (200, True)
        assert answer.type.startswith("text/plain")
        assert (await get(address, "/healthz", authority=authority)).status == 404
        with pytest.raises(aiohttp.ClientError):
            async with aiohttp.ClientSession() as session:
                await session.get(f"http://localhost:{address.port}/metrics")


async def test_the_processes_own_certificate_will_do(tmp_path: Path) -> None:
    folder = Authority.new().issue(OWN, tmp_path)
    async with serve_metrics("localhost:0", certificate(folder), reviewer=None) as address:
        assert (await get(address)).status == 200


async def test_a_new_certificate_is_served_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority.new(), Authority.new()
    async with serve_metrics("localhost:0", certificate(old.issue(SERVING, tmp_path)), reviewer=None) as address:
        assert (await get(address, authority=old)).status == 200
        new.issue(SERVING, tmp_path)
        assert (await get(address, authority=new)).status == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await get(address, authority=old)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda folder: (folder / "tls.key").write_text("half a k"), id="half-written"),
        pytest.param(lambda folder: (folder / "tls.crt").unlink(), id="gone"),
        pytest.param(lambda folder: Authority.new().issue(SERVING, folder / "x"), id="elsewhere"),
    ],
)
async def test_files_that_cannot_be_used_leave_the_old_certificate(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    authority = Authority.new()
    folder = authority.issue(SERVING, tmp_path)
    async with serve_metrics("localhost:0", certificate(folder), reviewer=None) as address:
        damage(folder)
        assert (await get(address, authority=authority)).status == 200
        authority.issue(SERVING, folder)
        assert (await get(address, authority=authority)).status == 200


def test_files_that_cannot_be_used_from_the_start_are_an_error_that_quotes_no_key(tmp_path: Path) -> None:
    with pytest.raises(ServingFilesError, match="No such file"):
        certificate(tmp_path)
    folder = Authority.new().issue(SERVING, tmp_path)
    (folder / "tls.key").write_text("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ServingFilesError) as refused:
        certificate(folder)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param({}, 401, id="no-token"),
        pytest.param({"Authorization": "Basic ALLOWED"}, 401, id="another-scheme"),
        pytest.param({"Authorization": "Bearer UNKNOWN_TOKEN"}, 401, id="a-token-that-nobody-knows"),
        pytest.param({"Authorization": "Bearer FORBIDDEN"}, 403, id="a-user-without-the-right"),
        pytest.param({"Authorization": "Bearer NOT_JUDGED"}, 503, id="no-judge"),
        pytest.param({"Authorization": "Bearer ALLOWED"}, 200, id="a-user-with-the-right"),
        pytest.param({"Authorization": "bearer ALLOWED"}, 200, id="a-scheme-in-lower-case"),
    ],
)
async def test_who_may_read_is_for_the_api_server_to_say(tmp_path: Path, header: dict[str, str], status: int) -> None:
    folder = Authority.new().issue(SERVING, tmp_path)
    async with serve_metrics("localhost:0", certificate(folder), reviewer=Verdicts()) as address:
        answer = await get(address, headers=header)
    assert answer.status == status
    assert ("process_resident_memory_bytes" in answer.text) is (status == 200)


async def test_probes_show_no_metrics_where_they_are_guarded() -> None:
    async with (
        serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: True, metrics=False) as address,
        aiohttp.ClientSession() as session,
        asyncio.timeout(5),
    ):
        found = [
            (await session.get(f"http://127.0.0.1:{address.port}{path}")).status for path in ("/readyz", "/metrics")
        ]
    assert found == [200, 404]
