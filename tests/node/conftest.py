"""One node for all tests of a worker, and an installation on it for each topology that a module asks for."""

from collections.abc import Iterator

import pytest
from installation import Shop

from bulkhead_cluster.cluster import Cluster
from bulkhead_demo.cluster_demo.images import OPENBAO, build_images, reference
from bulkhead_demo.cluster_demo.openbao_pod import OpenBaoPod
from bulkhead_demo.cluster_demo.release import Release, values_for
from bulkhead_demo.shop import open_shop
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.stack import VAULT_MOUNT


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    archives = build_images()
    with Cluster() as node:
        for archive in archives:
            node.import_image(archive)
        yield node


@pytest.fixture(scope="session")
def admin(cluster: Cluster) -> Iterator[Admin]:
    with Admin(cluster.kubeconfig) as client:
        yield client


@pytest.fixture(scope="session")
def bao(admin: Admin) -> OpenBaoPod:
    pod = OpenBaoPod(admin, image=reference(OPENBAO))
    pod.start()
    pod.enable_kv(VAULT_MOUNT)
    return pod


@pytest.fixture(scope="module")
def shop(cluster: Cluster, admin: Admin, bao: OpenBaoPod, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Install the topology that the module names in TOPOLOGY, sync the examples, and take all of it away at the end."""
    values = values_for(bao_address=bao.address, topology=request.module.TOPOLOGY)
    release = Release(admin=admin, kubeconfig=cluster.kubeconfig, values=values)
    release.prepare(bao)
    release.install()
    release.wait_ready()
    opened = Shop(cluster=cluster, admin=admin, bao=bao, release=release)
    open_shop(opened)
    yield opened
    release.remove_all()
