"""The control group below which all Pods of a node are, in whatever hierarchies the machine has."""

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
_EMPTY_S: Final = 20.0
_POLL_S: Final = 0.05


def hierarchies(root: Path = _ROOT) -> Sequence[Path]:
    """Give the roots of all hierarchies: one with version 2, one for each set of controllers with version 1.

    Source: Linux, `cgroups(7)`.
    """
    if (root / "cgroup.controllers").exists():
        return [root]
    # Names of single controllers may be links to the folder of a pair.
    return sorted({folder.resolve() for folder in root.iterdir() if (folder / "cgroup.procs").exists()})


def controllers(root: Path = _ROOT) -> frozenset[str]:
    """Name the controllers that a container can be limited with; none where the hierarchy is mounted read-only."""
    writable = [folder for folder in hierarchies(root) if os.access(folder, os.W_OK)]
    if writable == [root]:
        return frozenset((root / "cgroup.controllers").read_text().split())
    return frozenset(name for folder in writable for name in folder.name.split(","))


def create(name: str, root: Path = _ROOT) -> None:
    """Make the group in every hierarchy."""
    for hierarchy in hierarchies(root):
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        # In version 1 a new group of this controller is empty, and an empty one takes no process.
        for file in ("cpuset.cpus", "cpuset.mems"):
            if (group / file).exists() and not (hierarchy / "cgroup.controllers").exists():
                (group / file).write_text((hierarchy / file).read_text())
        if (hierarchy / "cgroup.subtree_control").exists() and (hierarchy / "cgroup.controllers").exists():
            _hand_down(hierarchy)
            _hand_down(group)


def remove(name: str, root: Path = _ROOT) -> Sequence[Path]:
    """Remove the group and all below it, once their processes have ended.

    Returns:
        What is still there after twenty seconds, because a process in it did not end; empty as a rule.
    """
    deadline = time.monotonic() + _EMPTY_S
    while left := [path for hierarchy in hierarchies(root) if (path := hierarchy / name).exists()]:
        for path in left:
            _remove_tree(path)
        if time.monotonic() > deadline:
            return [path for path in left if path.exists()]
        time.sleep(_POLL_S)
    return []


def _hand_down(group: Path) -> None:
    # Who is not at the very root of version 2 may not hand down what it has processes in.
    with contextlib.suppress(OSError):
        names = (group / "cgroup.controllers").read_text().split()
        (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in names))


def _remove_tree(group: Path) -> None:
    for folder, _, _ in os.walk(group, topdown=False):
        # Not empty yet: the next round finds it.
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
