"""API servers for the tests of the client and the watch: a fake one for each test, and one real for all."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.fake_api_server import FakeApiServer
from bulkhead_testkit.kubeconfig import write_service_account_files


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeApiServer]:
    async with FakeApiServer(tmp_path / "api") as server:
        yield server


@pytest.fixture
async def client(fake: FakeApiServer) -> AsyncIterator[KubeClient]:
    async with KubeClient(fake.config) as client:
        yield client


@pytest.fixture(scope="session")
def real_config(shared_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> KubeConfig:
    """Lead to the real API server as a ServiceAccount that may do everything."""
    plane = shared_plane
    with Admin(plane.admin_kubeconfig) as admin:
        admin.apply(
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": "runtime-tests", "namespace": "default"},
            }
        )
        admin.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "runtime-tests"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "runtime-tests", "namespace": "default"}],
            }
        )
    files = write_service_account_files(
        tmp_path_factory.mktemp("runtime-tests"),
        server=plane.server,
        ca_file=plane.ca_file,
        admin_kubeconfig=plane.admin_kubeconfig,
        namespace="default",
        name="runtime-tests",
    )
    return KubeConfig(server=plane.server, directory=files.folder)


# What a test asks for while it runs is not in its signature, so the mark says which worker has the plane.
@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.slow, pytest.mark.xdist_group("plane")])])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[KubeClient]:
    """Give a client of the fake, then of the real API server: what holds for one must hold for the other."""
    if request.param == "real":
        config: KubeConfig = request.getfixturevalue("real_config")
        async with KubeClient(config) as client:
            yield client
        return
    folder: Path = request.getfixturevalue("tmp_path")
    async with FakeApiServer(folder / "either") as server, KubeClient(server.config) as client:
        yield client


@pytest.fixture
def unique() -> str:
    """Give a name that no other test uses, as tests share the real server."""
    return f"t-{uuid.uuid4().hex[:8]}"
