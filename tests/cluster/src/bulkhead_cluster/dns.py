"""CoreDNS as a cluster has it: a Deployment behind the Service `kube-dns`, which knows the cluster's names alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from bulkhead_cluster.layout import CLUSTER_DOMAIN, DNS_SERVICE

IMAGE: Final = "localhost/bulkhead/coredns:1.15.0"
_LABELS: Final = {"k8s-app": "kube-dns"}
_NAME: Final = "coredns"
_COREFILE: Final = f"""
.:53 {{
    errors
    health
    ready
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa {{
        pods insecure
        ttl 5
    }}
    cache 5
}}
"""
_READABLE: Final = {"": ("endpoints", "services", "pods", "namespaces"), "discovery.k8s.io": ("endpointslices",)}


def manifests() -> Sequence[Mapping[str, object]]:
    """Give all objects, in the order in which they can be made."""
    return [
        _object("v1", "ServiceAccount"),
        _object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRole",
            rules=[
                {"apiGroups": [group], "resources": list(resources), "verbs": ["list", "watch"]}
                for group, resources in _READABLE.items()
            ],
        ),
        _object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": _NAME},
            subjects=[{"kind": "ServiceAccount", "name": _NAME, "namespace": "kube-system"}],
        ),
        _object("v1", "ConfigMap", data={"Corefile": _COREFILE}),
        _service(),
        _deployment(),
    ]


def _service() -> Mapping[str, object]:
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    service = _object("v1", "Service", spec={"clusterIP": DNS_SERVICE, "selector": _LABELS, "ports": ports})
    return {**service, "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": _LABELS}}


def _deployment() -> Mapping[str, object]:
    return _object(
        "apps/v1",
        "Deployment",
        spec={
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": _pod()},
        },
    )


def _pod() -> Mapping[str, object]:
    return {
        "serviceAccountName": _NAME,
        "priorityClassName": "system-cluster-critical",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
            # Port 53 for who is not root; the network namespace is the Pod's own.
            "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
        },
        "containers": [
            {
                "name": _NAME,
                "image": IMAGE,
                "imagePullPolicy": "Never",
                "args": ["-conf", "/etc/coredns/Corefile"],
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
                "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": _NAME}}],
    }


def _object(version: str, kind: str, **more: object) -> Mapping[str, object]:
    # The API server knows which kinds have no namespace; the paths of the others need one.
    namespace = {} if kind.startswith("Cluster") else {"namespace": "kube-system"}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": _NAME, **namespace}, **more}
