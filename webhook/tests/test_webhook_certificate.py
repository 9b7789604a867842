"""Whether the API server would accept the serving certificate, and whom a client's certificate names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.identities import Usage as IdentityUsage
from bulkhead_certcontroller.leaf import issue_leaf
from bulkhead_runtime.serving_tls import ServingTerms
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_webhook.callers import names_in
from bulkhead_webhook.certificate import CertificateError, check_serving, serving_from
from bulkhead_webhook.door import Door

NAME = "bulkhead-webhook.bulkhead-system.svc"
SERVER = SpiffeId.parse("spiffe://bulkhead.local/webhook/server")


def leaf(*dns_names: str, usage: Usage = Usage.SERVER, lifetime: timedelta = timedelta(hours=1)) -> Leaf:
    return Leaf(spiffe_id=SERVER, usage=usage, dns_names=dns_names, lifetime=lifetime)


def checked(directory: Path, *, now: datetime | None = None) -> None:
    serving = serving_from((directory / "tls.crt").read_bytes(), (directory / "ca.crt").read_bytes())
    check_serving(serving, NAME, now=now or datetime.now(UTC))


@pytest.mark.parametrize("names", [[NAME], ["localhost", NAME]], ids=["it-alone", "it-among-others"])
def test_a_certificate_with_the_name_that_is_called_is_accepted(tmp_path: Path, names: list[str]) -> None:
    checked(Authority.new().issue(leaf(*names), tmp_path))


@pytest.mark.parametrize(
    ("limits", "accepted"),
    [
        pytest.param([NAME], True, id="itself"),
        pytest.param(["bulkhead-system.svc"], True, id="what-it-lies-below"),
        pytest.param(["other.svc"], False, id="others-alone"),
        pytest.param([], False, id="the-trust-domain-alone"),
    ],
)
def test_a_certificate_of_the_certcontroller_is_accepted_if_its_ca_may_sign_for(
    tmp_path: Path, limits: list[str], accepted: bool
) -> None:
    now = datetime.now(UTC)
    authority = make_authority("bulkhead.local", timedelta(days=1), now=now, dns_names=limits)
    identity = Identity(name="webhook-server", spiffe_id=SERVER, usage=IdentityUsage.SERVER, dns_names=(NAME,))
    for name, file in issue_leaf(authority, identity, timedelta(hours=1), now=now).files.items():
        (tmp_path / name).write_bytes(file.reveal())
    if accepted:
        checked(tmp_path)
    else:
        with pytest.raises(CertificateError, match="not valid for"):
            checked(tmp_path)


def limited(authority: Authority, *, permitted: list[str] | None, excluded: list[str] | None) -> Authority:
    """Give the same authority with name constraints."""
    old = authority.certificate
    trees = [None if names is None else [x509.DNSName(each) for each in names] for names in (permitted, excluded)]
    certificate = (
        x509.CertificateBuilder(extensions=list(old.extensions))
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
        .add_extension(x509.NameConstraints(*trees), critical=True)
        .sign(authority.key, hashes.SHA256())
    )
    return Authority(authority.key, certificate)


@pytest.mark.parametrize(
    ("permitted", "excluded", "accepted"),
    [
        pytest.param([".svc"], None, True, id="only-what-lies-below-svc"),
        pytest.param([""], None, True, id="any-name"),
        pytest.param(["em.svc"], None, False, id="only-names-that-end-alike"),
        pytest.param(None, ["bulkhead-system.svc"], False, id="no-name-of-the-namespace"),
        pytest.param(["svc"], ["other.svc"], True, id="no-name-of-another-namespace"),
    ],
)
def test_the_limits_of_a_ca_count_as_they_do_for_the_api_server(
    tmp_path: Path, permitted: list[str] | None, excluded: list[str] | None, accepted: bool
) -> None:
    directory = limited(Authority.new(), permitted=permitted, excluded=excluded).issue(leaf(NAME), tmp_path)
    if accepted:
        checked(directory)
    else:
        with pytest.raises(CertificateError, match="its CA may not"):
            checked(directory)


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        pytest.param("*.bulkhead-system.svc", True, id="for-all-names-beside-it"),
        pytest.param("*.svc", False, id="for-all-names-one-level-up"),
        pytest.param("BULKHEAD-webhook.bulkhead-system.svc", True, id="in-capitals"),
        pytest.param(f"x.{NAME}", False, id="for-a-name-below-it"),
        pytest.param(NAME.removeprefix("bulkhead-"), False, id="for-a-name-that-ends-alike"),
    ],
)
def test_a_certificate_with_a_name(tmp_path: Path, name: str, accepted: bool) -> None:
    # Of no trust domain of ours, as another issuer's may be.
    directory = Authority.new().issue(replace(leaf(name), uris=[]), tmp_path)
    if accepted:
        checked(directory)
    else:
        with pytest.raises(CertificateError, match="not valid for"):
            checked(directory)


@pytest.mark.parametrize(
    ("issued", "later"),
    [
        pytest.param(leaf("localhost"), timedelta(0), id="for-another-name"),
        pytest.param(leaf(NAME, usage=Usage.CLIENT), timedelta(0), id="for-a-client"),
        pytest.param(leaf(NAME, lifetime=timedelta(seconds=-1)), timedelta(0), id="that-has-expired"),
        pytest.param(leaf(NAME), timedelta(hours=2), id="that-will-have-expired"),
        pytest.param(leaf(NAME), timedelta(hours=-2), id="that-is-not-valid-yet"),
    ],
)
def test_a_certificate_is_refused(tmp_path: Path, issued: Leaf, later: timedelta) -> None:
    directory = Authority.new().issue(issued, tmp_path)
    with pytest.raises(CertificateError, match=r"not valid for|not for servers"):
        checked(directory, now=datetime.now(UTC) + later)


def test_a_certificate_whose_authority_has_expired_is_refused(tmp_path: Path) -> None:
    directory = Authority.new(lifetime=timedelta(hours=1)).issue(leaf(NAME, lifetime=timedelta(hours=3)), tmp_path)
    with pytest.raises(CertificateError, match="not valid for"):
        checked(directory, now=datetime.now(UTC) + timedelta(hours=2))


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    directory = Authority.new().issue(leaf(NAME), tmp_path, roots=Authority.new().roots)
    with pytest.raises(CertificateError, match="not valid for"):
        checked(directory)


def constrained(*names: x509.GeneralName) -> Authority:
    """Give an authority that may vouch for some names only, as the certcontroller's."""
    plain = Authority.new()
    old = plain.certificate
    certificate = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.subject)
        .public_key(plain.key.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=None), critical=True)
        .sign(plain.key, hashes.SHA256())
    )
    return replace(plain, certificate=certificate)


