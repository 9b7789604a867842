"""Names, addresses and places of one node; pure.

A node sees its folder always at the same short place, whatever the folder is called on the host: paths of sockets may
not be longer than about a hundred bytes.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

INSIDE: Final = Path("/run/bulkhead")
"""The node's folder as its own processes see it."""
CONTAINERD: Final = Path("/run/containerd/containerd.sock")
"""The container runtime's socket, in the node's own /run."""
NODE_NAME: Final = "bulkhead-node"
"""Of the Node and the host name; each cluster has one node."""
POD_SUBNET: Final = "10.244.0.0/24"
"""Of Pods; nobody outside of the node sees it, so all clusters have the same."""
KUBERNETES_SERVICE: Final = "10.96.0.1"
"""The Service `kubernetes`: the first address of the API server's `--service-cluster-ip-range`."""
DNS_SERVICE: Final = "10.96.0.10"
"""The Service `kube-dns`."""
CLUSTER_DOMAIN: Final = "cluster.local"
API_PORT: Final = 6443
NUMBERS: Final = range(256)
"""How many clusters a machine can hold: one for each 10.251.x.0/24."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the starter found and decided, and the node must know: `plan.json` in the folder."""

    number: int
    """One of `NUMBERS`; no two clusters of a machine have the same."""
    folder: str
    """The node's folder as the host calls it, for what people on the host read."""
    programs: dict[str, str]
    """Paths by name: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy."""
    cni_plugins: str
    """The folder of the network plugins."""
    archives: list[str]
    """Images to import before the first Pod."""


def cgroup_of(folder: Path) -> str:
    """Give the name of the control group, in every hierarchy, below which all Pods of a folder's node are.

    It comes from the folder and not from the number, which another cluster may take while this one's group goes.
    """
    return f"bulkhead-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Place:
    """What the number of a cluster decides."""

    number: int

    @property
    def host_address(self) -> str:
        """Give the host's end of the link."""
        return f"10.251.{self.number}.1"

    @property
    def node_address(self) -> str:
        """Give the node's end of the link, where the API server and kubelet listen."""
        return f"10.251.{self.number}.2"

    @property
    def prefix(self) -> int:
        """Give the length of the link's network prefix, in bits."""
        return 24

    @property
    def link(self) -> str:
        """Give the name of the link on the host; at most 15 bytes."""
        return f"bulkhead-{self.number}"

    @property
    def server(self) -> str:
        """Give the API server's URL, the same from the host, the node and Pods."""
        return f"https://{self.node_address}:{API_PORT}"


@dataclass(frozen=True, slots=True)
class Files:
    """What is where in a node's folder, seen from inside or from the host."""

    folder: Path

    @property
    def plan(self) -> Path:
        """Give the file of the `Plan`, which the node waits for."""
        return self.folder / "plan.json"

    @property
    def ready(self) -> Path:
        """Give the file that appears when the node is ready."""
        return self.folder / "ready"

    @property
    def pids(self) -> Path:
        """Give the file with the process ids, as the node sees them, by name."""
        return self.folder / "pids.json"

    @property
    def logs(self) -> Path:
        """Give the folder of logs, one file a process."""
        return self.folder / "logs"

    @property
    def log(self) -> Path:
        """Give the log of the node's first process."""
        return self.logs / "node.log"

    @property
    def pki(self) -> Path:
        """Give the folder of keys and certificates."""
        return self.folder / "pki"

    @property
    def kubeconfig(self) -> Path:
        """Give the administrator's kubeconfig for the host."""
        return self.folder / "kubeconfig"

    @property
    def snapshotter(self) -> Path:
        """Give the file that names how containerd lays layers over each other here."""
        return self.folder / "snapshotter"

    @property
    def policy_ready(self) -> Path:
        """Give the file that is there while the NetworkPolicy agent's rules are the cluster's."""
        return self.folder / "policy.ready"
