"""What NetworkPolicies allow, as a table of nftables; pure.

A packet of a new flow passes the chain of its sender and the chain of its receiver. A chain of an isolated Pod returns
for what is open and ends with a refusal that says so: "no route to host", where a closed port says "refused".
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, collapse_addresses
from typing import Final

from bulkhead_cluster.policy.verdicts import Allow, Direction, Isolated, Ports

TABLE: Final = "bulkhead_policy"
_PREFIX: Final = {Direction.INGRESS: "to", Direction.EGRESS: "from"}
_OWN_END: Final = {Direction.INGRESS: "daddr", Direction.EGRESS: "saddr"}
_OTHER_END: Final = {Direction.INGRESS: "saddr", Direction.EGRESS: "daddr"}
_REFUSE: Final = "reject with icmp type admin-prohibited"


def ruleset_from(isolated: Sequence[Isolated]) -> str:
    """Write the whole table, which takes the place of the one before in one step.

    Source: nft(8).
    """
    chains = [line for each in isolated for line in _pod_chain(each)]
    return "\n".join(
        [
            # Deleting needs one that is there.
            f"table ip {TABLE}",
            f"delete table ip {TABLE}",
            f"table ip {TABLE} {{",
            *chains,
            *_dispatch(Direction.EGRESS, isolated),
            *_dispatch(Direction.INGRESS, isolated),
            "chain between_pods {",
            # After the translation of Services' addresses, so that only real ends are seen.
            "type filter hook forward priority filter - 5; policy accept;",
            "ct state established,related accept",
            f"jump {Direction.EGRESS.value}",
            f"jump {Direction.INGRESS.value}",
            "}",
            # What the node itself sends to its Pods, such as probes, passes neither chain.
            "chain to_node {",
            "type filter hook input priority filter - 5; policy accept;",
            "ct state established,related accept",
            f"jump {Direction.EGRESS.value}",
            "}",
            "}",
            "",
        ]
    )


def _dispatch(direction: Direction, isolated: Sequence[Isolated]) -> Iterator[str]:
    """Send the packets of isolated Pods to their chains."""
    yield f"chain {direction.value} {{"
    mine = [each for each in isolated if each.direction is direction]
    if mine:
        targets = ", ".join(f"{each.address} : goto {_chain(each)}" for each in mine)
        yield f"ip {_OWN_END[direction]} vmap {{ {targets} }}"
    yield "}"


def _pod_chain(each: Isolated) -> Iterator[str]:
    yield f"chain {_chain(each)} {{"
    # A Pod that calls its own Service comes back to itself; no policy can forbid that.
    yield f"ip {_OTHER_END[each.direction]} {each.address} return"
    for allow in each.allows:
        yield from _open(allow, _OTHER_END[each.direction])
    yield _REFUSE
    yield "}"


def _chain(each: Isolated) -> str:
    return f"{_PREFIX[each.direction]}_{each.address.replace('.', '_')}"


def _open(allow: Allow, end: str) -> Iterator[str]:
    parts: list[str] = []
    networks = _collapsed(allow.networks)
    # The whole of IPv4 is no condition.
    if networks != ["0.0.0.0/0"]:
        parts.append(f"ip {end} {{ {', '.join(networks)} }}")
    excluded = _collapsed(tuple(each for each in allow.excluded if ":" not in each))
    if excluded:
        parts.append(f"ip {end} != {{ {', '.join(excluded)} }}")
    if not allow.ports:
        yield " ".join([*parts, "return"])
    for protocol in sorted({each.protocol for each in allow.ports}):
        ranges = _merged([each for each in allow.ports if each.protocol == protocol])
        yield " ".join([*parts, protocol.lower(), "dport", f"{{ {', '.join(ranges)} }}", "return"])


def _collapsed(networks: Sequence[str]) -> list[str]:
    """Give the same addresses without overlaps, which a set of nftables does not take."""
    return [str(each) for each in collapse_addresses(IPv4Network(network, strict=False) for network in networks)]


def _merged(ports: Sequence[Ports]) -> list[str]:
    """Give the same ports without overlaps."""
    merged: list[tuple[int, int]] = []
    for each in sorted(ports):
        if merged and each.first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], each.last))
        else:
            merged.append((each.first, each.last))
    return [str(first) if first == last else f"{first}-{last}" for first, last in merged]
