"""The shared control plane, on which the chart is installed with its default values."""

import pytest

from bulkhead_testkit.controlplane import ControlPlane


@pytest.fixture(scope="session")
def installed_plane(shared_plane: ControlPlane) -> ControlPlane:
    """A control plane on which Helm has installed the chart with its default values."""
    return shared_plane
