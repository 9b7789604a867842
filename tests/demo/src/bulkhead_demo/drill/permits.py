"""Which attacks the boundary report permits a process. Pure.

An attack says what would permit it in a few words, which are looked up in the grants of `bulkhead boundaries`:

- `api VERB RESOURCE NAMESPACE/NAME`: the right, exactly as the report spells it, of a ServiceAccount whose token is
  mounted; what another one has whose token could be got is a right of two steps, and an attack of its own
- `account NAMESPACE/NAME`: a mounted token of this ServiceAccount
- `credential NAME`: a mounted credential of this provider
- `identity PATH`: a mounted certificate of this identity; what it could get in other ways is no file of it
- `socket NAME`: the volume of this provider server's socket
- `call NAME`: the controller's certificate, and a way to this provider server
- `reach TARGET`: a connection to one of the `Target`s
- `beside PROCESS`: one network with this process, loopback included

Words between `|` are alternatives.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from bulkhead_demo.drill.model import Attack, Facts, Process

_PROVIDER_PORT: Final = "8443"


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a connection goes to."""

    cidr: str = ""
    excepts: list[str] = []
    namespaces: list[str] | None = None
    """Labels of its namespace, as `name=value`; None means any."""
    pods: list[str] = []
    """Labels of the Pod, as `name=value`."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a process has, as far as attacks look at it."""

    kind: str
    how: str = ""
    verb: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    source: str = ""
    uri: str = ""
    what: str = ""
    other: str = ""
    accounts: list[str] = []
    """ServiceAccounts, as `namespace/name`, that have the right."""
    peer: Peer = Peer()
    protocol: str = ""
    port: str = ""


class _Process(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    grants: list[Grant]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The boundary report."""

    processes: list[_Process]

    def grants_of(self, process: Process) -> Sequence[Grant]:
        """Give what a process has."""
        return [grant for each in self.processes if each.id == process for grant in each.grants]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that can be connected to."""

    ip: str
    port: str
    protocol: str = "TCP"
    namespace: str = ""
    """Of the Pod; empty if it is none."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the Pod."""


Targets = Mapping[str, Target]


def permitted(attacks: Sequence[Attack], grants: Sequence[Grant], *, facts: Facts, targets: Targets) -> frozenset[str]:
    """Give the ids of the attacks that these grants permit.

    Raises:
        KeyError: an attack names a fact, a target or a word that nobody knows.
    """
    return frozenset(
        attack.id
        for attack in attacks
        if attack.permitted and _any(attack.permitted.format_map(facts), grants, targets)
    )


def _any(words: str, grants: Sequence[Grant], targets: Targets) -> bool:
    return any(_permits(each.split(), grants, targets) for each in words.split("|"))


def _permits(words: Sequence[str], grants: Sequence[Grant], targets: Targets) -> bool:
    return _LOOKED_UP[words[0]](words[1:], grants, targets)


def _api(words: Sequence[str], grants: Sequence[Grant], _: Targets) -> bool:
    verb, resource, place = words
    namespace, _slash, name = place.partition("/")
    wanted = (verb, resource, namespace, name)
    return any(
        (each.verb, each.resource, each.namespace, each.name) == wanted and bool(_mounted(grants) & set(each.accounts))
        for each in _of("api", grants)
    )


def _mounted(grants: Sequence[Grant]) -> set[str]:
    """Name the ServiceAccounts whose tokens are mounted."""
    return {f"{each.namespace}/{each.name}" for each in _of("account", grants) if each.how == "mounted"}


def _account(words: Sequence[str], grants: Sequence[Grant], _: Targets) -> bool:
    return words[0] in _mounted(grants)


def _credential(words: Sequence[str], grants: Sequence[Grant], _: Targets) -> bool:
    return any(
        each.how == "mounted" and each.source.endswith(f"/{words[0]}-credential") for each in _of("credential", grants)
    )


def _identity(words: Sequence[str], grants: Sequence[Grant], _: Targets) -> bool:
    return any(
        each.how == "mounted" and each.uri.removeprefix("spiffe://").partition("/")[2] == words[0]
        for each in _of("identity", grants)
    )


def _socket(words: Sequence[str], grants: Sequence[Grant], _: Targets) -> bool:
    return any(each.what == "volume" and each.name == f"socket-{words[0]}" for each in _of("shares", grants))


def _call(words: Sequence[str], grants: Sequence[Grant], targets: Targets) -> bool:
    component = f"app.kubernetes.io/component=provider-{words[0]}"
    remote = any(component in each.peer.pods and each.port == _PROVIDER_PORT for each in _of("reaches", grants))
    return _identity(["controller"], grants, targets) and (remote or _socket(words, grants, targets))


def _reach(words: Sequence[str], grants: Sequence[Grant], targets: Targets) -> bool:
    target = targets[words[0]]
    return any(
        (each.protocol, each.port) == (target.protocol, target.port) and _is_peer(each.peer, target)
        for each in _of("reaches", grants)
    )


def _beside(words: Sequence[str], grants: Sequence[Grant], _: Targets) -> bool:
    return any(each.what == "network" and each.other == words[0] for each in _of("shares", grants))


_LOOKED_UP: Final[Mapping[str, Callable[[Sequence[str], Sequence[Grant], Targets], bool]]] = {
    "account": _account,
    "api": _api,
    "beside": _beside,
    "call": _call,
    "credential": _credential,
    "identity": _identity,
    "reach": _reach,
    "socket": _socket,
}


def _is_peer(peer: Peer, target: Target) -> bool:
    if peer.cidr:
        ip = ipaddress.ip_address(target.ip)
        return _within(ip, peer.cidr) and not any(_within(ip, each) for each in peer.excepts)
    if peer.namespaces is None and not peer.pods:
        return True
    namespaces = peer.namespaces or []
    return (
        bool(target.namespace)
        and set(namespaces) <= {f"kubernetes.io/metadata.name={target.namespace}"}
        and set(peer.pods) <= {f"{name}={value}" for name, value in target.labels.items()}
    )


def _within(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, cidr: str) -> bool:
    return ip in ipaddress.ip_network(cidr)


def _of(kind: str, grants: Sequence[Grant]) -> Sequence[Grant]:
    return [each for each in grants if each.kind == kind]
