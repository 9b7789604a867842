"""Invariants of NetworkPolicies. Pure."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from chart_objects import Rendering

_METADATA: Final = ("169.254.0.0/16", "fe80::/10")


def every_pod_is_closed_by_network_policies(rendering: Rendering) -> Iterator[str]:
    """Every policy is about both directions, one without rules selects every Pod, and each Pod has one of its own."""
    policies = rendering.network_policies
    if not rendering.wanted.network_policy.enabled:
        yield from (f"NetworkPolicy {each.metadata.name} is there although they are off" for each in policies)
        return
    for policy in policies:
        if set(policy.spec.policy_types) != {"Ingress", "Egress"}:
            yield f"NetworkPolicy {policy.metadata.name} leaves a direction open"
    for pod in rendering.pods:
        selecting = [each for each in policies if each.spec.pod_selector.selects(pod.labels)]
        if not any(not each.spec.ingress and not each.spec.egress for each in selecting):
            yield f"{pod.component}: no policy denies by default"
        if len(selecting) < 2:
            yield f"{pod.component}: no policy of its own says what it needs"


def no_network_rule_is_wider_than_it_says(rendering: Rendering) -> Iterator[str]:
    """A rule names ports and peers; only the webhook's door is for anybody, as the API server's address is unknown."""
    asked = str([provider.egress for provider in rendering.wanted.running.values()])
    for policy in rendering.network_policies:
        where = f"NetworkPolicy {policy.metadata.name}"
        is_webhook = policy.spec.pod_selector.match_labels.get("app.kubernetes.io/component") == "webhook"
        if any(not rule.ports for rule in (*policy.spec.ingress, *policy.spec.egress)):
            yield f"{where} has a rule for all ports"
        if any(not rule.targets for rule in policy.spec.egress):
            yield f"{where} leads to everywhere"
        if sum(not rule.sources for rule in policy.spec.ingress) > (1 if is_webhook else 0):
            yield f"{where} lets everybody in"
        for rule in policy.spec.egress:
            blocks = [peer.ip_block for peer in rule.targets if peer.ip_block is not None]
            for block in blocks:
                if _reaches_metadata(block.cidr, block.excepted) and block.cidr not in asked:
                    yield f"{where} leads to metadata addresses by {block.cidr}"


def _reaches_metadata(cidr: str, excepted: list[str]) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    for each in map(ipaddress.ip_network, _METADATA):
        if each.version == network.version and each.overlaps(network):
            covered = any(_within(each, ipaddress.ip_network(out, strict=False)) for out in excepted)
            if not covered:
                return True
    return False


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return (
        inner.version == outer.version
        and int(outer.network_address) <= int(inner.network_address)
        and int(inner.broadcast_address) <= int(outer.broadcast_address)
    )
