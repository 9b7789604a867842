"""Other containers' processes, where the kernel shows any."""

import ctypes
import os
import typing
from pathlib import Path

from bulkhead_demo.drill.thief.verdict import KERNEL, RefusedError, refused_by_os

_ATTACH, _DETACH = 16, 17
_Look = typing.Callable[[Path], str]


def environment() -> str:
    """Read the environment of another container's process."""
    return _of_any_other(lambda process: _read(process / "environ"))


def root() -> str:
    """List the root of another container's file system."""
    return _of_any_other(lambda process: str(len(os.listdir(process / "root"))))  # noqa: PTH208 - through a magic link


def descriptors() -> str:
    """List and look at the open files of another container's process."""
    return _of_any_other(_descriptors)


def memory() -> str:
    """Read from the memory of another container's process."""
    return _of_any_other(_memory)


def trace() -> str:
    """Attach a debugger to another container's process, and let it go."""
    return _of_any_other(_trace)


def signal() -> str:
    """Ask whether a signal could be sent to another container's process."""
    return _of_any_other(_signal)


def enter() -> str:
    """Enter the mount namespace of another container's process."""
    return _of_any_other(_enter)


def _of_any_other(look: _Look) -> str:
    refusal: RefusedError | None = None
    for process in _others():
        try:
            return look(process)
        except OSError as error:
            refusal = refusal or refused_by_os(KERNEL, error)
    raise refusal or RefusedError(KERNEL, "none to be seen")


def _others() -> list[Path]:
    """Give the processes in /proc that are in another container, by their cgroup, which anybody may read."""
    own = Path("/proc/self/cgroup").read_text()
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cgroup").read_text() != own:
                found.append(process)
        except OSError:
            continue
    return found


def _read(path: Path) -> str:
    path.read_bytes()
    return "read"


def _descriptors(process: Path) -> str:
    for name in os.listdir(process / "fd"):  # noqa: PTH208 - through a magic link
        (process / "fd" / name).readlink()
    return "read"


def _memory(process: Path) -> str:
    first = int((process / "maps").read_text().split("-", 1)[0] or "0", 16)
    with (process / "mem").open("rb", buffering=0) as memory:
        memory.seek(first)
        memory.read(16)
    return "read"


def _trace(process: Path) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(_ATTACH, int(process.name), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(int(process.name), 0x40000000)
    libc.ptrace(_DETACH, int(process.name), 0, 0)
    return "attached"


def _signal(process: Path) -> str:
    os.kill(int(process.name), 0)
    return "could"


def _enter(process: Path) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    opened = os.open(process / "ns" / "mnt", os.O_RDONLY)
    try:
        if libc.setns(opened, 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(opened)
    return "entered"
