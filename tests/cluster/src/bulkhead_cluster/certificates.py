"""Who the processes of one node are to each other: a day's certificates, made anew for each cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bulkhead_cluster.layout import CLUSTER_DOMAIN, KUBERNETES_SERVICE, NODE_NAME, Place
from bulkhead_testkit.planecerts import Authority, KeyPair, PlaneCertificates

_SERVICE: Final = "kubernetes.default.svc"
_SERVICE_NAMES: Final = ("kubernetes", "kubernetes.default", _SERVICE, f"{_SERVICE}.{CLUSTER_DOMAIN}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCertificates:
    """All certificates of a cluster with one node."""

    plane: PlaneCertificates
    scheduler: KeyPair
    kube_proxy: KeyPair
    kubelet: KeyPair
    """With which kubelet asks the API server."""
    kubelet_server: KeyPair
    """With which kubelet answers it."""
    apiserver_to_kubelet: KeyPair
    """With which the API server asks kubelet for logs, exec and port-forward."""

    @classmethod
    def create(cls, folder: Path, place: Place) -> Self:
        """Make them in a folder that only its owner may read.

        Source: Kubernetes documentation, "PKI certificates and requirements", for users and groups.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = Authority("kubernetes", folder)
        node = place.node_address
        return cls(
            plane=PlaneCertificates.issue(
                folder, authority, dns_names=_SERVICE_NAMES, addresses=[node, KUBERNETES_SERVICE]
            ),
            scheduler=authority.issue_client("kube-scheduler", user="system:kube-scheduler", group=None),
            kube_proxy=authority.issue_client("kube-proxy", user="system:kube-proxy", group=None),
            kubelet=authority.issue_client("kubelet", user=f"system:node:{NODE_NAME}", group="system:nodes"),
            kubelet_server=authority.issue_server("kubelet-server", dns_names=[NODE_NAME], addresses=[node]),
            apiserver_to_kubelet=authority.issue_client(
                "apiserver-to-kubelet", user="kube-apiserver-kubelet-client", group="system:masters"
            ),
        )
