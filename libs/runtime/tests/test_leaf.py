"""Who vouches for a certificate, directly and through others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bulkhead_runtime.leaf import authority_key_id, is_vouched_for, leaf_facts_from, subject_key_id
from bulkhead_runtime.spiffe import controller_id
from bulkhead_testkit.authority import Authority, Leaf, Usage, serial_in

NOW = datetime.now(UTC)
ROOT, OTHER = Authority.new(), Authority.new()


def signed(
    name: str, issuer: x509.Certificate | None, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(hours=1))
        .not_valid_after(NOW + timedelta(hours=1))
        .sign(signer, hashes.SHA256())
    )


MIDDLE_KEY, LEAF_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
MIDDLE = signed("middle", ROOT.certificate, MIDDLE_KEY, ROOT.key)
DIRECT = signed("direct", ROOT.certificate, LEAF_KEY, ROOT.key)
INDIRECT = signed("indirect", MIDDLE, LEAF_KEY, MIDDLE_KEY)
FORGED = signed("forged", ROOT.certificate, LEAF_KEY, OTHER.key)


@pytest.mark.parametrize(
    ("leaf", "between", "roots", "want"),
    [
        pytest.param(DIRECT, [], [ROOT], True, id="a-root-does"),
        pytest.param(DIRECT, [], [OTHER, ROOT], True, id="one-of-two-roots-does"),
        pytest.param(DIRECT, [], [OTHER], False, id="another-root-does-not"),
        pytest.param(DIRECT, [], [], False, id="nobody-does"),
        pytest.param(INDIRECT, [MIDDLE], [ROOT], True, id="a-root-does-through-another"),
        pytest.param(INDIRECT, [], [ROOT], False, id="not-without-the-one-between"),
        pytest.param(INDIRECT, [MIDDLE], [OTHER], False, id="not-through-one-of-another-root"),
        pytest.param(DIRECT, [OTHER.certificate], [OTHER], False, id="a-root-that-came-along-vouches-for-nobody"),
        pytest.param(FORGED, [], [ROOT], False, id="a-name-alone-does-not"),
        pytest.param(ROOT.certificate, [ROOT.certificate] * 3, [OTHER], False, id="not-itself-for-itself"),
    ],
)
def test_who_vouches_for_a_certificate(
    leaf: x509.Certificate, between: list[x509.Certificate], roots: list[Authority], want: bool
) -> None:
    assert is_vouched_for(leaf, between, [root.certificate for root in roots]) is want


def test_facts_are_those_of_the_certificate(tmp_path: Path) -> None:
    ROOT.issue(Leaf(spiffe_id=controller_id("bulkhead.local"), usage=Usage.CLIENT), tmp_path)
    certificate = x509.load_pem_x509_certificate((tmp_path / "tls.crt").read_bytes())
    facts = leaf_facts_from(certificate)
    assert (facts.spiffe_id.path, facts.serial) == ("controller", serial_in(tmp_path))
    assert facts.not_before < NOW + timedelta(minutes=1) < facts.not_after
    assert authority_key_id(certificate) == ROOT.key_id == subject_key_id(ROOT.certificate)


def test_a_certificate_without_identifiers_has_that_of_its_key_and_no_issuers() -> None:
    digest = x509.SubjectKeyIdentifier.from_public_key(LEAF_KEY.public_key()).digest
    assert subject_key_id(DIRECT) == digest.hex()
    assert authority_key_id(DIRECT) == ""
