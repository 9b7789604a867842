"""The agent's ServiceAccount and its rights: it reads three kinds and no more."""

from collections.abc import Mapping, Sequence
from typing import Final

NAMESPACE: Final = "kube-system"
NAME: Final = "bulkhead-policy-agent"
_RBAC: Final = "rbac.authorization.k8s.io"


def manifests() -> Sequence[Mapping[str, object]]:
    """Give the objects, in the order in which they can be made."""
    verbs = ["list", "watch"]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": NAMESPACE}},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": NAME},
            "rules": [
                {"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": verbs},
                {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": verbs},
            ],
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
        },
    ]
