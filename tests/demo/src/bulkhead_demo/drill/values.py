"""The chart's values for the drill: those of a careful operator, as narrow as they get. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bulkhead_demo.drill.model import Topology
from bulkhead_demo.drill.victims import NAMED, TEAM

CREDENTIAL: Final = "vault-credential"
# The thief's own interpreter counts for the container that it is in.
_ROOM: Final = {"limits": {"memory": "512Mi"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an operator knows of the cluster."""

    registry: str
    api_server: Sequence[str]
    """Addresses of the API server, as CIDRs."""
    api_ports: Sequence[int]
    node: Sequence[str]
    """Addresses of the nodes, as CIDRs; from them the API server calls the webhook."""
    backend: str
    """URL of the vault provider's backend."""
    backend_namespace: str
    backend_labels: Mapping[str, str]


def values_of(release: str, topology: Topology, around: Surroundings) -> Mapping[str, object]:
    """Give the values of one release, which serves the stores of its own class."""
    selector = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": around.backend_namespace}},
        "podSelector": {"matchLabels": dict(around.backend_labels)},
    }
    rule = {
        "namespaces": [TEAM],
        "stores": [f"SecretStore/{TEAM}/{release}"],
        "keys": ["secret/data/shop/*"],
        "operations": ["read", "validate"],
    }
    vault = {
        "credential": {"existingSecret": CREDENTIAL},
        "policy": {"hosts": [around.backend], "rules": [rule]},
        "egress": [{"to": [selector], "ports": [8200]}],
        "identity": {"enabled": True, "secrets": [{"namespace": TEAM, "names": [NAMED]}]},
        "resources": _ROOM,
    }
    return {
        "topology": topology.value,
        "image": {"registry": around.registry},
        "crds": {"create": False},
        "networkPolicy": {
            "apiServer": {"cidrs": list(around.api_server), "ports": list(around.api_ports)},
            "webhookFrom": list(around.node),
        },
        "controller": {"class": release, "resources": _ROOM},
        "certcontroller": {"resources": _ROOM},
        "webhook": {"enabled": True, "resources": _ROOM},
        "providers": {"vault": vault, "fake": {"resources": _ROOM}},
    }
