"""What differs between installations and thieves, gathered for the attacks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkhead_demo.drill.installation import Installation, Place, shares_pod
from bulkhead_demo.drill.model import Facts, Process, Topology
from bulkhead_demo.drill.stand_in import OTHER_VALUE
from bulkhead_demo.drill.values import CREDENTIAL
from bulkhead_demo.drill.victims import OTHER_HOST, PAYROLL, STRANGERS, TEAM
from bulkhead_demo.drill.wire import Asked, requests_of
from bulkhead_demo.shop import DATABASE_KEY
from bulkhead_testkit.admin import AdminError

HR_KEY: Final = "hr/payroll"
SHOP_PASSWORD: Final = "the-password-of-the-shop"
HR_VALUE: Final = "salaries-at-the-backend"
SHELVES: Final[Mapping[str, Mapping[str, object]]] = {
    DATABASE_KEY: {"password": SHOP_PASSWORD},
    HR_KEY: {"list": HR_VALUE},
}
"""What the backend holds."""
_PROVIDER_PORT: Final = 8443


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What is the same for every thief of the cluster."""

    node: str
    node_ip: str
    kubelet_port: str
    api_host: str
    api_port: str
    dns: str
    api_endpoint: str
    """Address of the API server behind its Service."""
    api_endpoint_port: str
    dns_pod: str
    dns_labels: Mapping[str, str]
    openbao: str
    """Address of the backend's Service."""
    openbao_pod: str
    backend_labels: Mapping[str, str]
    other_backend: str
    stranger: str
    """Address of the Pod."""
    stranger_service: str
    csr: str
    backend_url: str
    backend_namespace: str
    roots: str
    """PEM, of the backend's certificate and the other backend's."""


def facts_of(installed: Installation, places: Mapping[Process, Place], seen: Surveyed) -> Facts:
    """Gather what the thieves of one installation are told, but for `facts_for`.

    Raises:
        AdminError: a Secret of the installation is not there.
    """
    release = installed.release
    return {
        "ns": installed.namespace,
        "release": release,
        "team": TEAM,
        "ca": f"{release}-ca",
        "managed": f"{release}-managed",
        "external_secret": release,
        "store": release,
        "backends": seen.backend_namespace,
        "trust_domain": "bulkhead.local",
        "api": f"{seen.api_host}:{seen.api_port}",
        **{name: getattr(seen, name) for name in _SURVEYED},
        **_addresses(installed.topology, places),
        **_hashes(installed),
        **_requests(release, seen),
    }


def facts_for(process: Process, topology: Topology, places: Mapping[Process, Place]) -> Facts:
    """Give what one thief is told beside: another process's Pod."""
    other = Process.CERTCONTROLLER if shares_pod(process, topology) else Process.CONTROLLER
    return {"other_pod": places[other].pod, "other_container": places[other].container}


_SURVEYED: Final = (
    "node",
    "node_ip",
    "kubelet_port",
    "api_host",
    "api_port",
    "dns",
    "openbao",
    "other_backend",
    "stranger",
    "stranger_service",
    "csr",
)


def _addresses(topology: Topology, places: Mapping[Process, Place]) -> Facts:
    servers = {
        # With sidecars nothing listens on the network; an empty place is none.
        f"{name}_server": "" if topology is Topology.SIDECAR else f"{places[process].ip}:{_PROVIDER_PORT}"
        for name, process in (("vault", Process.VAULT), ("fake", Process.FAKE))
    }
    return {
        **servers,
        "controller_ip": places[Process.CONTROLLER].ip,
        "certcontroller_ip": places[Process.CERTCONTROLLER].ip,
        "webhook_ip": places[Process.WEBHOOK].ip,
        "vault_ip": places[Process.VAULT].ip,
    }


def _requests(release: str, seen: Surveyed) -> Facts:
    honest = Asked(store=release, namespace=TEAM, consumer=TEAM, server=seen.backend_url, roots=seen.roots)
    return requests_of(honest, stranger=STRANGERS, other_server=f"https://{OTHER_HOST}:8200")


def _hashes(installed: Installation) -> Facts:
    release = installed.release
    files = {
        "vault_credential": (CREDENTIAL, "token"),
        "ca_key": (f"{release}-ca", "ca.key"),
        "controller_key": (f"{release}-tls-controller", "tls.key"),
        "vault_key": (f"{release}-tls-provider-vault", "tls.key"),
        "fake_key": (f"{release}-tls-provider-fake", "tls.key"),
        "webhook_key": (f"{release}-tls-webhook-server", "tls.key"),
    }
    values = {
        "team_secret": PAYROLL.encode(),
        "shop": SHOP_PASSWORD.encode(),
        "hr": HR_VALUE.encode(),
        "hr_name": HR_KEY.encode(),
        "other": OTHER_VALUE.encode(),
        "vault_policy": _policy(installed),
        **{name: _secret(installed, *place) for name, place in files.items()},
    }
    return {f"sha256_{name}": hashlib.sha256(value.strip()).hexdigest() for name, value in values.items()}


def _secret(installed: Installation, name: str, key: str) -> bytes:
    found = installed.admin.secret(installed.namespace, name)
    if found is None or key not in found.data:
        raise AdminError(f"Secret {installed.namespace}/{name}: has no {key}")
    return found.data[key]


def _policy(installed: Installation) -> bytes:
    path = f"/api/v1/namespaces/{installed.namespace}/configmaps/{installed.release}-policy-vault"
    found = installed.admin.get(path, dict)
    if found is None:
        raise AdminError(f"ConfigMap {installed.release}-policy-vault: is not there")
    return str(found["data"]["policy.yaml"]).encode()
