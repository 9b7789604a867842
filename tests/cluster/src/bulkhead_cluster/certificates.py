"""Who the processes of one node are to each other: a day's certificates, made anew for each cluster."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509

from bulkhead_cluster.layout import CLUSTER_DOMAIN, KUBERNETES_SERVICE, NODE_NAME, Place
from bulkhead_testkit.planecerts import Authority, KeyPair, PlaneCertificates


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCertificates:
    """All certificates of a cluster with one node."""

    plane: PlaneCertificates
    scheduler: KeyPair
    kube_proxy: KeyPair
    policy_agent: KeyPair
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
        node = x509.IPAddress(ipaddress.ip_address(place.node_address))
        return cls(
            plane=PlaneCertificates.issue(folder, authority, apiserver_names=[node, *_service_names()]),
            scheduler=authority.issue_client("kube-scheduler", user="system:kube-scheduler", group=None),
            kube_proxy=authority.issue_client("kube-proxy", user="system:kube-proxy", group=None),
            policy_agent=authority.issue_client("policy-agent", user="bulkhead:policy-agent", group=None),
            kubelet=authority.issue_client("kubelet", user=f"system:node:{NODE_NAME}", group="system:nodes"),
            kubelet_server=authority.issue_server("kubelet-server", more_names=[node, x509.DNSName(NODE_NAME)]),
            apiserver_to_kubelet=authority.issue_client(
                "apiserver-to-kubelet", user="kube-apiserver-kubelet-client", group="system:masters"
            ),
        )


def _service_names() -> list[x509.GeneralName]:
    service = "kubernetes.default.svc"
    names = ("kubernetes", "kubernetes.default", service, f"{service}.{CLUSTER_DOMAIN}")
    return [x509.IPAddress(ipaddress.ip_address(KUBERNETES_SERVICE)), *map(x509.DNSName, names)]
