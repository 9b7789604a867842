"""What pytest needs to know of the kit: what whole test suites share, and which tests share it.

Loaded by `addopts` in pyproject.toml. With `-n`, every test that uses the same running thing goes to the same worker,
so that each thing is started once, by the worker that needs it; everything else goes by module.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]  # the package has no types
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]  # the package has no types

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.openbao import OpenBao

_GROUP_OF_FIXTURE: Final[Mapping[str, str]] = {
    "namespaced_stack": "namespaced",
    "eso_compat_stack": "eso-compat",
    "shared_plane": "plane",
}
"""Which worker's thing a fixture is. A test with another `stack` of its own names a group by a mark."""

_LONGEST_FIRST: Final = ("integration", "eso-compat", "namespaced", "canary", "plane", "drill", "demo")
"""Groups in the order in which workers take them, as the longest one decides when the run ends."""


@pytest.fixture(scope="session")
def shared_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An audited control plane with the chart's definitions, rights and policies, but no process of ours.

    For tests that use an API server and leave it as they found it: each in a namespace, or with cluster-wide names, of
    its own. A test may restart the API server, since no other test of its worker runs meanwhile.
    """
    with ControlPlane(tmp_path_factory.mktemp("shared-plane")) as plane:
        helm.install({}, kubeconfig=plane.admin_kubeconfig)
        with Admin(plane.admin_kubeconfig) as admin:
            wait_until_served(admin)
        yield plane


@pytest.fixture(scope="session")
def shared_openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """An OpenBao for all stacks of a worker; a test that seals or stops it brings it back."""
    with OpenBao(tmp_path_factory.mktemp("openbao")) as bao:
        yield bao


class ByWhatIsShared(LoadGroupScheduling):  # type: ignore[misc]  # the package has no types
    """Gives a group to one worker, and of the tests without a group, a module."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        # Module fixtures start servers too, so a module is not torn apart.
        return nodeid.partition("::")[0] if scope == nodeid else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWhatIsShared | None:
    """Choose the scheduler for `--dist loadgroup`."""
    return ByWhatIsShared(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name the group of a test by the running thing that it uses."""
    if item.get_closest_marker("xdist_group") is None and (group := _group_of(item)):
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes longest first where workers share the tests; alone, the files' order stays."""
    if hasattr(config, "workerinput"):
        items.sort(key=_rank)


def _group_of(item: pytest.Item) -> str | None:
    used: list[str] = getattr(item, "fixturenames", [])
    for fixture, group in _GROUP_OF_FIXTURE.items():
        if fixture in used:
            return group
    # The stack is the one of the test's folder.
    return item.path.parent.name if "stack" in used else None


def _rank(item: pytest.Item) -> int:
    marker = item.get_closest_marker("xdist_group")
    if marker is not None and marker.args[0] in _LONGEST_FIRST:
        return _LONGEST_FIRST.index(marker.args[0])
    return len(_LONGEST_FIRST) + (item.get_closest_marker("slow") is None)
