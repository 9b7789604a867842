"""One identity's certificate: issuing it, and reading back what a place holds as plain facts.

The facts are all that `decide` looks at; nothing here says whether they are good enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from bulkhead_api.certificates import BACKDATED
from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import (
    CA_CERTIFICATES,
    Authority,
    certificate_builder,
    certificates_from_pem,
    key_from_pem,
    key_usage,
    pem_from_key,
)
from bulkhead_certcontroller.denylist import Denylist
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.place import Held
from bulkhead_certcontroller.revocation import is_denied
from bulkhead_runtime.denylist import DENYLIST
from bulkhead_runtime.leaf import extension

CERTIFICATE: Final = "tls.crt"
KEY: Final = "tls.key"
FILES: Final = (CERTIFICATE, KEY, CA_CERTIFICATES, DENYLIST)

RENEW_AT: Final = 2 / 3
"""The share of its life after which a certificate is due."""
_JITTER: Final = 0.05
_JITTER_STEPS: Final = 2**16

_USAGE_OIDS: Final = {Usage.SERVER: ExtendedKeyUsageOID.SERVER_AUTH, Usage.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafFacts:
    """What is true of a certificate that can be read."""

    uris: tuple[str, ...]
    dns_names: tuple[str, ...]
    usages: frozenset[str]
    """Extended key usages as dotted object identifiers."""
    key_fits: bool
    """The private key is there and belongs to the certificate."""
    signed_by_authority: bool
    """The present CA's key signed it."""
    bundle_is_current: bool
    """The roots beside it are those that everybody shall trust now."""
    exposed: bool
    """Somebody else may read or replace the files."""
    serial: int
    not_before: datetime
    """UTC."""
    not_after: datetime
    """UTC."""
    denylist_is_current: bool = True
    """The denylist beside it is the last one that was signed."""
    revoked: bool = False
    """The denylist denies it."""

    @property
    def issued_at(self) -> datetime:
        """When it was issued, UTC, and so when its place got the roots that stand beside it."""
        return self.not_before + BACKDATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A certificate that was just issued."""

    files: Mapping[str, SecretValue]
    """`tls.crt`, `tls.key` and `ca.crt`."""
    serial: int
    not_after: datetime
    """UTC."""
    renew_at: datetime
    """When it becomes due, UTC."""


def issue_leaf(authority: Authority, identity: Identity, lifetime: timedelta, *, now: datetime) -> Leaf:
    """Make a key and a certificate for an identity; they live `lifetime`, and never longer than the CA.

    Source: X509-SVID §2 (one URI), §4 (basic constraints, key usages); RFC 5280 §4.1.2.6 (a name in the subject is
        not needed if the alternative name is critical).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    not_after = min(now + lifetime, authority.certificate.not_valid_after_utc)
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(str(identity.spiffe_id))]
    names.extend(x509.DNSName(each) for each in identity.certified_names)
    certificate = (
        certificate_builder(
            x509.Name([]), authority.certificate.subject, key.public_key(), not_after=not_after, now=now
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_USAGE_OIDS[identity.usage]]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Leaf(
        files={
            CERTIFICATE: SecretValue(certificate.public_bytes(Encoding.PEM)),
            KEY: pem_from_key(key),
            CA_CERTIFICATES: SecretValue(authority.bundle),
        },
        serial=certificate.serial_number,
        not_after=certificate.not_valid_after_utc,
        renew_at=renewal_time(
            certificate.serial_number, certificate.not_valid_before_utc, certificate.not_valid_after_utc
        ),
    )


def renewal_time(serial: int, not_before: datetime, not_after: datetime) -> datetime:
    """Give the moment, UTC, at which a certificate is due: two thirds of its life, or up to a twentieth of it earlier.

    Its life begins when it was issued and not with `not_before`, from which one of ten minutes would always be due.
    The serial is random, so it spreads the renewals of certificates that were issued together, and the answer stays
    the same each time it is asked for.
    """
    share = RENEW_AT - _JITTER * (serial % _JITTER_STEPS) / _JITTER_STEPS
    issued_at = not_before + BACKDATED
    # One that ended before it was issued was backdated less, by somebody else: all of its life is counted.
    begin = issued_at if issued_at < not_after else not_before
    return begin + (not_after - begin) * share


def leaf_facts_from(
    held: Held, authority: Authority, denylist: Denylist | None = None, *, identity: Identity | None = None
) -> LeafFacts | None:
    """Read what a place holds; None if there is no certificate that can be read.

    Args:
        held: the place's content.
        authority: the CA, with the roots that are trusted now.
        denylist: what is denied now; None if nothing is, and no list has to be there.
        identity: whose place it is; without it nothing counts as denied.
    """
    chain = certificates_from_pem(held.files[CERTIFICATE]) if CERTIFICATE in held.files else ()
    if not chain:
        return None
    leaf = chain[0]
    names = extension(leaf, x509.SubjectAlternativeName)
    usages = extension(leaf, x509.ExtendedKeyUsage)
    return LeafFacts(
        uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)) if names else (),
        dns_names=tuple(names.get_values_for_type(x509.DNSName)) if names else (),
        usages=frozenset(usage.dotted_string for usage in usages or ()),
        key_fits=_key_fits(held, leaf),
        signed_by_authority=_is_signed_by(leaf, authority),
        bundle_is_current=held.files.get(CA_CERTIFICATES) == SecretValue(authority.bundle),
        exposed=held.exposed,
        serial=leaf.serial_number,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        denylist_is_current=denylist is None or held.files.get(DENYLIST) == denylist.token,
        revoked=_is_revoked(leaf, denylist, identity),
    )


def beside(files: Mapping[str, SecretValue], authority: Authority, denylist: Denylist | None) -> dict[str, SecretValue]:
    """Put the roots that are trusted now, and the denylist, beside a certificate."""
    more = {} if denylist is None else {DENYLIST: denylist.token}
    return {**files, CA_CERTIFICATES: SecretValue(authority.bundle), **more}


def usage_oid(usage: Usage) -> str:
    """Give the extended key usage of a side of a connection, as a dotted object identifier."""
    return _USAGE_OIDS[usage].dotted_string


def _is_revoked(leaf: x509.Certificate, denylist: Denylist | None, identity: Identity | None) -> bool:
    if denylist is None or identity is None:
        return False
    return is_denied(denylist.denials, identity, leaf.serial_number, leaf.not_valid_before_utc)


def _key_fits(held: Held, leaf: x509.Certificate) -> bool:
    key = key_from_pem(held.files[KEY]) if KEY in held.files else None
    return key is not None and key.public_key() == leaf.public_key()


def _is_signed_by(leaf: x509.Certificate, authority: Authority) -> bool:
    try:
        leaf.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