URIS = x509.UniformResourceIdentifier("bulkhead.local")


@pytest.mark.parametrize("within", [[NAME], ["bulkhead-system.svc"], []], ids=["it", "its-domain", "no-dns-name"])
def test_a_certificate_of_an_authority_that_may_vouch_for_it_is_accepted(tmp_path: Path, within: list[str]) -> None:
    checked(constrained(URIS, *map(x509.DNSName, within)).issue(leaf(NAME), tmp_path))


def test_a_certificate_of_an_authority_that_may_not_vouch_for_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="its CA may not sign for its names"):
        checked(constrained(URIS, x509.DNSName("bulkhead.local")).issue(leaf(NAME), tmp_path))


def test_a_wildcard_stands_for_one_label(tmp_path: Path) -> None:
    checked(Authority.new().issue(leaf("*.bulkhead-system.svc"), tmp_path / "one"))
    with pytest.raises(CertificateError, match="it is for other names"):
        checked(Authority.new().issue(leaf("*.svc"), tmp_path / "two"))


@pytest.mark.parametrize("file", ["tls.crt", "ca.crt"])
def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path, file: str) -> None:
    directory = Authority.new().issue(leaf(NAME), tmp_path)
    (directory / file).write_text("half a cert")
    with pytest.raises(CertificateError, match="PEM"):
        checked(directory)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def damaged(directory: Path) -> None:
    (directory / "tls.crt").write_text("half a cert")


def removed(directory: Path) -> None:
    for file in directory.iterdir():
        file.unlink()


@pytest.mark.parametrize("ruin", [damaged, removed])
async def test_a_certificate_stays_good_until_it_ends_whatever_becomes_of_the_files(
    tmp_path: Path, ruin: Callable[[Path], None]
) -> None:
    directory, clock = Authority.new().issue(leaf(NAME), tmp_path / "tls"), Clock()
    door = Door(directory, NAME, terms=ServingTerms(), clock=clock)
    assert not door.is_good()
    await door.opened()
    assert door.is_good()
    ruin(directory)
    assert door.is_good()
    clock.now += timedelta(hours=2)
    assert not door.is_good()


async def test_a_certificate_that_comes_late_is_good_again(tmp_path: Path) -> None:
    authority, clock = Authority.new(), Clock()
    directory = authority.issue(leaf(NAME), tmp_path)
    door = Door(directory, NAME, terms=ServingTerms(), clock=clock)
    await door.opened()
    clock.now += timedelta(hours=2)
    assert not door.is_good()
    authority.issue(leaf(NAME, lifetime=timedelta(hours=3)), directory)
    assert door.is_good()


@pytest.mark.parametrize(
    ("certificate", "names"),
    [
        pytest.param({}, set(), id="nobody"),
        pytest.param({"subject": ((("commonName", "kube-apiserver"),),)}, {"kube-apiserver"}, id="a-common-name"),
        pytest.param(
            {"subject": ((("organizationName", "x"),),), "subjectAltName": (("DNS", "api"), ("URI", "spiffe://a/b"))},
            {"api", "spiffe://a/b"},
            id="alternative-names",
        ),
        pytest.param({"subjectAltName": (("email", "a@b"),)}, set(), id="no-mail-address"),
    ],
)
def test_a_certificate_names(certificate: dict[str, object], names: set[str]) -> None:
    assert names_in(certificate) == names
