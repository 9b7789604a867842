"""Where network policies let a Pod send to and receive from. Pure.

Source: networking.k8s.io/v1 NetworkPolicy: what no policy selects is open, what policies permit adds up.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Final

from bulkhead_api.label_selector import SelectorError, selects
from bulkhead_api.meta import LabelSelector
from bulkhead_cli.boundaries.grants import Admits, Grant, Metadata, Peer, Reaches
from bulkhead_cli.boundaries.installation import Installation, PodMaker
from bulkhead_cli.boundaries.rules import IpBlock, NetworkPolicy, PolicyPeer, PolicyPort
from bulkhead_cli.boundaries.scopes import ALL, port_range
from bulkhead_cli.problems import InputError

METADATA: Final = {
    "169.254.169.254": "AWS, Azure, Google Cloud and others",
    "fd00:ec2::254": "AWS by IPv6",
    "fd20:ce::254": "Google Cloud by IPv6",
    "100.100.100.200": "Alibaba Cloud",
    "168.63.129.16": "Azure's wire server",
}
"""Addresses from which clouds give a node's credentials to whoever asks, and whose each is."""

_METADATA_PORT: Final = 80


def reach_of(pod: PodMaker, seen: Installation) -> list[Grant]:
    """Give what the processes of a Pod reach and by whom they are reached.

    Raises:
        InputError: a policy has a selector or a range that Kubernetes would refuse.
    """
    goes, comes = list(_goes(pod, seen)), list(_comes(pod, seen))
    reached: list[Grant] = [
        Metadata(address=address, cloud=cloud)
        for address, cloud in METADATA.items()
        if any(_leads_to(each, address) for each in goes)
    ]
    return [*goes, *comes, *reached]


def is_fenced(pod: PodMaker, seen: Installation) -> bool:
    """Say whether network policies narrow what the Pod sends."""
    return any(True for _ in _policies(pod, seen, "Egress"))


def _policies(pod: PodMaker, seen: Installation, direction: str) -> Iterator[NetworkPolicy]:
    # No policy holds for a Pod that is in the node's network.
    for policy in seen.network_policies if not pod.spec.host_network else []:
        types = policy.spec.policy_types or ["Ingress", *(["Egress"] if policy.spec.egress else [])]
        if policy.metadata.namespace == pod.namespace and direction in types and _is_selected(policy, pod):
            yield policy


def _is_selected(policy: NetworkPolicy, pod: PodMaker) -> bool:
    try:
        return selects(policy.spec.pod_selector, pod.labels)
    except SelectorError as error:
        problem = str(error)
    raise InputError(f"NetworkPolicy {policy.metadata.namespace}/{policy.metadata.name}: {problem}")


def _goes(pod: PodMaker, seen: Installation) -> Iterator[Reaches]:
    policies = list(_policies(pod, seen, "Egress"))
    if not policies:
        yield Reaches(peer=Peer(), protocol=ALL, port=ALL)
    for policy in policies:
        for rule in policy.spec.egress:
            for peer in _peers(rule.to, policy):
                for protocol, port in _ports(rule.ports):
                    yield Reaches(peer=peer, protocol=protocol, port=port)


def _comes(pod: PodMaker, seen: Installation) -> Iterator[Admits]:
    policies = list(_policies(pod, seen, "Ingress"))
    if not policies:
        yield Admits(peer=Peer(), protocol=ALL, port=ALL)
    for policy in policies:
        for rule in policy.spec.ingress:
            for peer in _peers(rule.peers, policy):
                for protocol, port in _ports(rule.ports):
                    yield Admits(peer=peer, protocol=protocol, port=port)


def _peers(peers: Iterable[PolicyPeer], policy: NetworkPolicy) -> list[Peer]:
    return [_peer(each, policy) for each in peers] or [Peer()]


def _peer(peer: PolicyPeer, policy: NetworkPolicy) -> Peer:
    if peer.ip_block is not None:
        _check(peer.ip_block, policy)
        return Peer(cidr=peer.ip_block.cidr, excepts=tuple(sorted(peer.ip_block.excepts)))
    own = LabelSelector(match_labels={"kubernetes.io/metadata.name": policy.metadata.namespace})
    return Peer(
        namespaces=_labels(own if peer.namespace_selector is None else peer.namespace_selector),
        pods=_labels(peer.pod_selector or LabelSelector()),
    )


def _check(block: IpBlock, policy: NetworkPolicy) -> None:
    for each in (block.cidr, *block.excepts):
        try:
            ip_network(each, strict=False)
        except ValueError:
            name = f"{policy.metadata.namespace}/{policy.metadata.name}"
            raise InputError(f"NetworkPolicy {name}: {each!r} is no range of addresses") from None


def _labels(selector: LabelSelector) -> tuple[str, ...]:
    expressions = (
        f"{each.key}:{each.operator}({','.join(sorted(each.values))})" for each in selector.match_expressions
    )
    return tuple(sorted({*(f"{key}={value}" for key, value in selector.match_labels.items()), *expressions}))


def _ports(ports: Iterable[PolicyPort]) -> list[tuple[str, str]]:
    return [(each.protocol, _port(each)) for each in ports] or [(ALL, ALL)]


def _port(port: PolicyPort) -> str:
    if port.port is None:
        return ALL
    return str(port.port) if port.end_port is None else f"{port.port}-{port.end_port}"


def _leads_to(flow: Reaches, address: str) -> bool:
    single = Peer(cidr=str(ip_network(address)))
    ports = port_range(flow.port)
    is_open = flow.port == ALL or (ports is not None and ports[0] <= _METADATA_PORT <= ports[1])
    return is_open and flow.protocol in (ALL, "TCP") and flow.peer.covers(single)
