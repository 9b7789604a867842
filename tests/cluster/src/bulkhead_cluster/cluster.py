"""A real cluster for tests, the demo and the drill, as a context."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from bulkhead_cluster import background
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import NODE_NAME, Files, Place
from bulkhead_cluster.node import import_image
from bulkhead_cluster.programs import environment
from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.process import Process
from bulkhead_testkit.toolchain import CHECKOUT

RUN: Final = CHECKOUT / ".run" / "cluster"
"""The folder of `make cluster`."""
_RUN_S: Final = 30
_BACK_S: Final = 60.0


class Cluster:
    """A cluster of one real node; use as a context manager.

    One of its own ends with the context, with this interpreter at the latest. Its logs are kept if the context ends by
    an exception, and their place is printed.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Describe the cluster; `with` starts it.

        Args:
            folder: for all that it is, removed afterwards; None means a temporary one.
        """
        self._folder = (folder or Path(tempfile.mkdtemp(prefix="bulkhead-cluster-"))).absolute()
        self._own = True
        self._foreign: Path | None = None
        self._process: Process | None = None

    @classmethod
    def existing(cls, kubeconfig: Path) -> Self:
        """Use somebody's own cluster: nothing of it is started or stopped, and no image can be brought to its node."""
        cluster = cls(kubeconfig.parent)
        cluster._own, cluster._foreign = False, kubeconfig
        return cluster

    @classmethod
    @contextmanager
    def running_or_own(cls) -> Iterator[Self]:
        """Give the cluster of `make cluster` if it is up, else one that ends with the context."""
        if Files(RUN).ready.exists() and background.first_process(RUN) is not None:
            cluster = cls(RUN)
            cluster._own = False
            yield cluster
            return
        with cls() as cluster:
            yield cluster

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self._foreign or Files(self._folder).kubeconfig

    @property
    def node_name(self) -> str:
        """The name of the Node object; of any, where somebody's own cluster has several."""
        if self._foreign is None:
            return NODE_NAME
        with Admin(self.kubeconfig) as admin:
            nodes = admin.get("/api/v1/nodes", _Nodes)
        if nodes is None or not nodes.items:
            raise ClusterError("this cluster has no node")
        return nodes.items[0].metadata.name

    @property
    def server(self) -> str:
        """The API server's URL, the same on the host and in Pods."""
        return self._place.server

    @property
    def host_address(self) -> str:
        """The host's end of the link to the node; Pods cannot reach it."""
        return self._place.host_address

    @property
    def logs(self) -> Path:
        """One file a process of the node; below `pods` those of containers."""
        return Files(self._folder).logs

    @property
    def audit_log(self) -> Path:
        """What `bulkhead_testkit.audit.read_events` reads."""
        return self.logs / "audit.log"

    @property
    def pids(self) -> Mapping[str, int]:
        """The node's processes by name, with their ids on the node; one that ended has another after a second."""
        return msgspec.json.decode(Files(self._folder).pids.read_bytes(), type=dict[str, int])

    def import_image(self, archive: Path) -> None:
        """Make an image known to the node under the name that it carries.

        Raises:
            ClusterError: the container runtime refused it, or this is somebody's own cluster.
        """
        enter = self._enter()
        import_image(archive, Files(self._folder).snapshotter.read_text(), enter=enter)

    def run_on_node(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        """Run a program of the host as the node's own: in its network, with its processes and mounts.

        Raises:
            ClusterError: this is somebody's own cluster.
        """
        return subprocess.run(
            [*self._enter(), *command], capture_output=True, timeout=_RUN_S, check=False, env=environment()
        )

    def restart_kubelet(self) -> None:
        """End kubelet, wait for the next one and until that knows its Pods and has told the API server about its node.

        Raises:
            ClusterError: it did not come back.
            AdminError: the node is not ready.
        """
        self._enter()
        before = self.pids["kubelet"]
        with Admin(self.kubeconfig) as admin:
            lease = _renewed(admin)
            # Inside, as process ids are the node's own.
            killed = self.run_on_node(["kill", "-TERM", str(before)])
            if killed.returncode != 0:
                raise ClusterError(f"kubelet: {killed.stderr.decode().strip()}")
            wait_for(lambda: True if self.pids["kubelet"] != before else None, what="kubelet", timeout_s=_BACK_S)
            wait_for(lambda: True if _renewed(admin) != lease else None, what="kubelet's lease", timeout_s=_BACK_S)
            # Before, it says to an exec that there is no such Pod. It learns of all Pods at once.
            wait_for(lambda: _pods(admin).items or None, what="kubelet's Pods", timeout_s=_BACK_S)

    @property
    def _place(self) -> Place:
        plan = background.plan_of(self._folder)
        if plan is None:
            raise ClusterError(f"no cluster runs in {self._folder}")
        return Place(plan.number)

    def _enter(self) -> list[str]:
        if self._foreign is not None:
            raise ClusterError("this is somebody's own cluster: its node cannot be reached from here")
        return background.enter(self._folder)

    def __enter__(self) -> Self:
        if self._own:
            # A run that was killed may have left it.
            background.stop(self._folder)
            self._process = background.start(self._folder, detached=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._own:
            return
        background.stop(self._folder, keep_files=error is not None)
        if self._process is not None:
            self._process.stop()
        if error is not None:
            print(f"cluster: its logs are kept in {self.logs}", file=sys.stderr, flush=True)


class _Spec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    renew_time: str = ""


class _Lease(msgspec.Struct, frozen=True, kw_only=True):
    spec: _Spec = _Spec()


def _renewed(admin: Admin) -> str:
    lease = admin.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{NODE_NAME}", _Lease)
    return lease.spec.renew_time if lease else ""


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class _Node(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata


class _Nodes(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Node]


class _Pods(msgspec.Struct, frozen=True, kw_only=True):
    items: list[msgspec.Raw] | None = None


def _pods(admin: Admin) -> _Pods:
    """Ask kubelet itself which Pods it has."""
    try:
        return admin.get(f"/api/v1/nodes/{NODE_NAME}/proxy/pods", _Pods) or _Pods()
    except AdminError:
        # It does not listen yet.
        return _Pods()
