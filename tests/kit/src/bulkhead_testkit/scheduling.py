"""Gives each group of tests to one worker of pytest-xdist; which test is in which group, `plugin` says.

The `loadgroup` of pytest-xdist 3.8 writes the group into a test's id in a way that pytest 9 does not read any more. So
the workers, which alone know the tests, write down the groups, and the scheduler reads them.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]  # the package has no types
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # the package has no types
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # the package has no types

from bulkhead_testkit.plugin import group_of

_INPUT: Final = "bulkhead_groups"
_FILE: Final = pytest.StashKey[Path]()


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # the package has no types
    """Takes the groups in the order of their first tests, each as a whole."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        """Make a scheduler; the groups are there once the workers have collected."""
        super().__init__(config, log)
        self._groups: Mapping[str, str] = {}

    def schedule(self) -> None:
        """Hand out the first groups."""
        self._groups = msgspec.json.decode(self.config.stash[_FILE].read_bytes(), type=dict[str, str])
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self._groups[nodeid]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Tell a worker where to write down the groups."""
    config: pytest.Config = node.config
    if _FILE not in config.stash:
        folder = tempfile.TemporaryDirectory(prefix="bulkhead-tests-")
        config.add_cleanup(folder.cleanup)
        config.stash[_FILE] = Path(folder.name) / "groups.json"
    node.workerinput[_INPUT] = str(config.stash[_FILE])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down the groups, before the worker says that it has collected."""
    given: Mapping[str, str] = getattr(session.config, "workerinput", {})
    if _INPUT not in given:
        return
    # Each worker writes the same, and none may read half of it.
    file = Path(given[_INPUT])
    fresh = file.with_suffix(f".{given['workerid']}")
    fresh.write_bytes(msgspec.json.encode({item.nodeid: group_of(item) for item in session.items}))
    fresh.replace(file)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup | None:
    """Choose the scheduler for `--dist loadgroup`."""
    return ByGroup(config, log) if config.getoption("dist") == "loadgroup" else None
