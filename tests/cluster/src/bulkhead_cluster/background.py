"""Starts, finds and stops a node from the host.

A node is found by what the kernel knows of its first process and by the plan in its folder, so it can be stopped
whoever started it and however that one ended.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster import cgroups, network
from bulkhead_cluster.archives import own_archives
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import Files, Place, Plan, cgroup_of
from bulkhead_cluster.programs import environment, search_path
from bulkhead_cluster.requirements import cni_folder, require
from bulkhead_testkit.binaries import kube_binaries, node_binaries
from bulkhead_testkit.process import Process
from bulkhead_testkit.progress import Progress

_READY_S: Final = 180.0
_GONE_S: Final = 30.0
_POLL_S: Final = 0.05
_MODULE: Final = "bulkhead_cluster.inside"
_PROC: Final = Path("/proc")
_TAIL_LINES: Final = 20


def unshare_command(folder: Path) -> list[str]:
    """Give the command of a node: everything of its own but users, and killed with the one who unshares."""
    namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--mount-proc", "--kill-child"]
    return ["unshare", *namespaces, sys.executable, "-m", _MODULE, str(folder)]


def start(folder: Path, *, detached: bool) -> Process | None:
    """Start a node and wait until it is ready.

    Args:
        folder: absolute; everything of the node; made anew.
        detached: whether it goes on when this process ends.

    Returns:
        The process that holds a node which is not detached.

    Raises:
        ClusterError: something is missing on this machine, or the node did not get ready.
        BuildError, ToolchainError: see `binaries.kube_binaries`.
    """
    require()
    archives, programs = own_archives(), _programs()
    files = Files(folder)
    files.logs.mkdir(mode=0o755, parents=True)
    progress = Progress("cluster")
    progress.say(f"starting a node; its first log: {files.log}")
    process = None if detached else _bound(folder)
    running = _spawn_detached(folder) if process is None else _running_process(process.start())
    try:
        place = _link(folder, running)
        plan = Plan(
            number=place.number,
            folder=str(folder),
            programs=programs,
            cni_plugins=str(cni_folder()),
            archives=[str(archive) for archive in archives],
        )
        _write_plan(files, plan)
        _wait_until_ready(files, running, progress)
    except BaseException:
        stop(folder, keep_files=True)
        raise
    progress.say(f"ready after {progress.elapsed_s:.1f} s: KUBECONFIG={files.kubeconfig}")
    return process


def first_process(folder: Path) -> int | None:
    """Find the first process of a folder's node: its id on the host; None if none runs."""
    wanted = [_MODULE.encode(), os.fsencode(folder)]
    for entry in _PROC.iterdir():
        # It may end while it is looked at.
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and _arguments(entry)[-2:] == wanted and _is_first(entry):
                return int(entry.name)
    return None


def plan_of(folder: Path) -> Plan | None:
    """Read the plan of a folder's node; None if it has none."""
    try:
        return msgspec.json.decode(Files(folder).plan.read_bytes(), type=Plan)
    except FileNotFoundError:
        return None


def stop(folder: Path, *, keep_files: bool = False) -> bool:
    """End a node, whatever state it is in, and remove all that it was.

    Args:
        folder: of the node.
        keep_files: leaves the folder, for who wants to read logs.

    Returns:
        Whether there was anything.

    Raises:
        ClusterError: something of it is still there.
    """
    plan = plan_of(folder)
    found = folder.exists()
    if plan is not None and first_process(folder) is not None:
        # It would go with the namespace, but a moment later. Without a process it has gone, and the number may be
        # another cluster's.
        network.unlink(Place(plan.number))
    _kill_all(folder)
    left = cgroups.remove(cgroup_of(folder))
    if left:
        raise ClusterError(f"control groups are not empty: {', '.join(map(str, left))}")
    if not keep_files:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def enter(folder: Path) -> list[str]:
    """Give the command that runs another inside the folder's node.

    Raises:
        ClusterError: no node runs.
    """
    pid = first_process(folder)
    if pid is None:
        raise ClusterError(f"no cluster runs in {folder}")
    return ["nsenter", "--target", str(pid), "--mount", "--pid", "--net", "--uts", "--ipc", "--"]


def _arguments(entry: Path) -> list[bytes]:
    return (entry / "cmdline").read_bytes().removesuffix(b"\0").split(b"\0")


def _is_first(entry: Path) -> bool:
    """Tell the first process of a PID namespace from `unshare`, which waits for it, and from those it starts."""
    status = (entry / "status").read_text()
    numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
    return len(numbers) > 1 and numbers[-1] == "1"


def _programs() -> dict[str, str]:
    plane, node = kube_binaries(), node_binaries()
    return {
        "etcd": str(plane.etcd),
        "kube-apiserver": str(plane.kube_apiserver),
        "kube-controller-manager": str(plane.kube_controller_manager),
        "kube-scheduler": str(node.kube_scheduler),
        "kube-proxy": str(node.kube_proxy),
        "kubelet": str(node.kubelet),
    }


def _bound(folder: Path) -> Process:
    """Describe a node that ends with this interpreter."""
    return Process("cluster", unshare_command(folder), log=Files(folder).log, env={"PATH": search_path()})


def _spawn_detached(folder: Path) -> Callable[[], bool]:
    with Files(folder).log.open("wb") as log:
        child = subprocess.Popen(
            unshare_command(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment(),
        )
    return lambda: child.poll() is None


def _running_process(process: Process) -> Callable[[], bool]:
    return lambda: process.running


def _link(folder: Path, running: Callable[[], bool]) -> Place:
    """Link the node's network with the host's as soon as its first process is there."""
    deadline = time.monotonic() + _GONE_S
    while (pid := first_process(folder)) is None:
        if not running() or time.monotonic() > deadline:
            raise _failure(Files(folder), "its namespaces could not be made")
        time.sleep(_POLL_S)
    return network.link(pid)


def _write_plan(files: Files, plan: Plan) -> None:
    fresh = files.plan.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(plan))
    fresh.replace(files.plan)


def _wait_until_ready(files: Files, running: Callable[[], bool], progress: Progress) -> None:
    deadline = time.monotonic() + _READY_S
    while not files.ready.exists():
        if not running():
            raise _failure(files, "it ended before it was ready")
        if time.monotonic() > deadline:
            raise _failure(files, f"it was not ready after {_READY_S:g} s")
        progress.tick(f"waiting: {_last_line(files.log)}")
        time.sleep(_POLL_S)


def _failure(files: Files, what: str) -> ClusterError:
    failure = ClusterError(f"cluster: {what}: see {files.logs}")
    failure.add_note("\n".join(_lines(files.log)[-_TAIL_LINES:]))
    return failure


def _last_line(log: Path) -> str:
    lines = _lines(log)
    return lines[-1] if lines else "its first process starts"


def _lines(log: Path) -> Sequence[str]:
    return log.read_text(errors="replace").splitlines() if log.exists() else []


def _kill_all(folder: Path) -> None:
    """Kill the first process, and with it the whole PID namespace, and wait until the kernel is done."""
    deadline = time.monotonic() + _GONE_S
    while (pid := first_process(folder)) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise ClusterError(f"process {pid} does not end")
        time.sleep(_POLL_S)
