"""The CA and its leaves as files: what is in them, and what is taken for a CA of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import Authority, AuthorityError, authority_from_files, make_authority, permits
from bulkhead_certcontroller.decide import Issue, Keep, Reason, decide_leaf
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.leaf import issue_leaf, leaf_facts_from
from bulkhead_certcontroller.place import Held
from bulkhead_runtime.spiffe import SpiffeId

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = 365 * DAY
TD = "bulkhead.local"
SERVER = Identity(name="provider-vault", spiffe_id=SpiffeId(TD, "provider/vault"), usage=Usage.SERVER)
CLIENT = Identity(name="controller", spiffe_id=SpiffeId(TD, "controller"), usage=Usage.CLIENT)
CA = make_authority(TD, YEAR, now=NOW)
OTHER = make_authority(TD, YEAR, now=NOW)
FILES = CA.files()
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes = b"") -> SecretValue:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return SecretValue(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))


def leaf_of(files: Mapping[str, SecretValue]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files["tls.crt"].reveal())


def test_the_ca_signs_leaves_of_its_trust_domain_only() -> None:
    extensions = CA.certificate.extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    limits = extensions.get_extension_for_class(x509.NameConstraints)

    assert basic.critical
    assert basic.value == x509.BasicConstraints(ca=True, path_length=0)
    assert limits.critical
    assert limits.value.permitted_subtrees == [x509.UniformResourceIdentifier(TD), x509.DNSName(TD)]
    assert isinstance(CA.key.curve, ec.SECP256R1)
    assert CA.certificate.not_valid_after_utc == NOW + YEAR


@pytest.mark.parametrize(
    ("names", "permitted"),
    [
        pytest.param(["vault.provider.bulkhead.local"], True, id="a-name-below-the-trust-domain"),
        pytest.param(["hook.system.svc"], True, id="a-name-it-was-made-for"),
        pytest.param(["hook.system.svc", "hook.other.svc"], False, id="one-of-two"),
        pytest.param(["ahook.system.svc"], False, id="a-name-that-only-ends-alike"),
        pytest.param([], True, id="no-name"),
    ],
)
def test_a_ca_permits(names: list[str], permitted: bool) -> None:
    authority = make_authority(TD, YEAR, now=NOW, dns_names=["hook.system.svc"])

    assert permits(authority.certificate, names) == permitted


def test_serials_are_random_and_long() -> None:
    serials = {leaf_of(issue_leaf(CA, SERVER, DAY, now=NOW).files).serial_number for _ in range(20)}

    assert len(serials) == 20
    assert max(serials).bit_length() > 128


@pytest.mark.parametrize(
    ("identity", "usage", "dns_names"),
    [
        pytest.param(SERVER, ExtendedKeyUsageOID.SERVER_AUTH, ["vault.provider.bulkhead.local"], id="server"),
        pytest.param(CLIENT, ExtendedKeyUsageOID.CLIENT_AUTH, [], id="client"),
    ],
)
def test_a_leaf_says_who_it_is_and_on_which_side(
    identity: Identity, usage: x509.ObjectIdentifier, dns_names: list[str]
) -> None:
    issued = issue_leaf(CA, identity, DAY, now=NOW)
    leaf = leaf_of(issued.files)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [usage]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [str(identity.spiffe_id)]
    assert names.get_values_for_type(x509.DNSName) == dns_names
    assert len(leaf.subject) == 0
    assert leaf.not_valid_after_utc == issued.not_after == NOW + DAY
    leaf.verify_directly_issued_by(CA.certificate)


def test_the_key_is_pkcs8_and_fits() -> None:
    files = issue_leaf(CA, CLIENT, DAY, now=NOW).files
    key = load_pem_private_key(files["tls.key"].reveal(), password=None)

    assert files["tls.key"].reveal().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert key.public_key() == leaf_of(files).public_key()


def test_a_leaf_ends_with_its_ca_at_the_latest() -> None:
    issued = issue_leaf(CA, CLIENT, DAY, now=NOW + YEAR - timedelta(hours=1))

    assert issued.not_after == NOW + YEAR


def test_what_was_issued_is_kept() -> None:
    issued = issue_leaf(CA, SERVER, DAY, now=NOW)
    facts = leaf_facts_from(Held(files=issued.files), CA)

    assert decide_leaf(SERVER, facts, lifetime=DAY, now=NOW) == Keep(
        not_after=issued.not_after, renew_at=issued.renew_at
    )


GOOD = issue_leaf(CA, SERVER, DAY, now=NOW).files


@pytest.mark.parametrize(
    ("files", "want"),
    [
        pytest.param({}, Reason.MISSING, id="emptied"),
        pytest.param({**GOOD, "tls.crt": SecretValue(b"damaged")}, Reason.MISSING, id="certificate-damaged"),
        pytest.param({**GOOD, "tls.crt": SecretValue(b"\xff\x00")}, Reason.MISSING, id="certificate-not-text"),
        pytest.param({"tls.crt": GOOD["tls.crt"]}, Reason.KEY_MISMATCH, id="key-deleted"),
        pytest.param({**GOOD, "tls.key": SecretValue(b"damaged")}, Reason.KEY_MISMATCH, id="key-damaged"),
        pytest.param({**GOOD, "tls.key": pem(CA.key, b"pw")}, Reason.KEY_MISMATCH, id="key-encrypted"),
        pytest.param({**GOOD, "tls.key": FILES["ca.key"]}, Reason.KEY_MISMATCH, id="key-of-another"),
        pytest.param({**GOOD, "tls.key": pem(RSA_KEY)}, Reason.KEY_MISMATCH, id="key-of-another-kind"),
        pytest.param(issue_leaf(CA, CLIENT, DAY, now=NOW).files, Reason.WRONG_IDENTITY, id="identity-of-another"),
        pytest.param(issue_leaf(OTHER, SERVER, DAY, now=NOW).files, Reason.OTHER_AUTHORITY, id="ca-of-another"),
        pytest.param({**GOOD, "ca.crt": OTHER.files()["ca.crt"]}, Reason.OTHER_ROOTS, id="roots-of-another"),
        pytest.param({**GOOD, "ca.crt": SecretValue(CA.bundle * 2)}, Reason.OTHER_ROOTS, id="roots-added-to"),
    ],
)
def test_a_damaged_set_is_issued_anew(files: Mapping[str, SecretValue], want: Reason) -> None:
    facts = leaf_facts_from(Held(files=files), CA)

    assert decide_leaf(SERVER, facts, lifetime=DAY, now=NOW) == Issue(reason=want)


def test_a_ca_is_read_back_from_its_files() -> None:
    read = authority_from_files(FILES, TD)

    assert read is not None
    assert (read.certificate, read.bundle, read.key.private_numbers()) == (
        CA.certificate,
        CA.bundle,
        CA.key.private_numbers(),
    )


def test_no_files_are_no_ca() -> None:
    assert authority_from_files({}, TD) is None


def test_a_bundle_may_hold_a_root_that_is_on_its_way_out() -> None:
    both = Authority(certificate=CA.certificate, key=CA.key, roots=(OTHER.certificate, CA.certificate))
    read = authority_from_files(both.files(), TD)

    assert read is not None
    assert read.certificate == CA.certificate
    assert issue_leaf(read, CLIENT, DAY, now=NOW).files["ca.crt"] == SecretValue(OTHER.bundle + CA.bundle)


@pytest.mark.parametrize(
    ("files", "trust_domain", "says"),
    [
        pytest.param({"ca.crt": FILES["ca.crt"]}, TD, "ca.key is missing", id="key-missing"),
        pytest.param({"ca.key": FILES["ca.key"]}, TD, "ca.crt is missing", id="certificate-missing"),
        pytest.param({**FILES, "ca.crt": SecretValue(b"x")}, TD, "no certificate", id="certificate-damaged"),
        pytest.param({**FILES, "ca.key": SecretValue(b"x")}, TD, "not an unencrypted EC", id="key-damaged"),
        pytest.param({**FILES, "ca.key": pem(RSA_KEY)}, TD, "not an unencrypted EC", id="key-of-another-kind"),
        pytest.param({**FILES, "ca.key": pem(CA.key, b"pw")}, TD, "not an unencrypted EC", id="key-encrypted"),
        pytest.param({**FILES, "ca.key": pem(OTHER.key)}, TD, "fits no certificate", id="key-of-another"),
        pytest.param(FILES, "other.local", "another trust domain", id="other-trust-domain"),
        pytest.param({"ca.crt": GOOD["tls.crt"], "ca.key": GOOD["tls.key"]}, TD, "not a CA's", id="leaf-in-its-place"),
    ],
)
def test_a_broken_ca_is_refused(files: Mapping[str, SecretValue], trust_domain: str, says: str) -> None:
    with pytest.raises(AuthorityError, match=says):
        authority_from_files(files, trust_domain)


def test_no_key_is_shown() -> None:
    shown = repr(CA) + repr(CA.files()) + repr(issue_leaf(CA, CLIENT, DAY, now=NOW)) + repr(Held(files=GOOD))

    assert "PRIVATE" not in shown
    assert "key=" not in shown
