"""What pytest needs to know of the kit: what whole test suites share, and which tests share it.

Loaded by `addopts` in pyproject.toml. With `-n`, all tests that use the same running thing go to the same worker, so
that it is started once, by the worker that needs it; `scheduling` sees to that.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

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
"""Which group a test is in that uses the fixture. A module with a `stack` of its own names a group by a mark."""

_LONGEST_FIRST: Final = ("integration", "eso-compat", "namespaced", "plane", "canary", "demo", "drill")
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes longest first where workers share the tests; alone, the files' order stays."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(group_of(item), slow=item.get_closest_marker("slow") is not None))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to say at the end; they say it by `record_property("summary", ...)`."""
    passed: list[pytest.TestReport] = terminalreporter.stats.get("passed", [])
    for name, text in sorted(each for report in passed for each in report.user_properties):
        if name == "summary":
            terminalreporter.write_line(str(text))


def group_of(item: pytest.Item) -> str:
    """Say with which other tests a test has to be on one worker: by a mark, by the running thing it uses, by module."""
    marker = item.get_closest_marker("xdist_group")
    if marker is not None:
        return str(marker.args[0])
    used: list[str] = getattr(item, "fixturenames", [])
    for fixture, group in _GROUP_OF_FIXTURE.items():
        if fixture in used:
            return group
    # Module fixtures start servers too, so a module is not torn apart. A stack is the one of the test's folder.
    return item.path.parent.name if "stack" in used else item.nodeid.partition("::")[0]


def rank(group: str, *, slow: bool) -> int:
    """Say how late a group's turn is; what is slow comes before what is not."""
    known = len(_LONGEST_FIRST)
    return _LONGEST_FIRST.index(group) if group in _LONGEST_FIRST else known if slow else known + 1
