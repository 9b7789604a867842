"""The shared control plane for all tests of the kit that only use it; a test that breaks it starts its own."""

from collections.abc import Iterator

import pytest

from bulkhead_testkit.admin import Admin
from bulkhead_testkit.controlplane import ControlPlane


@pytest.fixture(scope="session")
def plane(shared_plane: ControlPlane) -> ControlPlane:
    return shared_plane


@pytest.fixture(scope="session")
def admin(plane: ControlPlane) -> Iterator[Admin]:
    with Admin(plane.admin_kubeconfig) as admin:
        yield admin
