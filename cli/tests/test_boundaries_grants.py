"""Whether one grant includes another: a table for each kind, and what must hold of all."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_cli.boundaries.grants import Account, ApiRight, Backend, Grant, Identity, Peer, Reaches, Serves, Shares
from bulkhead_cli.boundaries.scopes import covers_resource


def right(verb: str = "get", resource: str = "secrets", namespace: str = "a", name: str = "x") -> ApiRight:
    return ApiRight(verb=verb, resource=resource, namespace=namespace, name=name)


def way(cidr: str = "10.0.0.0/8", *excepts: str, protocol: str = "TCP", port: str = "443") -> Reaches:
    return Reaches(peer=Peer(cidr=cidr, excepts=excepts), protocol=protocol, port=port)


def serving(keys: str = "*", namespaces: str = "*", operations: tuple[str, ...] = ("read",)) -> Serves:
    return Serves(namespaces=(namespaces,), stores=("*",), keys=(keys,), operations=operations)


ANYBODY: Final = Reaches(peer=Peer(), protocol="*", port="*")


@pytest.mark.parametrize(
    ("have", "want", "covers"),
    [
        pytest.param(right(), right(), True, id="a-right-itself"),
        pytest.param(right(verb="*"), right(), True, id="every-verb-one"),
        pytest.param(right(), right(verb="*"), False, id="one-verb-every"),
        pytest.param(right(namespace="*"), right(), True, id="every-namespace-one"),
        pytest.param(right(), right(namespace="*"), False, id="one-namespace-every"),
        pytest.param(right(name="*"), right(), True, id="every-name-one"),
        pytest.param(right(), right(name="y"), False, id="a-name-not-another"),
        pytest.param(
            Account(namespace="a", name="*", how="api"),
            Account(namespace="a", name="x", how="mounted"),
            True,
            id="every-account-one",
        ),
        pytest.param(
            Identity(uri="spiffe://d/*", how="ca"),
            Identity(uri="spiffe://d/a/b", how="api"),
            True,
            id="the-ca-every-identity",
        ),
        pytest.param(
            Identity(uri="spiffe://d/*", how="ca"),
            Identity(uri="spiffe://dd/a", how="api"),
            False,
            id="the-ca-none-of-another-domain",
        ),
        pytest.param(Backend(host="*"), Backend(host="https://a:1"), True, id="every-backend-one"),
        pytest.param(way(), way("10.1.0.0/16"), True, id="a-range-a-part-of-it"),
        pytest.param(way("10.1.0.0/16"), way(), False, id="a-part-not-the-range"),
        pytest.param(way("10.0.0.0/8", "10.1.0.0/16"), way("10.2.0.0/16"), True, id="a-range-what-is-not-excepted"),
        pytest.param(way("10.0.0.0/8", "10.1.0.0/16"), way("10.1.2.0/24"), False, id="a-range-not-what-is-excepted"),
        pytest.param(
            way("10.0.0.0/8", "10.1.0.0/16"),
            way("10.0.0.0/8", "10.0.0.0/9"),
            True,
            id="a-range-one-with-larger-exceptions",
        ),
        pytest.param(
            way("10.0.0.0/8", "10.0.0.0/9"),
            way("10.0.0.0/8", "10.1.0.0/16"),
            False,
            id="a-range-not-one-with-smaller-exceptions",
        ),
        pytest.param(way("0.0.0.0/0"), way("::/0"), False, id="ipv4-not-ipv6"),
        pytest.param(way(port="400-500"), way(port="443"), True, id="ports-one-of-them"),
        pytest.param(way(port="443"), way(port="400-500"), False, id="one-port-not-more"),
        pytest.param(way(port="*"), way(port="https"), True, id="every-port-a-named-one"),
        pytest.param(way(port="https"), way(port="443"), False, id="a-named-port-not-a-number"),
        pytest.param(way(protocol="*"), way(protocol="UDP"), True, id="every-protocol-one"),
        pytest.param(ANYBODY, way("::/0"), True, id="everybody-a-range"),
        pytest.param(serving("app/*"), serving("app/db/*"), True, id="a-pattern-a-longer-one"),
        pytest.param(serving("app/*"), serving("*"), False, id="a-pattern-not-everything"),
        pytest.param(serving("a?c"), serving("abc"), False, id="a-question-mark-is-no-pattern"),
        pytest.param(serving("[ab]"), serving("a"), False, id="brackets-are-no-pattern"),
        pytest.param(serving(operations=("find", "read")), serving(), True, id="more-operations-fewer"),
        pytest.param(serving(), serving(operations=("find", "read")), False, id="fewer-operations-not-more"),
        pytest.param(
            Shares(what="volume", other="b", name="v", writable=True),
            Shares(what="volume", other="b", name="v"),
            True,
            id="writing-reading",
        ),
        pytest.param(
            Shares(what="volume", other="b", name="v"),
            Shares(what="volume", other="b", name="v", writable=True),
            False,
            id="reading-not-writing",
        ),
    ],
)
def test_a_grant_covers(have: Grant, want: Grant, covers: bool) -> None:
    assert type(have) is type(want)
    assert have.covers(want) is covers  # type: ignore[arg-type]  # of one kind by now


@pytest.mark.parametrize(
    ("have", "want", "covers"),
    [
        pytest.param("*.*", "secrets", True, id="everything"),
        pytest.param("*.*", "pods/exec", True, id="everything-subresources-too"),
        pytest.param("*", "secrets", True, id="every-resource-of-the-core-group"),
        pytest.param("*", "leases.coordination.k8s.io", False, id="not-of-another-group"),
        pytest.param("pods", "pods/exec", False, id="not-the-subresources-of-a-resource"),
        pytest.param("*.apps/status", "deployments.apps/status", True, id="one-subresource-of-every-resource"),
        pytest.param("secrets/*", "secrets/x", True, id="every-subresource"),
        pytest.param("secrets/*", "secrets", False, id="subresources-not-the-resource"),
        pytest.param("/metrics", "/metrics", True, id="a-path"),
        pytest.param("/api/*", "/api/v1", True, id="paths-below-one"),
        pytest.param("*.*", "/metrics", False, id="resources-not-paths"),
    ],
)
def test_a_resource_covers(have: str, want: str, covers: bool) -> None:
    assert covers_resource(have, want) is covers


WORDS: Final = st.sampled_from(["*", "a", "b", "a*", "ab*"])
RIGHTS: Final = st.builds(
    ApiRight,
    verb=st.sampled_from(["*", "get", "list"]),
    resource=st.sampled_from(["*.*", "*", "secrets", "pods/exec", "pods", "/metrics", "/*"]),
    namespace=WORDS,
    name=WORDS,
)
RANGES: Final = st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/16", "::/0", "fd00::/8"])
PEERS: Final = st.one_of(
    st.builds(Peer),
    st.builds(Peer, cidr=RANGES, excepts=st.lists(RANGES, max_size=2).map(tuple)),
    st.builds(
        Peer,
        namespaces=st.lists(st.sampled_from("xy"), max_size=2).map(tuple),
        pods=st.lists(st.sampled_from("pq"), max_size=2).map(tuple),
    ),
)
WAYS: Final = st.builds(
    Reaches, peer=PEERS, protocol=st.sampled_from(["*", "TCP", "UDP"]), port=st.sampled_from(["*", "1", "1-9", "p"])
)
SERVED: Final = st.builds(
    Serves,
    namespaces=st.lists(WORDS, max_size=2).map(tuple),
    stores=st.lists(WORDS, max_size=2).map(tuple),
    keys=st.lists(WORDS, max_size=2).map(tuple),
    operations=st.lists(st.sampled_from(["read", "find"]), max_size=2).map(tuple),
)


@given(RIGHTS, RIGHTS, RIGHTS)
def test_rights_include_themselves_and_what_is_in_what_they_include(
    one: ApiRight, two: ApiRight, three: ApiRight
) -> None:
    assert one.covers(one)
    assert not (one.covers(two) and two.covers(three)) or one.covers(three)


@given(WAYS, WAYS, WAYS)
def test_ways_include_themselves_and_what_is_in_what_they_include(one: Reaches, two: Reaches, three: Reaches) -> None:
    assert one.covers(one)
    assert not (one.covers(two) and two.covers(three)) or one.covers(three)


@settings(max_examples=50)
@given(SERVED, SERVED, SERVED)
def test_rules_include_themselves_and_what_is_in_what_they_include(one: Serves, two: Serves, three: Serves) -> None:
    assert one.covers(one)
    assert not (one.covers(two) and two.covers(three)) or one.covers(three)
