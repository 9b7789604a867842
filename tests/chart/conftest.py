"""One control plane with the chart installed, shared by all tests that need an API server."""

from collections.abc import Iterator

import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.controlplane import ControlPlane


@pytest.fixture(scope="session")
def installed_plane() -> Iterator[ControlPlane]:
    """A control plane on which Helm has installed the chart with its default values."""
    with ControlPlane(audited=False) as plane:
        helm.install({}, kubeconfig=plane.admin_kubeconfig)
        yield plane
