"""The command lines of a control plane for tests; pure, so that each choice stands beside its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_testkit.planecerts import PlaneCertificates

_LOOPBACK: Final = "127.0.0.1"
_WITHOUT_A_NODE: Final = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-token-controller",
    "serviceaccount-controller",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneLayout:
    """Where everything of one control plane is."""

    certificates: PlaneCertificates
    data: Path
    """The folder of etcd."""
    etcd_port: int
    etcd_peer_port: int
    apiserver_port: int
    audit_policy: Path
    audit_log: Path | None
    """None means that nothing is audited."""
    controller_manager_kubeconfig: Path
    address: str = _LOOPBACK
    """Where the API server listens; Pods reach it only at another one than the loopback address."""
    authorizers: Sequence[str] = ("RBAC",)
    controllers: Sequence[str] = _WITHOUT_A_NODE
    """Of the controller-manager; `*` means all that are on by default."""


def etcd_flags(layout: PlaneLayout) -> tuple[str, ...]:
    """Return the flags of an etcd of one member."""
    client_url = f"https://127.0.0.1:{layout.etcd_port}"
    peer_url = f"https://127.0.0.1:{layout.etcd_peer_port}"
    return (
        f"--data-dir={layout.data}",
        f"--listen-client-urls={client_url}",
        f"--advertise-client-urls={client_url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=default={peer_url}",
        *_etcd_tls_flags("", layout.certificates),
        *_etcd_tls_flags("peer-", layout.certificates),
        # The default of 2 GiB is too little for a long benchmark.
        f"--quota-backend-bytes={8 * 1024**3}",
        # The data need not survive the machine.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def apiserver_flags(layout: PlaneLayout) -> tuple[str, ...]:
    """Return the flags of an API server with RBAC, TokenRequest and the default admission plugins."""
    certificates = layout.certificates
    audited = (f"--audit-policy-file={layout.audit_policy}", f"--audit-log-path={layout.audit_log}")
    return (
        f"--etcd-servers=https://127.0.0.1:{layout.etcd_port}",
        f"--etcd-cafile={certificates.etcd_ca_file}",
        f"--etcd-certfile={certificates.etcd_client.certificate}",
        f"--etcd-keyfile={certificates.etcd_client.key}",
        f"--bind-address={layout.address}",
        f"--advertise-address={layout.address}",
        f"--secure-port={layout.apiserver_port}",
        # A loopback address cannot be an endpoint of the Service `kubernetes`.
        *(("--endpoint-reconciler-type=none",) if layout.address == _LOOPBACK else ()),
        f"--tls-cert-file={certificates.apiserver.certificate}",
        f"--tls-private-key-file={certificates.apiserver.key}",
        f"--client-ca-file={certificates.ca_file}",
        f"--service-account-key-file={certificates.service_account_public_key}",
        f"--service-account-signing-key-file={certificates.service_account_key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--authorization-mode={','.join(layout.authorizers)}",
        "--anonymous-auth=false",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--profiling=false",
        # Without it, a stop waits a minute for the open watches of whoever watches.
        "--shutdown-watch-termination-grace-period=1s",
        *(audited if layout.audit_log else ()),
    )


def controller_manager_flags(layout: PlaneLayout) -> tuple[str, ...]:
    """Return the flags of a controller-manager: by default one for namespaces, garbage and ServiceAccounts."""
    return (
        f"--kubeconfig={layout.controller_manager_kubeconfig}",
        # Nobody asks it anything, so it need not listen.
        "--secure-port=0",
        "--leader-elect=false",
        f"--service-account-private-key-file={layout.certificates.service_account_key}",
        f"--root-ca-file={layout.certificates.ca_file}",
        f"--controllers={','.join(layout.controllers)}",
        "--profiling=false",
        # With the default of 20 requests a second, tests would wait for garbage collection.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    )


def _etcd_tls_flags(side: str, certificates: PlaneCertificates) -> tuple[str, ...]:
    return (
        f"--{side}cert-file={certificates.etcd.certificate}",
        f"--{side}key-file={certificates.etcd.key}",
        f"--{side}trusted-ca-file={certificates.etcd_ca_file}",
        f"--{side}client-cert-auth",
    )
