"""One real node for the whole run."""

from collections.abc import Iterator

import pytest

from bulkhead_cluster.cluster import Cluster
from bulkhead_testkit.admin import Admin


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster() as node:
        yield node


@pytest.fixture(scope="session")
def admin(cluster: Cluster) -> Iterator[Admin]:
    with Admin(cluster.kubeconfig) as client:
        yield client
