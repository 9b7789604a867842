"""Which flows NetworkPolicies leave open."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_cluster.policy.objects import Namespace, NetworkPolicy, Pod
from bulkhead_cluster.policy.verdicts import Allow, Direction, Isolated, Ports, verdicts_from

_PORTS = [
    {"name": "web", "containerPort": 8080},
    {"name": "web", "containerPort": 8081, "protocol": "UDP"},
    {"name": "metrics", "containerPort": 9090},
]


def pod(name: str, address: str, *, namespace: str = "shop", phase: str = "Running", **spec: object) -> Pod:
    return msgspec.convert(
        {
            "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
            "spec": {"containers": [{"ports": _PORTS}], **spec},
            "status": {"phase": phase, "podIP": address},
        },
        Pod,
    )


SHOP, CLIENT, BANK = pod("shop", "10.0.0.1"), pod("client", "10.0.0.2"), pod("bank", "10.0.0.3", namespace="bank")
PODS = (SHOP, CLIENT, BANK)
NAMESPACES = [
    msgspec.convert({"metadata": {"name": name, "labels": {"team": name}}}, Namespace) for name in ("shop", "bank")
]
WEB = Ports("TCP", 8080, 8080)
NOTHING: tuple[Allow, ...] = ()


def policy(spec: Mapping[str, object], *, namespace: str = "shop") -> NetworkPolicy:
    return msgspec.convert({"metadata": {"name": "it", "namespace": namespace}, "spec": spec}, NetworkPolicy)


def on_shop(**spec: object) -> NetworkPolicy:
    return policy({"podSelector": {"matchLabels": {"app": "shop"}}, **spec})


def verdicts(*policies: NetworkPolicy, pods: Sequence[Pod] = PODS) -> Mapping[tuple[str, Direction], tuple[Allow, ...]]:
    return {(each.address, each.direction): each.allows for each in verdicts_from(pods, NAMESPACES, policies)}


def app(name: str) -> Mapping[str, object]:
    return {"podSelector": {"matchLabels": {"app": name}}}


def test_without_policies_nothing_is_isolated() -> None:
    assert verdicts() == {}


@pytest.mark.parametrize(
    ("spec", "want"),
    [
        pytest.param({}, {Direction.INGRESS}, id="no-types-and-no-rules-mean-ingress"),
        pytest.param({"egress": [{}]}, {Direction.INGRESS, Direction.EGRESS}, id="an-egress-rule-adds-egress"),
        pytest.param({"policyTypes": ["Egress"]}, {Direction.EGRESS}, id="named-types-are-all"),
        pytest.param({"policyTypes": ["Ingress"], "egress": [{}]}, {Direction.INGRESS}, id="a-rule-of-no-type-is-void"),
    ],
)
def test_a_policy_isolates_the_directions_of_its_types(spec: Mapping[str, object], want: set[Direction]) -> None:
    assert {direction for _, direction in verdicts(on_shop(**spec))} == want


@pytest.mark.parametrize(
    ("selector", "want"),
    [
        pytest.param({}, {"10.0.0.1", "10.0.0.2"}, id="an-empty-one-all-of-its-namespace"),
        pytest.param({"matchLabels": {"app": "shop"}}, {"10.0.0.1"}, id="by-label"),
        pytest.param({"matchLabels": {"app": "bank"}}, set(), id="never-of-another-namespace"),
        pytest.param(
            {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["shop"]}]},
            {"10.0.0.2"},
            id="by-what-not",
        ),
    ],
)
def test_a_policy_isolates_the_pods_it_selects(selector: Mapping[str, object], want: set[str]) -> None:
    assert {address for address, _ in verdicts(policy({"podSelector": selector}))} == want


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(pod("shop", "10.0.0.9", phase="Succeeded"), id="has-ended"),
        pytest.param(pod("shop", "10.0.0.9", hostNetwork=True), id="is-on-the-nodes-network"),
        pytest.param(pod("shop", ""), id="has-no-address-yet"),
    ],
)
def test_a_pod_is_no_end_of_a_flow_if_it(other: Pod) -> None:
    assert verdicts(on_shop(), pods=[other]) == {}
    caller = on_shop(ingress=[{"from": [app("shop")]}])
    assert verdicts(caller, pods=[SHOP, other])["10.0.0.1", Direction.INGRESS] == (Allow(networks=("10.0.0.1",)),)


ANY = ("0.0.0.0/0",)
INGRESS_RULES = [
    pytest.param({}, [Allow(networks=ANY)], id="an-empty-rule-opens-all"),
    pytest.param({"from": [app("client")]}, [Allow(networks=("10.0.0.2",))], id="a-pod-of-the-same-namespace"),
    pytest.param({"from": [app("bank")]}, NOTHING, id="a-pod-selector-alone-means-no-other-namespace"),
    pytest.param(
        {"from": [{"podSelector": {}}]}, [Allow(networks=("10.0.0.1", "10.0.0.2"))], id="all-of-the-namespace"
    ),
    pytest.param(
        {"from": [{"namespaceSelector": {"matchLabels": {"team": "bank"}}}]},
        [Allow(networks=("10.0.0.3",))],
        id="all-of-another-namespace",
    ),
    pytest.param(
        {"from": [{"namespaceSelector": {}, **app("bank")}]},
        [Allow(networks=("10.0.0.3",))],
        id="both-selectors-must-hold",
    ),
    pytest.param(
        {"from": [{"namespaceSelector": {}}, app("client")]},
        [Allow(networks=("10.0.0.1", "10.0.0.2", "10.0.0.3")), Allow(networks=("10.0.0.2",))],
        id="two-peers-are-either",
    ),
    pytest.param(
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16", "10.8.0.0/16"]}}]},
        [Allow(networks=("10.0.0.0/8",), excluded=("10.8.0.0/16", "10.9.0.0/16"))],
        id="a-network-with-exceptions",
    ),
    pytest.param({"from": [{"ipBlock": {"cidr": "fd00::/8"}}]}, NOTHING, id="a-network-of-the-other-family"),
    pytest.param(
        {"ports": [{"port": 443}]}, [Allow(networks=ANY, ports=(Ports("TCP", 443, 443),))], id="a-port-is-tcp"
    ),
    pytest.param(
        {"ports": [{"port": 53, "protocol": "UDP"}]}, [Allow(networks=ANY, ports=(Ports("UDP", 53, 53),))], id="udp"
    ),
    pytest.param(
        {"ports": [{"protocol": "UDP"}]}, [Allow(networks=ANY, ports=(Ports("UDP"),))], id="all-of-a-protocol"
    ),
    pytest.param(
        {"ports": [{"port": 8000, "endPort": 9000}]},
        [Allow(networks=ANY, ports=(Ports("TCP", 8000, 9000),))],
        id="a-range",
    ),
    pytest.param({"ports": [{"port": "web"}]}, [Allow(networks=ANY, ports=(WEB,))], id="a-name-of-the-pods-own-port"),
    pytest.param({"ports": [{"port": "nobody"}]}, NOTHING, id="an-unknown-name-opens-nothing"),
    pytest.param(
        {"from": [app("client")], "ports": [{"port": 1}, {"port": "web"}]},
        [Allow(networks=("10.0.0.2",), ports=(Ports("TCP", 1, 1), WEB))],
        id="peer-and-port-must-both-hold",
    ),
]


@pytest.mark.parametrize(("rule", "want"), INGRESS_RULES)
def test_an_ingress_rule_opens(rule: Mapping[str, object], want: Sequence[Allow]) -> None:
    assert verdicts(on_shop(ingress=[rule]))["10.0.0.1", Direction.INGRESS] == tuple(want)


@pytest.mark.parametrize(
    ("rule", "want"),
    [
        pytest.param({}, [Allow(networks=ANY)], id="all-if-it-is-empty"),
        pytest.param(
            {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"port": 443}]},
            [Allow(networks=("192.0.2.0/24",), ports=(Ports("TCP", 443, 443),))],
            id="a-port-of-a-network",
        ),
        pytest.param(
            {"to": [{"namespaceSelector": {"matchLabels": {"team": "bank"}}}], "ports": [{"port": "metrics"}]},
            [Allow(networks=("10.0.0.3",), ports=(Ports("TCP", 9090, 9090),))],
            id="a-named-port-of-the-pods-it-goes-to",
        ),
        pytest.param(
            {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"port": "web"}]},
            NOTHING,
            id="no-name-in-a-network",
        ),
        pytest.param(
            {"ports": [{"port": "web"}]},
            [Allow(networks=(each.status.pod_ip,), ports=(WEB,)) for each in PODS],
            id="a-name-alone-on-every-pod-that-has-it",
        ),
    ],
)
def test_an_egress_rule_opens(rule: Mapping[str, object], want: Sequence[Allow]) -> None:
    got = verdicts(on_shop(policyTypes=["Egress"], egress=[rule]))
    assert got == {("10.0.0.1", Direction.EGRESS): tuple(want)}


# An oracle that knows one flow only, and says by itself what a policy says about it.
ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.7"]
PEERS = st.sampled_from(
    [
        app("client"), app("shop"), {"podSelector": {}},
        {"namespaceSelector": {}}, {"namespaceSelector": {}, **app("bank")},
        {"ipBlock": {"cidr": "192.0.2.0/24"}}, {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/30"]}},
    ]
)  # fmt: skip
PORTS = st.sampled_from(
    [{"port": 8080}, {"port": "web"}, {"port": 8000, "endPort": 8100}, {"port": 53, "protocol": "UDP"}]
)
RULES = st.fixed_dictionaries({}, optional={"from": st.lists(PEERS, max_size=2), "ports": st.lists(PORTS, max_size=2)})
POLICIES = st.lists(
    st.builds(
        lambda selector, rules: policy({"podSelector": selector, "ingress": rules}),
        st.sampled_from([{}, {"matchLabels": {"app": "shop"}}]),
        st.lists(RULES, max_size=2),
    ),
    max_size=3,
)


def opens(isolated: Sequence[Isolated], *, to: str, sender: str, ports: Ports) -> bool:
    """Say whether a flow passes the receiving side of verdicts."""
    mine = [each for each in isolated if each.address == to and each.direction is Direction.INGRESS]
    return not mine or any(
        _covers(allow.networks, sender)
        and not _covers(allow.excluded, sender)
        and (not allow.ports or any(_within(ports, open_) for open_ in allow.ports))
        for each in mine
        for allow in each.allows
    )


def _covers(networks: Sequence[str], address: str) -> bool:
    return any(IPv4Address(address) in IPv4Network(each) for each in networks)


def _within(port: Ports, open_: Ports) -> bool:
    return port.protocol == open_.protocol and open_.first <= port.first <= open_.last


@given(POLICIES.flatmap(lambda those: st.tuples(st.just(those), st.permutations(those))), st.permutations(PODS))
def test_the_order_of_policies_and_pods_means_nothing(
    policies: tuple[list[NetworkPolicy], list[NetworkPolicy]], pods: list[Pod]
) -> None:
    ordered, shuffled = policies
    assert verdicts_from(pods, NAMESPACES, shuffled) == verdicts_from(PODS, NAMESPACES, ordered)


@given(POLICIES, RULES, st.sampled_from(ADDRESSES), st.sampled_from([WEB, Ports("UDP", 53, 53), Ports("TCP", 1, 1)]))
def test_one_more_rule_closes_nothing(
    policies: list[NetworkPolicy], rule: Mapping[str, object], sender: str, port: Ports
) -> None:
    first = on_shop(ingress=[])
    more = on_shop(ingress=[rule])
    before = opens(verdicts_from(PODS, NAMESPACES, [*policies, first]), to="10.0.0.1", sender=sender, ports=port)
    after = opens(verdicts_from(PODS, NAMESPACES, [*policies, more]), to="10.0.0.1", sender=sender, ports=port)
    assert after or not before


@given(POLICIES)
def test_a_policy_that_denies_all_isolates_whatever_others_open_elsewhere(policies: list[NetworkPolicy]) -> None:
    bank = policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, namespace="bank")
    got = verdicts(*policies, bank)
    assert got["10.0.0.3", Direction.INGRESS] == got["10.0.0.3", Direction.EGRESS] == NOTHING
