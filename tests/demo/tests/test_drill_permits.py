"""What the boundary report has to list so that an attack counts as permitted."""

import pytest

from bulkhead_demo.drill.model import Attack
from bulkhead_demo.drill.permits import Grant, Peer, Target, permitted

POD = Target(ip="10.244.0.7", port="8200", namespace="openbao", labels={"app": "bao", "pod-template-hash": "1"})
METADATA = Target(ip="169.254.169.254", port="80")
NODE = Target(ip="10.251.0.2", port="6443")
TARGETS = {"pod": POD, "metadata": METADATA, "node": NODE}
ALL_BUT_LINK_LOCAL = Peer(cidr="0.0.0.0/0", excepts=["169.254.0.0/16"])
CONTROLLER = Grant(kind="identity", uri="spiffe://bulkhead.local/controller", how="mounted")
SOCKET = Grant(kind="shares", what="volume", name="socket-vault", other="provider-vault")
ACCOUNT = Grant(kind="account", namespace="a", name="own", how="mounted")
SECRET_READ = Grant(kind="api", verb="get", resource="secrets", namespace="a", name="ca", accounts=["a/own"])


def reaches(peer: Peer, *, port: str = "8200", protocol: str = "TCP") -> Grant:
    return Grant(kind="reaches", peer=peer, port=port, protocol=protocol)


def pods(namespace: str | None, *labels: str) -> Peer:
    named = None if namespace is None else [f"kubernetes.io/metadata.name={namespace}"]
    return Peer(namespaces=named, pods=list(labels))


PROVIDER_POD = reaches(pods("x", "app.kubernetes.io/component=provider-vault"), port="8443")


@pytest.mark.parametrize(
    ("words", "grants", "want"),
    [
        pytest.param("api get secrets a/ca", [ACCOUNT, SECRET_READ], True, id="a-right-as-the-report-spells-it"),
        pytest.param("api get secrets b/ca", [ACCOUNT, SECRET_READ], False, id="no-right-in-another-namespace"),
        pytest.param("api list secrets a/ca", [ACCOUNT, SECRET_READ], False, id="no-right-by-another-verb"),
        pytest.param(
            "api get secrets a/ca",
            [Grant(kind="account", namespace="a", name="own", how="api"), SECRET_READ],
            False,
            id="no-right-of-an-account-whose-token-is-not-mounted",
        ),
        pytest.param("account a/own", [ACCOUNT], True, id="a-mounted-token"),
        pytest.param("account a/other", [ACCOUNT], False, id="no-token-of-another"),
        pytest.param("identity controller", [CONTROLLER], True, id="a-mounted-certificate"),
        pytest.param(
            "identity controller",
            [Grant(kind="identity", uri=CONTROLLER.uri, how="api")],
            False,
            id="no-file-of-a-certificate-that-the-api-server-would-give",
        ),
        pytest.param(
            "credential vault",
            [Grant(kind="credential", source="secret/x/vault-credential", how="mounted")],
            True,
            id="a-mounted-credential",
        ),
        pytest.param("socket vault", [SOCKET], True, id="a-shared-socket"),
        pytest.param("socket fake", [SOCKET], False, id="not-anothers-socket"),
        pytest.param("call vault", [CONTROLLER, SOCKET], True, id="a-call-over-the-socket"),
        pytest.param("call vault", [CONTROLLER, PROVIDER_POD], True, id="a-call-over-the-network"),
        pytest.param("call vault", [SOCKET], False, id="no-call-without-the-certificate"),
        pytest.param("call vault", [CONTROLLER], False, id="no-call-without-a-way"),
        pytest.param("reach pod", [reaches(pods("openbao", "app=bao"))], True, id="a-pod-by-its-labels"),
        pytest.param("reach pod", [reaches(pods("openbao"))], True, id="every-pod-of-a-namespace"),
        pytest.param("reach pod", [reaches(pods("other", "app=bao"))], False, id="no-pod-of-another-namespace"),
        pytest.param("reach pod", [reaches(pods("openbao", "app=x"))], False, id="no-pod-with-other-labels"),
        pytest.param("reach pod", [reaches(pods("openbao"), port="53")], False, id="no-other-port"),
        pytest.param("reach pod", [reaches(pods("openbao"), protocol="UDP")], False, id="no-other-protocol"),
        pytest.param("reach pod", [reaches(ALL_BUT_LINK_LOCAL)], True, id="a-pod-by-its-address"),
        pytest.param(
            "reach metadata", [reaches(ALL_BUT_LINK_LOCAL, port="80")], False, id="no-address-that-is-left-out"
        ),
        pytest.param("reach node", [reaches(pods("openbao"), port="6443")], False, id="no-node-by-labels"),
        pytest.param("reach node", [reaches(Peer(), port="6443")], True, id="whatever-has-the-port"),
        pytest.param(
            "reach metadata | beside controller",
            [Grant(kind="shares", what="network", other="controller")],
            True,
            id="one-of-two-alternatives",
        ),
    ],
)
def test_an_attack_is_permitted_by(words: str, grants: list[Grant], want: bool) -> None:
    attack = Attack(id="a", does="a", act="api.call", permitted=words)
    assert permitted([attack], grants, facts={}, targets=TARGETS) == (frozenset({"a"}) if want else frozenset())


def test_what_no_word_permits_is_not_permitted_by_any_grant() -> None:
    attack = Attack(id="a", does="a", act="api.call")
    assert permitted([attack], [CONTROLLER, SOCKET, SECRET_READ], facts={}, targets={}) == frozenset()
