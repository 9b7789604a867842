"""The identities file: what is read from it, and what is refused before anything is issued."""

from pathlib import Path

import pytest

from bulkhead_certcontroller.identities import IdentitiesError, Identity, Usage, check_trust_domain, load_identities
from bulkhead_runtime.spiffe import SpiffeId

TD = "bulkhead.local"


def write(tmp_path: Path, *entries: str) -> Path:
    file = tmp_path / "identities.yaml"
    file.write_text("identities:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    return file


def test_the_file_gives_identities_in_its_order(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "name: provider-vault, path: provider/vault, usage: server, secret: bulkhead-tls-provider-vault, user: 20002",
        "name: controller, path: controller, usage: client",
    )

    assert load_identities(file, TD) == (
        Identity(
            name="provider-vault",
            spiffe_id=SpiffeId(TD, "provider/vault"),
            usage=Usage.SERVER,
            secret="bulkhead-tls-provider-vault",
            user=20002,
        ),
        Identity(name="controller", spiffe_id=SpiffeId(TD, "controller"), usage=Usage.CLIENT),
    )


def test_only_a_server_has_a_dns_name(tmp_path: Path) -> None:
    file = write(tmp_path, "name: a, path: provider/a, usage: server", "name: b, path: b, usage: client")

    assert [identity.server_name for identity in load_identities(file, TD)] == ["a.provider.bulkhead.local", None]


def test_a_server_may_have_names_of_its_own_and_addresses_where_it_is_asked(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "name: a, path: webhook/server, usage: server, dnsNames: [hook.system.svc], acknowledge: ['hook.system:8081']",
    )
    identity = load_identities(file, TD)[0]

    assert (identity.certified_names, identity.server_name) == (("hook.system.svc",), None)
    assert identity.acknowledge == ("hook.system:8081",)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        pytest.param(["name: A, path: a, usage: client"], "name: not a DNS label", id="a-name-in-capitals"),
        pytest.param(
            ["name: ../a, path: a, usage: client"], "name: not a DNS label", id="a-name-that-leaves-the-folder"
        ),
        pytest.param(["name: a, path: a/../b, usage: client"], "not DNS labels", id="a-path-with-dots"),
        pytest.param(["name: a, path: '*', usage: server"], "not DNS labels", id="a-wildcard"),
        pytest.param(["name: a, path: /a, usage: client"], "not DNS labels", id="a-path-with-a-leading-slash"),
        pytest.param(["name: a, path: a.b, usage: client"], "not DNS labels", id="a-dot-in-a-segment"),
        pytest.param(["name: a, path: a, usage: both"], "Invalid enum value", id="a-usage-for-both-sides"),
        pytest.param(["name: a, path: a, usage: client, user: -1"], "not a Unix user", id="a-negative-user"),
        pytest.param(
            ["name: a, path: a, usage: client, secret: a/b"], "not a name a Secret", id="a-secret-with-a-slash"
        ),
        pytest.param(["name: a, path: a, usage: client, key: x"], "unknown field", id="a-field-nobody-knows"),
        pytest.param(
            ["name: a, path: a, usage: client", "name: a, path: b, usage: client"], "name 'a'", id="a-name-twice"
        ),
        pytest.param(
            ["name: a, path: a, usage: client", "name: b, path: a, usage: server"], "path 'a'", id="a-path-twice"
        ),
        pytest.param(
            ["name: a, path: a, usage: client, secret: s", "name: b, path: b, usage: client, secret: s"],
            "secret 's'",
            id="a-secret-twice",
        ),
        pytest.param(["name: a, path: a, usage: client, dnsNames: [a.b]"], "a client has none", id="a-named-client"),
        pytest.param(["name: a, path: a, usage: server, dnsNames: ['*.b']"], "not a DNS name", id="a-wildcard-name"),
        pytest.param(
            ["name: a, path: a, usage: server, dnsNames: [controller.bulkhead.local]"],
            "not apart from the trust domain",
            id="a-dns-name-below-the-trust-domain",
        ),
        pytest.param(
            ["name: a, path: a, usage: server, dnsNames: [bulkhead.local]"],
            "not apart from the trust domain",
            id="the-trust-domain-as-a-dns-name",
        ),
        pytest.param(
            ["name: a, path: a, usage: server, dnsNames: [local]"],
            "not apart from the trust domain",
            id="a-dns-name-above-the-trust-domain",
        ),
        pytest.param(
            ["name: a, path: a, usage: server, dnsNames: [x.y]", "name: b, path: b, usage: server, dnsNames: [x.y]"],
            "dnsName 'x.y'",
            id="a-dns-name-twice",
        ),
        pytest.param(["name: a, path: a, usage: client, acknowledge: [x]"], "not an address", id="no-port"),
        pytest.param(["name: a, path: a, usage: client, acknowledge: [':1']"], "needs a host", id="no-host"),
        pytest.param(["name: a, path: a, usage: client, acknowledge: ['x:0']"], "needs a host", id="any-port"),
        pytest.param(
            [f"name: a, path: {'a/' * 130}a, usage: server"], "cannot be a server", id="a-too-long-server-path"
        ),
    ],
)
def test_the_file_is_refused_with(tmp_path: Path, entries: list[str], says: str) -> None:
    file = write(tmp_path, *entries)
    with pytest.raises(IdentitiesError, match=r"identities\.yaml: ") as caught:
        load_identities(file, TD)

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "identities: []", "identities: [", "- a", "identities: 7"])
def test_a_file_without_a_list_of_identities_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "identities.yaml"
    file.write_text(content)
    with pytest.raises(IdentitiesError):
        load_identities(file, TD)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdentitiesError, match=r"nowhere\.yaml: No such file"):
        load_identities(tmp_path / "nowhere.yaml", TD)


@pytest.mark.parametrize(
    "name", ["", "Bulkhead.local", "bulkhead_local", ".local", "a..b", "-a", "a/b", "*.local", "a" * 254]
)
def test_a_trust_domain_that_a_ca_cannot_be_limited_to_is_refused(name: str) -> None:
    with pytest.raises(IdentitiesError, match="trust domain"):
        check_trust_domain(name)
