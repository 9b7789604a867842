"""The first process of a node: `python -m bulkhead_cluster.inside FOLDER`, in fresh namespaces of nearly every kind.

Not for use by hand; `background` starts it. All of the node ends with it, for the kernel ends a PID namespace with its
first process, and the other namespaces with their last.
"""

import socket
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster import cgroups, network, room
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import INSIDE, NODE_NAME, Files, Place, Plan, cgroup_of
from bulkhead_cluster.node import Node
from bulkhead_cluster.supervision import supervise

_PLAN_S: Final = 20.0
_POLL_S: Final = 0.02


def main(folder: Path) -> None:
    """Bring the node up and hold it until somebody kills this process.

    Raises:
        ClusterError: the starter never said how to go on; the errors of `Node.start` otherwise.
    """
    room.settle(folder)
    files = Files(INSIDE)
    plan = _wait_for(files.plan)
    socket.sethostname(NODE_NAME)
    network.furnish(Place(plan.number))
    cgroups.create(cgroup_of(folder))
    node = Node(plan)
    node.start()
    files.ready.touch()
    supervise(node.processes, files.pids, _say)


def _wait_for(file: Path) -> Plan:
    """A starter that was killed half way must not leave a process that waits for ever."""
    deadline = time.monotonic() + _PLAN_S
    while not file.exists():
        if time.monotonic() > deadline:
            raise ClusterError(f"no {file.name} after {_PLAN_S:g} s: the starter is gone")
        time.sleep(_POLL_S)
    return msgspec.json.decode(file.read_bytes(), type=Plan)


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
