"""A flow that must be refused, tried on every new cluster: an agent may believe in rules that the kernel ignores.

Two Pods, of which one gets a policy that allows it nothing: what went through before must not afterwards.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster.containers import exec_in
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.settings import PAUSE_IMAGE
from bulkhead_testkit.admin import Admin, AdminError, wait_for

NAMESPACE: Final = "bulkhead-proof"
_PORT: Final = 8080
_READY_S: Final = 30.0
_ENFORCED_S: Final = 5.0
_OPEN: Final = "open"
_WALLED: Final = "walled"


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")


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
    flows = {
        "into the Pod": (_OPEN, f"{addresses[_WALLED]}:{_PORT}"),
        "out of the Pod": (_WALLED, f"{addresses[_OPEN]}:{_PORT}"),
        "out of the Pod to the node": (_WALLED, f"{node_address}:{api_port}"),
    }

    def passes(sender: str, target: str) -> bool:
        command = ["/pause", "dial", target]
        return exec_in(kubeconfig, namespace=NAMESPACE, pod=sender, container="flow", command=command).exit_code == 0

    for what, (sender, target) in flows.items():
        _expect(lambda: passes(sender, target), f"a flow {what} is refused although no policy is there")  # noqa: B023 - called at once
    admin.apply(_deny_all())
    for what, (sender, target) in flows.items():
        _expect(lambda: not passes(sender, target), f"a flow {what} goes through in spite of a policy")  # noqa: B023 - called at once
    admin.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})


def _expect(holds: Callable[[], bool], otherwise: str) -> None:
    try:
        wait_for(lambda: True if holds() else None, what=otherwise, timeout_s=_ENFORCED_S)
    except AdminError as error:
        raise ClusterError(f"NetworkPolicies are not enforced: {otherwise}") from error


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
