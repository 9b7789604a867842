"""Which flows NetworkPolicies allow: for each Pod and direction that a policy isolates, all that is still open; pure.

Pods on the node's own network are no end of a flow here: policies do not speak about them.

Source: Kubernetes documentation, "Network Policies"; networking.k8s.io/v1.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bulkhead_api.label_selector import selects
from bulkhead_cluster.policy.objects import Namespace, NetworkPolicy, Pod, PolicyPeer, PolicyPort, PolicyRule

_ENDED: Final = frozenset({"Succeeded", "Failed"})
"""Phases in which a Pod has given its address back. Source: core/v1 PodPhase."""
_LAST_PORT: Final = 65535


class Direction(StrEnum):
    """Source: networking.k8s.io/v1 PolicyType."""

    INGRESS = "Ingress"
    EGRESS = "Egress"


@dataclass(frozen=True, slots=True, order=True)
class Ports:
    """Some ports of one protocol."""

    protocol: str
    """TCP, UDP or SCTP."""
    first: int = 0
    last: int = _LAST_PORT


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Allow:
    """Flows that are open: both the other end and the port must be named."""

    networks: tuple[str, ...]
    """CIDRs and addresses of the other end, sorted; `0.0.0.0/0` is anybody."""
    excluded: tuple[str, ...] = ()
    """CIDRs that are not meant."""
    ports: tuple[Ports, ...] = ()
    """Of the end that the flow goes to, sorted; empty means all, of every protocol."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Isolated:
    """One direction of one Pod, in which nothing is open but what is named."""

    address: str
    direction: Direction
    allows: tuple[Allow, ...]
    """Sorted; each of them opens."""


ANYBODY: Final = ("0.0.0.0/0",)


@dataclass(frozen=True, slots=True)
class _World:
    pods: Sequence[Pod]
    """With an address of their own."""
    labels: Mapping[str, Mapping[str, str]]
    """Of namespaces, by name."""


def verdicts_from(
    pods: Iterable[Pod], namespaces: Iterable[Namespace], policies: Iterable[NetworkPolicy]
) -> tuple[Isolated, ...]:
    """Say what is isolated and what of it is open, sorted; what is not named is open.

    Raises:
        SelectorError: a selector is malformed, which the API server would not have taken.
    """
    ordered = sorted(filter(_has_network, pods), key=lambda pod: (pod.metadata.namespace, pod.metadata.name))
    world = _World(ordered, {each.metadata.name: each.metadata.labels for each in namespaces})
    found: defaultdict[tuple[str, Direction], set[Allow]] = defaultdict(set)
    for policy in policies:
        for pod in world.pods:
            if pod.metadata.namespace == policy.metadata.namespace and selects(
                policy.spec.pod_selector, pod.metadata.labels
            ):
                for direction in _directions(policy):
                    found[pod.status.pod_ip, direction].update(_allows(policy, direction, pod, world))
    return tuple(
        sorted(
            Isolated(address=address, direction=direction, allows=tuple(sorted(allows)))
            for (address, direction), allows in found.items()
        )
    )


def _has_network(pod: Pod) -> bool:
    return bool(pod.status.pod_ip) and pod.status.phase not in _ENDED and not pod.spec.host_network


def _directions(policy: NetworkPolicy) -> list[Direction]:
    if policy.spec.policy_types:
        return [Direction(each) for each in policy.spec.policy_types]
    return [Direction.INGRESS, *([Direction.EGRESS] if policy.spec.egress else [])]


def _allows(policy: NetworkPolicy, direction: Direction, pod: Pod, world: _World) -> Iterator[Allow]:
    match direction:
        case Direction.INGRESS:
            for rule in policy.spec.ingress:
                yield from _ingress(rule, policy.metadata.namespace, pod, world)
        case Direction.EGRESS:
            for rule in policy.spec.egress:
                yield from _egress(rule, policy.metadata.namespace, world)


def _ingress(rule: PolicyRule, namespace: str, pod: Pod, world: _World) -> Iterator[Allow]:
    """The flow goes to the Pod, so it is the one whose ports have names."""
    ports = tuple(sorted({each for port in rule.ports for each in _numbers(port, pod)}))
    if rule.ports and not ports:
        return
    for networks, excluded in _ends(rule, namespace, world):
        yield Allow(networks=networks, excluded=excluded, ports=ports)


def _egress(rule: PolicyRule, namespace: str, world: _World) -> Iterator[Allow]:
    numbered = [port for port in rule.ports if not isinstance(port.port, str)]
    named = [port for port in rule.ports if isinstance(port.port, str)]
    if numbered or not rule.ports:
        ports = tuple(sorted({each for port in numbered for each in _numbers(port, None)}))
        for networks, excluded in _ends(rule, namespace, world):
            yield Allow(networks=networks, excluded=excluded, ports=ports)
    # The flow goes to a peer: a name means another number for each of them, and nothing for who is no Pod.
    for pod in _named_peers(rule, namespace, world) if named else ():
        ports = tuple(sorted({each for port in named for each in _numbers(port, pod)}))
        if ports:
            yield Allow(networks=(pod.status.pod_ip,), ports=ports)


def _ends(rule: PolicyRule, namespace: str, world: _World) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Give the other ends of a rule: networks and what is excluded from them."""
    if not rule.peers:
        yield ANYBODY, ()
    for peer in rule.peers:
        if peer.ip_block is not None:
            if ":" not in peer.ip_block.cidr:
                yield (peer.ip_block.cidr,), tuple(sorted(peer.ip_block.excluded))
        elif addresses := sorted({pod.status.pod_ip for pod in _selected(peer, namespace, world)}):
            yield tuple(addresses), ()


def _named_peers(rule: PolicyRule, namespace: str, world: _World) -> Iterable[Pod]:
    if not rule.peers:
        return world.pods
    return [pod for peer in rule.peers if peer.ip_block is None for pod in _selected(peer, namespace, world)]


def _selected(peer: PolicyPeer, namespace: str, world: _World) -> Iterator[Pod]:
    """Give the Pods of a peer: of the policy's own namespace unless it selects namespaces."""
    for pod in world.pods:
        there = pod.metadata.namespace
        if peer.namespace_selector is None:
            is_meant = there == namespace
        else:
            is_meant = there in world.labels and selects(peer.namespace_selector, world.labels[there])
        if is_meant and (peer.pod_selector is None or selects(peer.pod_selector, pod.metadata.labels)):
            yield pod


def _numbers(port: PolicyPort, target: Pod | None) -> Iterator[Ports]:
    """Give the numbers that a port means at its target; none if a name is not known there."""
    match port.port:
        case None:
            yield Ports(port.protocol)
        case int(number):
            yield Ports(port.protocol, number, port.end_port or number)
        case str(name):
            containers = [*target.spec.init_containers, *target.spec.containers] if target else []
            for each in (each for container in containers for each in container.ports):
                if each.name == name and each.protocol == port.protocol:
                    yield Ports(port.protocol, each.container_port, each.container_port)
