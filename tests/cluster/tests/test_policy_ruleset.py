"""How verdicts are said to the kernel; that it does as told is seen on the node, and by every cluster that starts."""

import re

import pytest

from bulkhead_cluster.policy.ruleset import TABLE, ruleset_from
from bulkhead_cluster.policy.verdicts import Allow, Direction, Isolated, Ports

ANY = ("0.0.0.0/0",)


def chain(ruleset: str, name: str) -> list[str]:
    found = re.search(rf"^chain {name} \{{\n(.*?)^\}}$", ruleset, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1].splitlines()


def to_pod(*allows: Allow) -> list[str]:
    """Give the conditions under which a flow to a Pod goes on, without the first and last rule, which all have."""
    isolated = Isolated(address="10.0.0.1", direction=Direction.INGRESS, allows=allows)
    first, *conditions, last = chain(ruleset_from([isolated]), "to_10_0_0_1")
    assert first == "ip saddr 10.0.0.1 return"
    assert last == "reject with icmp type admin-prohibited"
    return conditions


def test_a_table_takes_the_place_of_the_one_before_in_one_step() -> None:
    assert ruleset_from([]).startswith(f"table ip {TABLE}\ndelete table ip {TABLE}\ntable ip {TABLE} {{\n")


def test_a_flow_between_pods_passes_both_ends_and_one_to_the_node_its_sender_alone() -> None:
    ruleset = ruleset_from([])
    assert chain(ruleset, "between_pods")[-2:] == ["jump Egress", "jump Ingress"]
    assert chain(ruleset, "to_node")[-1] == "jump Egress"


def test_nobody_is_sent_anywhere_without_isolation() -> None:
    assert chain(ruleset_from([]), "Egress") == chain(ruleset_from([]), "Ingress") == []


def test_each_direction_is_sent_to_its_chain_by_the_pods_own_end() -> None:
    both = [Isolated(address="10.0.0.1", direction=direction, allows=()) for direction in Direction]
    ruleset = ruleset_from(both)
    assert chain(ruleset, "Ingress") == ["ip daddr vmap { 10.0.0.1 : goto to_10_0_0_1 }"]
    assert chain(ruleset, "Egress") == ["ip saddr vmap { 10.0.0.1 : goto from_10_0_0_1 }"]
    assert chain(ruleset, "from_10_0_0_1")[0] == "ip daddr 10.0.0.1 return"


@pytest.mark.parametrize(
    ("allow", "want"),
    [
        pytest.param(Allow(networks=ANY), ["return"], id="anybody"),
        pytest.param(
            Allow(networks=("10.0.0.2", "10.0.0.5")), ["ip saddr { 10.0.0.2/32, 10.0.0.5/32 } return"], id="pods"
        ),
        pytest.param(
            Allow(networks=ANY, excluded=("169.254.0.0/16",)), ["ip saddr != { 169.254.0.0/16 } return"], id="all-but"
        ),
        pytest.param(
            Allow(networks=ANY, excluded=("fe80::/10",)), ["return"], id="an-exception-of-the-other-family-is-none-here"
        ),
        pytest.param(
            Allow(networks=("10.0.0.0/8",), excluded=("10.1.0.0/16", "10.0.0.0/15")),
            ["ip saddr { 10.0.0.0/8 } ip saddr != { 10.0.0.0/15 } return"],
            id="overlapping-exceptions-become-one",
        ),
        pytest.param(
            Allow(networks=ANY, ports=(Ports("TCP", 80, 80), Ports("UDP", 53, 53))),
            ["tcp dport { 80 } return", "udp dport { 53 } return"],
            id="a-line-for-each-protocol",
        ),
        pytest.param(
            Allow(networks=ANY, ports=(Ports("TCP", 80, 90), Ports("TCP", 85, 100), Ports("TCP", 101, 101))),
            ["tcp dport { 80-101 } return"],
            id="overlapping-ports-become-one",
        ),
        pytest.param(
            Allow(networks=ANY, ports=(Ports("TCP"),)), ["tcp dport { 0-65535 } return"], id="a-whole-protocol"
        ),
    ],
)
def test_a_flow_goes_on(allow: Allow, want: list[str]) -> None:
    assert to_pod(allow) == want
