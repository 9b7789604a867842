"""A flow that must be refused, tried on every new cluster: an agent may believe in rules that the kernel ignores.

Two Pods, of which one gets a policy that allows it nothing: what went through before must not afterwards.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster.containers import exec_in
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.settings import PAUSE_IMAGE
from bulkhead_testkit.admin import Admin, wait_for

NAMESPACE: Final = "bulkhead-proof"
_PORT: Final = 8080
_READY_S: Final = 30.0
_ENFORCED_S: Final = 10.0
_POLL_S: Final = 0.05
_OPEN: Final = "open"
_WALLED: Final = "walled"


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")


@dataclass(frozen=True, slots=True)
class _Flow:
    what: str
    sender: str
    target: str


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    status: _Status = _Status()


def prepare(admin: Admin) -> None:
    """Make the two Pods; does not wait for them."""
    admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
    wait_for(lambda: admin.get(account, msgspec.Raw), what="the ServiceAccount default", timeout_s=_READY_S)
    for name in (_OPEN, _WALLED):
        admin.apply(_pod(name))


def prove(admin: Admin, kubeconfig: Path, *, node_address: str, api_port: int) -> None:
    """Try the flows before and with the policy, then remove everything.

    Raises:
        ClusterError: a flow was refused before there was a policy, or went through in spite of it.
        AdminError: the Pods do not run.
    """
    addresses = {name: _address(admin, name) for name in (_OPEN, _WALLED)}
    flows = (
        _Flow("into the Pod", sender=_OPEN, target=f"{addresses[_WALLED]}:{_PORT}"),
        _Flow("out of the Pod", sender=_WALLED, target=f"{addresses[_OPEN]}:{_PORT}"),
        _Flow("out of the Pod to the node", sender=_WALLED, target=f"{node_address}:{api_port}"),
    )
    for flow in flows:
        if not _comes_to(flow, kubeconfig, passes=True):
            raise ClusterError(f"a flow {flow.what} is refused although no NetworkPolicy is there")
    admin.apply(_deny_all())
    for flow in flows:
        if not _comes_to(flow, kubeconfig, passes=False):
            raise ClusterError(f"NetworkPolicies are not enforced: a flow {flow.what} goes through in spite of one")
    admin.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})


def _comes_to(flow: _Flow, kubeconfig: Path, *, passes: bool) -> bool:
    """Say whether within seconds the flow passes, or does not."""
    command = ["/pause", "dial", flow.target]
    deadline = time.monotonic() + _ENFORCED_S
    while time.monotonic() < deadline:
        done = exec_in(kubeconfig, namespace=NAMESPACE, pod=flow.sender, container="flow", command=command)
        if (done.exit_code == 0) is passes:
            return True
        time.sleep(_POLL_S)
    return False


def _address(admin: Admin, name: str) -> str:
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}"

    def look() -> str | None:
        seen = admin.get(path, _Pod)
        return seen.status.pod_ip if seen and seen.status.phase == "Running" else None

    return wait_for(look, what=f"Pod {NAMESPACE}/{name} Running", timeout_s=_READY_S)


def _pod(name: str) -> Mapping[str, object]:
    container = {"name": "flow", "image": PAUSE_IMAGE, "imagePullPolicy": "Never", "args": ["listen", str(_PORT)]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"proof": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
        },
    }


def _deny_all() -> Mapping[str, object]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny-all", "namespace": NAMESPACE},
        "spec": {"podSelector": {"matchLabels": {"proof": _WALLED}}, "policyTypes": ["Ingress", "Egress"]},
    }
