"""Pods that are both ends of a flow, and the question whether it passes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import msgspec

from bulkhead_cluster.cluster import Cluster
from bulkhead_cluster.containers import exec_in
from bulkhead_cluster.settings import PAUSE_IMAGE
from bulkhead_testkit.admin import Admin, Manifest, wait_for

_RUNS_S: Final = 30.0
_ENFORCED_S: Final = 10.0
"""The agent needs a tenth of a second; the machine may be busy."""


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    status: _Status = _Status()


@dataclass(frozen=True, slots=True)
class Flows:
    """Two namespaces of listening Pods."""

    cluster: Cluster
    admin: Admin
    addresses: Mapping[str, str]
    """Of Pods, by `namespace/name`."""

    def passes(self, sender: str, target: str) -> bool:
        """Try one connection from a Pod, given as `namespace/name`, to `address:port`."""
        namespace, _, name = sender.partition("/")
        command = ["/pause", "dial", target]
        done = exec_in(self.cluster.kubeconfig, namespace=namespace, pod=name, container="flow", command=command)
        return done.exit_code == 0

    def wait_until(self, sender: str, target: str, *, passes: bool) -> None:
        """Wait until a connection passes, or does not."""
        what = f"{sender} to {target} {'passes' if passes else 'is refused'}"
        wait_for(lambda: True if self.passes(sender, target) is passes else None, what=what, timeout_s=_ENFORCED_S)

    @contextmanager
    def policy(self, namespace: str, spec: Mapping[str, object]) -> Iterator[None]:
        """Have a NetworkPolicy for a while."""
        manifest: Manifest = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "tried", "namespace": namespace},
            "spec": spec,
        }
        self.admin.delete(manifest)
        self.admin.create(manifest)
        try:
            yield
        finally:
            self.admin.delete(manifest)


def start_pods(admin: Admin, names: Sequence[str], *, ports: Sequence[int]) -> Mapping[str, str]:
    """Start listening Pods, given as `namespace/name`, and give their addresses by name once they run."""
    for namespace in sorted({name.partition("/")[0] for name in names}):
        labels = {"team": namespace}
        admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
        account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        wait_for(lambda path=account: admin.get(path, msgspec.Raw), what=account, timeout_s=_RUNS_S)  # type: ignore[misc]  # a default binds the loop's value
    for name in names:
        admin.apply(pod_manifest(name, ports=ports))
    return {name: _address(admin, name) for name in names}


def pod_manifest(name: str, *, ports: Sequence[int], image: str = PAUSE_IMAGE, **spec: object) -> Manifest:
    """Describe a Pod that listens on some ports, the first of which is called `door`."""
    namespace, _, own = name.partition("/")
    container = {
        "name": "flow",
        "image": image,
        "imagePullPolicy": "Never",
        "args": ["listen", *map(str, ports)],
        "ports": [{"name": "door", "containerPort": ports[0]}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": own, "namespace": namespace, "labels": {"app": own}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
            **spec,
        },
    }


def wait_running(admin: Admin, name: str) -> None:
    """Wait until a Pod, given as `namespace/name`, runs."""
    _address(admin, name)


def _address(admin: Admin, name: str) -> str:
    namespace, _, own = name.partition("/")

    def look() -> str | None:
        seen = admin.get(f"/api/v1/namespaces/{namespace}/pods/{own}", _Pod)
        return seen.status.pod_ip if seen and seen.status.phase == "Running" else None

    return wait_for(look, what=f"Pod {name} Running", timeout_s=_RUNS_S)
