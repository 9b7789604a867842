"""`bulkhead certs` with a kubeconfig: the two ConfigMaps, and what is said when a right or an object is missing."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_api.certificates import REQUESTS_KEY, STATUS_KEY
from bulkhead_api.meta import ObjectMeta
from bulkhead_cli.certs.documents import requests_from, text_of_document
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_testkit.certificate_status import STATUS
from bulkhead_testkit.command import Command, Ended
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer

pytestmark = pytest.mark.slow

NAMESPACE: Final = "secrets"


class Stored(msgspec.Struct):
    metadata: ObjectMeta
    data: dict[str, str] = {}


def config_map(name: str, **data: str) -> dict[str, object]:
    metadata = {"name": f"our-certificate-{name}", "namespace": NAMESPACE, "labels": {"app": "bulkhead"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **({"data": data} if data else {})}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeApiServer]:
    async with FakeApiServer(tmp_path / "api") as server:
        server.put("v1/configmaps", config_map("status", **{STATUS_KEY: text_of_document(STATUS)}))  # type: ignore[arg-type]  # plain JSON
        server.put("v1/configmaps", config_map("requests"))  # type: ignore[arg-type]  # plain JSON
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "c",
                    "cluster": {
                        "server": server.config.server,
                        "certificate-authority": str(server.directory / "ca.crt"),
                    },
                }
            ],
            "users": [{"name": "u", "user": {"tokenFile": str(server.directory / "token")}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
        yield server


async def certs(run: Command, *arguments: str) -> Ended:
    where = ["--kubeconfig", "kubeconfig", "--context", "here", "-n", NAMESPACE, "--release", "our"]
    return await asyncio.to_thread(run, "certs", *arguments, *where)


async def test_a_revocation_is_written_into_the_configmap_and_nothing_else_of_it_changes(
    run: Command, server: FakeApiServer
) -> None:
    ended = await certs(run, "revoke", "controller")
    assert (ended.status, ended.err) == (0, "")
    assert {call.verb for call in server.calls} == {"get", "update"}
    async with KubeClient(server.config) as client:
        stored = await client.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps/our-certificate-requests", Stored)
    assert stored.metadata.labels == {"app": "bulkhead"}
    asked = requests_from(stored.data[REQUESTS_KEY], "x")
    assert [each.identity for each in asked.revocations] == ["controller"]


async def test_a_conflict_is_tried_again(run: Command, server: FakeApiServer) -> None:
    server.fail("update", Failure(status=409, reason="Conflict"), times=2)
    assert (await certs(run, "rotate-ca")).status == 0


async def test_the_status_needs_no_right_to_the_requests(run: Command, server: FakeApiServer) -> None:
    ended = await certs(run, "status")
    assert b"provider-vault" in ended.out
    assert {call.name for call in server.calls} == {"our-certificate-status"}


@pytest.mark.parametrize(
    ("verb", "failure", "says"),
    [
        pytest.param(
            "get",
            Failure(status=403, reason="Forbidden"),
            "access denied; you need the right to get configmaps/our-certificate-requests there",
            id="the-right-to-read",
        ),
        pytest.param(
            "update",
            Failure(status=403, reason="Forbidden"),
            "access denied; you need the right to update configmaps/our-certificate-requests there",
            id="the-right-to-write",
        ),
        pytest.param(
            "get", Failure(status=404, reason="NotFound"), "not found; --namespace and --release", id="the-object"
        ),
        pytest.param("get", Failure(status=401, reason="Unauthorized"), "log in again", id="a-login"),
        pytest.param("update", Failure(status=500, reason="Internal"), "update: 500", id="a-server-that-works"),
    ],
)
async def test_the_command_says_what_is_missing(
    verb: str, failure: Failure, says: str, run: Command, server: FakeApiServer
) -> None:
    server.fail(verb, failure)
    ended = await certs(run, "rotate-ca")
    assert ended.status == 2
    assert says in ended.err


async def test_a_server_that_is_not_there_is_no_defect(run: Command, server: FakeApiServer) -> None:
    await server.stop()
    ended = await certs(run, "status")
    assert (ended.status, "the API server is not reached" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--kubeconfig", "absent"], "kubeconfig: ", id="file"),
        pytest.param(["--kubeconfig", "kubeconfig", "--context", "there"], "kubeconfig: ", id="context"),
    ],
)
@pytest.mark.usefixtures("server")
async def test_a_kubeconfig_without_the_named_is_refused(arguments: list[str], says: str, run: Command) -> None:
    ended = await asyncio.to_thread(run, "certs", "status", *arguments)
    assert ended.status == 2
    assert says in ended.err


def test_rendering_does_not_load_the_kubernetes_client() -> None:
    program = "import sys, bulkhead_cli.__main__; sys.exit('kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
