"""Putting the certificates of a chain in order, by what they say of each other's keys; no signature is checked."""

from bulkhead_templating.environment import Environment
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.certificate import Certificate, parse_certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.costs import CERTIFICATE_STEPS, charge


def certificates_of(environment: Environment, text: bytes) -> list[Certificate]:
    """Read all blocks of a PEM as certificates, whatever their label.

    Raises:
        CertificateError: one is none.
        LimitError: there are too many.
    """
    blocks = pem.decode_all(text).blocks
    charge(environment, CERTIFICATE_STEPS * len(blocks))
    return [parse_certificate(block.data) for block in blocks]


def is_root(certificate: Certificate) -> bool:
    """Say whether a certificate names no other key than its own as its issuer's."""
    issuer = certificate.authority_key_id
    return issuer is None or issuer == (certificate.subject_key_id or b"")


def ordered(environment: Environment, certificates: list[Certificate]) -> list[Certificate]:
    """Order certificates from the leaf to the root.

    Raises:
        CertificateError: they are no single chain.
        LimitError: there are too many.
    """
    environment.meter.step(len(certificates) ** 2)
    parents = [_parent(certificates, place) for place in range(len(certificates))]
    leaves = [place for place in range(len(certificates)) if place not in parents]
    if len(leaves) > 1:
        raise CertificateError("found multiple leaf or disjunct certificates", is_public=True)
    if not leaves:
        raise CertificateError("no leaf certificate found", is_public=True)
    chain: list[Certificate] = []
    place: int | None = leaves[0]
    while place is not None:
        if len(chain) == len(certificates):
            raise CertificateError("constructing chain resulted in cycle", is_public=True)
        chain.append(certificates[place])
        place = parents[place]
    return chain


def _parent(certificates: list[Certificate], place: int) -> int | None:
    """Find who signed it: the first other one with the key that it names; none and empty are the same, as in Go."""
    wanted = certificates[place].authority_key_id or b""
    for other, certificate in enumerate(certificates):
        if other != place and (certificate.subject_key_id or b"") == wanted:
            return other
    return None
