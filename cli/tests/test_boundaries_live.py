"""`bulkhead boundaries --live`: what is asked of the API server, and what is said when a right is missing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from bulkhead_testkit.canary import search
from bulkhead_testkit.command import Command, Ended
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer, Object
from bulkhead_testkit.installations import INSTALLATION

pytestmark = pytest.mark.slow

CANARY: Final = "canary-51d27f3a9c"
RESOURCES: Final = {
    "Deployment": "apps/v1/deployments",
    "ConfigMap": "v1/configmaps",
    "ServiceAccount": "v1/serviceaccounts",
    "Secret": "v1/secrets",
    "ClusterRole": "rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "rbac.authorization.k8s.io/v1/roles",
    "RoleBinding": "rbac.authorization.k8s.io/v1/rolebindings",
    "NetworkPolicy": "networking.k8s.io/v1/networkpolicies",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
}
LABELLED: Final = ("Deployment", "ConfigMap")


def kubeconfig_of(server: FakeApiServer) -> dict[str, object]:
    cluster = {"server": server.config.server, "certificate-authority": str(server.directory / "ca.crt")}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"tokenFile": str(server.directory / "token")}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "here",
    }


def labelled(value: Object) -> Object:
    metadata = value["metadata"]
    assert isinstance(metadata, dict)
    metadata["labels"] = {"app.kubernetes.io/instance": "b"}
    return value


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeApiServer]:
    async with FakeApiServer(tmp_path / "api") as server:
        for value in yaml.safe_load_all(INSTALLATION):
            server.put(RESOURCES[value["kind"]], labelled(value) if value["kind"] in LABELLED else value)
        secret: Object = {"metadata": {"name": "s", "namespace": "system"}, "data": {"token": CANARY}}
        server.put(RESOURCES["Secret"], secret)
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig_of(server)))
        yield server


async def live(run: Command, *arguments: str, release: str = "b") -> Ended:
    where = ["--live", "--kubeconfig", "kubeconfig", "-n", "system", "--release", release]
    return await asyncio.to_thread(run, "boundaries", *where, *arguments)


@pytest.mark.usefixtures("server")
async def test_the_same_is_told_of_a_cluster_as_of_its_manifests(run: Command, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(INSTALLATION)
    of_manifests = await asyncio.to_thread(run, "boundaries", "--manifests", "m.yaml", "-o", "json")
    assert (await live(run, "-o", "json")).out == of_manifests.out


async def test_only_lists_are_asked_for_and_of_secrets_metadata_alone(run: Command, server: FakeApiServer) -> None:
    ended = await live(run)
    assert {call.verb for call in server.calls} == {"list"}
    assert server.metadata_lists == ["v1/secrets"]
    assert search({"out": ended.out, "err": ended.err.encode()}, CANARY.encode()) == []


async def test_a_binding_that_somebody_added_shows(run: Command, server: FakeApiServer) -> None:
    server.put(
        RESOURCES["ClusterRoleBinding"],
        {
            "metadata": {"name": "quick-fix"},
            "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "Group", "name": "system:serviceaccounts:system"}],
        },
    )
    assert b'"controller/api/*/*.*/*/*"' in (await live(run, "-o", "json")).out


async def test_what_every_cluster_gives_to_everybody_does_not_show(run: Command, server: FakeApiServer) -> None:
    server.put(
        RESOURCES["ClusterRoleBinding"],
        {
            "metadata": {"name": "system:discovery", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
            "roleRef": {"kind": "ClusterRole", "name": "system:discovery"},
            "subjects": [{"kind": "Group", "name": "system:authenticated"}],
        },
    )
    assert b"system:discovery" not in (await live(run, "-o", "json")).out


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        pytest.param(Failure(status=403, reason="Forbidden"), "deployments: access denied; you need", id="a-right"),
        pytest.param(Failure(status=401, reason="Unauthorized"), "log in again", id="a-login"),
        pytest.param(
            Failure(status=500, reason="Internal"), "deployments: list in namespace system: 500", id="a-server"
        ),
    ],
)
async def test_the_command_says_what_is_missing(
    failure: Failure, says: str, run: Command, server: FakeApiServer
) -> None:
    server.fail("list", failure)
    ended = await live(run)
    assert ended.status == 2
    assert says in ended.err


@pytest.mark.usefixtures("server")
async def test_a_release_that_is_not_there_is_named(run: Command) -> None:
    ended = await live(run, release="other")
    assert ended.status == 2
    assert "app.kubernetes.io/instance=other" in ended.err


async def test_a_server_that_is_not_there_is_no_defect(run: Command, server: FakeApiServer) -> None:
    await server.stop()
    ended = await live(run)
    assert ended.status == 2
    assert "not reached" in ended.err
