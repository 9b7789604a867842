"""Looks around in the cluster: where the node, the API server, the name server and the victims are."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from bulkhead_demo.drill.facts import Surveyed
from bulkhead_demo.drill.victims import BACKEND, STRANGERS, TEAM
from bulkhead_testkit.admin import Admin, AdminError

_BACKEND: Final = "openbao"
"""The name of the backend's Service."""


class _Port(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    port: int = 10250


class _Endpoints(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    kubelet_endpoint: _Port = _Port()


class _Address(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    address: str


class _NodeStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    addresses: list[_Address]
    daemon_endpoints: _Endpoints = _Endpoints()


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    labels: dict[str, str] = {}


class _Node(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata
    status: _NodeStatus


class _Nodes(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Node]


class _ServiceSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    cluster_ip: str = msgspec.field(name="clusterIP")


class _Service(msgspec.Struct, frozen=True, kw_only=True):
    spec: _ServiceSpec


class _Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    addresses: list[str]


class _EndpointPort(msgspec.Struct, frozen=True, kw_only=True):
    port: int


class _Slice(msgspec.Struct, frozen=True, kw_only=True):
    endpoints: list[_Endpoint] = []
    ports: list[_EndpointPort] = []


class _Slices(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Slice]


class _PodStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pod_ip: str = msgspec.field(name="podIP", default="")


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata
    status: _PodStatus = _PodStatus()


class _Pods(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Pod]


def node_addresses(admin: Admin) -> Sequence[str]:
    """Give the addresses of all nodes."""
    return [each.address for node in _nodes(admin) for each in node.status.addresses if each.type == "InternalIP"]


def api_endpoints(admin: Admin) -> tuple[Sequence[str], Sequence[int]]:
    """Give the addresses and ports of the API server, its Service's first."""
    service = _service_ip(admin, "default", "kubernetes")
    slices = _slices(admin, "default", "kubernetes")
    return (
        [service, *(address for each in slices for end in each.endpoints for address in end.addresses)],
        [443, *(port.port for each in slices for port in each.ports)],
    )


def surveyed(admin: Admin, *, csr: str, roots: str, backend_labels: Mapping[str, str]) -> Surveyed:
    """Gather what is the same for all thieves.

    Args:
        admin: full rights on the cluster.
        csr: a request for a certificate, base64 of PEM.
        roots: PEM, of the backends' certificates.
        backend_labels: of its Pods.

    Raises:
        AdminError: something is not there.
    """
    node = _nodes(admin)[0]
    addresses, ports = api_endpoints(admin)
    dns_pod, dns_labels = _name_server(admin)
    return Surveyed(
        node=node.metadata.name,
        node_ip=node_addresses(admin)[0],
        kubelet_port=str(node.status.daemon_endpoints.kubelet_endpoint.port),
        api_host=addresses[0],
        api_port=str(ports[0]),
        api_endpoint=addresses[-1],
        api_endpoint_port=str(ports[-1]),
        dns=_service_ip(admin, "kube-system", "kube-dns"),
        dns_pod=dns_pod,
        dns_labels=dns_labels,
        openbao=_service_ip(admin, BACKEND, _BACKEND),
        openbao_pod=_slices(admin, BACKEND, _BACKEND)[0].endpoints[0].addresses[0],
        other_backend=_pod_ip(admin, STRANGERS, "other-backend"),
        stranger=_pod_ip(admin, TEAM, "stranger"),
        stranger_service=_service_ip(admin, TEAM, "stranger"),
        csr=csr,
        backend_url=f"https://{_BACKEND}.{BACKEND}.svc:8200",
        backend_namespace=BACKEND,
        backend_labels=backend_labels,
        roots=roots,
    )


def _name_server(admin: Admin) -> tuple[str, Mapping[str, str]]:
    """Give the address of a name server behind the Service, and its Pod's labels if it is one."""
    address = _slices(admin, "kube-system", "kube-dns")[0].endpoints[0].addresses[0]
    pods = msgspec.json.decode(admin.request("GET", "/api/v1/namespaces/kube-system/pods"), type=_Pods).items
    return address, next((pod.metadata.labels for pod in pods if pod.status.pod_ip == address), {})


def _nodes(admin: Admin) -> Sequence[_Node]:
    return msgspec.json.decode(admin.request("GET", "/api/v1/nodes"), type=_Nodes).items


def _service_ip(admin: Admin, namespace: str, name: str) -> str:
    found = admin.get(f"/api/v1/namespaces/{namespace}/services/{name}", _Service)
    if found is None:
        raise AdminError(f"Service {namespace}/{name}: is not there")
    return found.spec.cluster_ip


def _slices(admin: Admin, namespace: str, service: str) -> Sequence[_Slice]:
    selector = f"kubernetes.io%2Fservice-name%3D{service}"
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?labelSelector={selector}"
    return msgspec.json.decode(admin.request("GET", path), type=_Slices).items


def _pod_ip(admin: Admin, namespace: str, name: str) -> str:
    found = admin.get(f"/api/v1/namespaces/{namespace}/pods/{name}", _Pod)
    if found is None or not found.status.pod_ip:
        raise AdminError(f"Pod {namespace}/{name}: is not there or has no address")
    return found.status.pod_ip
