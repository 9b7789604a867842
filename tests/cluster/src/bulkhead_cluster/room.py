"""A node's own view of the machine's files, so that no path it writes is the host's.

Kubelet, containerd and CNI plugins write to places that no setting moves, and kubelet sets three sysctls of the whole
machine. In a mount namespace of its own, the node finds files of its own there; all end with the namespace, however
that ends. Runs as the first process of the namespaces, before any other.
"""

import ctypes
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from bulkhead_cluster.layout import INSIDE, Files
from bulkhead_cluster.settings import KERNEL

_BIND: Final = 0x1000
_MOVE: Final = 0x2000
_RECURSIVE: Final = 0x4000
_SHARED: Final = 0x100000
_NOSUID_NODEV: Final = 0x2 | 0x4
"""Linux, `mount(2)`: flags."""

_UNMOVABLE: Final[Mapping[Path, Collection[str]]] = {
    # kubelet: device-plugins and plugins; libcni: its cache of results.
    Path("/var/lib"): ("kubelet", "cni"),
    # kubelet: links to each container's log.
    Path("/var/log"): ("containers", "pods"),
}
"""Folders by the name of their parent, which the node gets empty."""

_libc: Final = ctypes.CDLL(None, use_errno=True)


def settle(folder: Path) -> None:
    """Give the calling process and all that it will start their own view, with the node's folder at `INSIDE`.

    Raises:
        OSError: the kernel refused a mount.
    """
    # A folder below /run is hidden by the next mount, but not from whom it is the current one.
    os.chdir(folder)
    _mount("tmpfs", "/run", "tmpfs", _NOSUID_NODEV, "mode=755")
    INSIDE.mkdir()
    _mount(".", str(INSIDE), "", _BIND | _RECURSIVE)
    os.chdir(INSIDE)
    for parent, names in _UNMOVABLE.items():
        _empty_in(parent, names)
    for name, wanted in KERNEL.items():
        _pretend(Path("/proc/sys") / name, wanted)
    # Kubelet wants mounts below its root to reach containers that ask for propagation.
    _mount("", "/", "", _SHARED | _RECURSIVE)
    Files(INSIDE).snapshotter.write_text(_snapshotter())


def _empty_in(parent: Path, names: Collection[str]) -> None:
    """Put a folder in the parent's place that has all that it has, but these folders, which are empty."""
    copy = Path("/run/without") / parent.name
    copy.mkdir(parents=True)
    _mount("tmpfs", str(copy), "tmpfs", _NOSUID_NODEV, "mode=755")
    for name in names:
        (copy / name).mkdir()
    for entry in parent.iterdir():
        if entry.name not in names:
            _repeat(entry, copy / entry.name)
    _mount(str(copy), str(parent), "", _MOVE)


def _repeat(entry: Path, there: Path) -> None:
    if entry.is_symlink():
        there.symlink_to(entry.readlink())
        return
    if entry.is_dir():
        there.mkdir()
    else:
        there.touch()
    _mount(str(entry), str(there), "", _BIND | _RECURSIVE)


def _pretend(file: Path, wanted: str) -> None:
    """Let a file of the kernel say what kubelet wants to read, and keep from the kernel what it writes."""
    if not file.exists() or file.read_text().strip() == wanted:
        return
    copy = Path("/run/kernel") / file.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(f"{wanted}\n")
    _mount(str(copy), str(file), "", _BIND)


def _snapshotter() -> str:
    """Say how containerd can lay layers over each other: overlayfs does not lie on itself, which containers have."""
    trial = INSIDE / "trial"
    names = ("lower", "upper", "work", "merged")
    for name in names:
        (trial / name).mkdir(parents=True)
    lower, upper, work, merged = (str(trial / name) for name in names)
    try:
        _mount("overlay", merged, "overlay", 0, f"lowerdir={lower},upperdir={upper},workdir={work}")
        # The mount alone also succeeds where only reading would.
        (trial / "merged" / "file").touch()
    except OSError:
        return "native"
    return "overlayfs"


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    arguments = (source or None, target, kind or None)
    encoded = [None if text is None else os.fsencode(text) for text in arguments]
    if _libc.mount(*encoded, ctypes.c_ulong(flags), os.fsencode(data) if data else None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount on {target}: {os.strerror(number)}")
