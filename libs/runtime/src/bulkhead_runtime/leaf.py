"""What of a certificate decides whether its bearer is let through: whom it names, which it is, and when it began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from bulkhead_runtime.spiffe import SpiffeId

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafFacts:
    """One certificate of one process."""

    spiffe_id: SpiffeId
    """Its only URI."""
    serial: int
    not_before: datetime
    """UTC. Ours are backdated, see `bulkhead_api.certificates.BACKDATED`."""
    not_after: datetime
    """UTC."""


def leaf_facts_from(certificate: x509.Certificate) -> LeafFacts:
    """Read a certificate.

    Raises:
        ValueError: it does not name exactly one SPIFFE id by URI. Source: X509-SVID §2.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise ValueError("the certificate has no subject alternative name") from None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if len(uris) != 1:
        raise ValueError(f"the certificate must name one identity by URI, and has {len(uris)} of them")
    return LeafFacts(
        spiffe_id=SpiffeId.parse(uris[0]),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def subject_key_id(certificate: x509.Certificate) -> str:
    """Give the identifier of a certificate's key, lower hex; made from the key if the certificate does not say it.

    Source: RFC 5280 §4.2.1.2.
    """
    identifier = extension(certificate, x509.SubjectKeyIdentifier)
    if identifier is None:
        identifier = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    return identifier.digest.hex()


def authority_key_id(certificate: x509.Certificate) -> str:
    """Give the identifier of the key that signed a certificate, lower hex; empty if the certificate does not say it.

    Source: RFC 5280 §4.2.1.1.
    """
    found = extension(certificate, x509.AuthorityKeyIdentifier)
    return found.key_identifier.hex() if found is not None and found.key_identifier else ""


def extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """Read an extension; None if it is missing or the certificate's extensions cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return None


def is_vouched_for(
    leaf: x509.Certificate, between: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> bool:
    """Say whether one of the roots signed a certificate, itself or through others.

    Names and signatures alone: what a handshake has checked beyond that does not change afterwards.

    Args:
        leaf: whose handshake succeeded once.
        between: what came with it, in any order.
        roots: whom we trust now.
    """
    return bool(issuers_of(leaf, between, roots))


def issuers_of(
    leaf: x509.Certificate, between: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> Sequence[x509.Certificate]:
    """Give who signed a certificate, who signed that one, and so on up to a root; empty if there is no such way.

    Args:
        leaf: where it begins.
        between: who may stand on the way, in any order.
        roots: where it may end.
    """
    issuers, left = [leaf], list(between)
    while (root := next((each for each in roots if _signed(each, issuers[-1])), None)) is None:
        issuer = next((each for each in left if _signed(each, issuers[-1])), None)
        if issuer is None:
            return ()
        left.remove(issuer)
        issuers.append(issuer)
    return [*issuers[1:], root]


def _signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
