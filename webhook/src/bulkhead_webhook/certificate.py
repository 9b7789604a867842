"""The certificate that the API server sees: whether it is one, and is valid under the name that is called. Pure.

Source: ESO, pkg/controllers/crds, ValidCert: the CA parses, the key pair loads, and the leaf verifies for the DNS name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509 import DNSName
from cryptography.x509.oid import ExtendedKeyUsageOID

from bulkhead_runtime.leaf import authority_key_id, extension, issuers_of, leaf_facts_from, subject_key_id
from bulkhead_runtime.tls_facts import TlsFacts


class CertificateError(Exception):
    """The certificate cannot be verified; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A chain and the roots that the API server will verify it with."""

    chain: Sequence[x509.Certificate]
    """Leaf first."""
    roots: Sequence[x509.Certificate]

    @property
    def not_after(self) -> datetime:
        """When the leaf ends, UTC."""
        return self.chain[0].not_valid_after_utc


def serving_from(certificate: bytes, roots: bytes) -> Serving:
    """Read a chain and its roots, PEM.

    Raises:
        CertificateError: one of the two is not in that form, or is empty.
    """
    try:
        return Serving(chain=x509.load_pem_x509_certificates(certificate), roots=x509.load_pem_x509_certificates(roots))
    except ValueError:
        raise CertificateError("tls.crt or ca.crt holds no certificate in PEM form") from None


def check_serving(serving: Serving, name: str, *, now: datetime) -> None:
    """Verify a chain as the API server will.

    Args:
        serving: the chain and its roots.
        name: the DNS name that the API server calls.
        now: the current time, UTC.

    Raises:
        CertificateError: it would refuse the certificate.
    """
    leaf, *between = serving.chain
    if not _is_for_servers(leaf):
        raise CertificateError("the certificate is not for servers")
    if objection := _objection_to(leaf, _usable(between, now), _usable(serving.roots, now), name, now):
        raise CertificateError(f"the certificate is not valid for {name} now: {objection}")


def tls_facts_of(serving: Serving) -> TlsFacts | None:
    """Say what `GET /tls` tells of a serving certificate; None if it names no identity, as another issuer's may not."""
    leaf = serving.chain[0]
    try:
        facts = leaf_facts_from(leaf)
    except ValueError:
        return None
    return TlsFacts(
        identity=str(facts.spiffe_id),
        serial=f"{facts.serial:x}",
        not_after=facts.not_after,
        issuer=authority_key_id(leaf),
        roots=tuple(sorted({subject_key_id(root) for root in serving.roots})),
        # The API server, which alone connects, is known by no certificate of ours.
        denylist=None,
    )


def _objection_to(
    leaf: x509.Certificate,
    between: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    name: str,
    now: datetime,
) -> str:
    # Not by the verifier of `cryptography`, which refuses every chain whose CA is limited to names of URIs, as ours is.
    names = _dns_names_of(leaf)
    if not _is_in_date(leaf, now):
        return "it has expired or has not begun"
    if not any(_matches(each, name) for each in names):
        return "it is for other names"
    issuers = issuers_of(leaf, between, roots)
    if not issuers:
        return "no CA in date in ca.crt has signed it"
    return "" if all(_permits(each, names) for each in issuers) else "its CA may not sign for its names"


def _usable(certificates: Sequence[x509.Certificate], now: datetime) -> Sequence[x509.Certificate]:
    return [each for each in certificates if _is_in_date(each, now) and _is_authority(each)]


def _is_in_date(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _is_authority(certificate: x509.Certificate) -> bool:
    basic = extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def _dns_names_of(certificate: x509.Certificate) -> Sequence[str]:
    names = extension(certificate, x509.SubjectAlternativeName)
    return names.get_values_for_type(DNSName) if names is not None else ()


def _matches(pattern: str, name: str) -> bool:
    """Say whether a certificate's name is the one that is called. Source: RFC 6125 §6.4.3 (one label for a star)."""
    pattern, name = pattern.lower(), name.lower()
    return pattern == name or (pattern.startswith("*.") and pattern[1:] == name[name.find(".") :])


def _permits(issuer: x509.Certificate, names: Sequence[str]) -> bool:
    """Say whether a CA may sign for all of these names. Source: RFC 5280 §4.2.1.10."""
    limits = extension(issuer, x509.NameConstraints)
    if limits is None:
        return True
    permitted = [each.value for each in limits.permitted_subtrees or () if isinstance(each, DNSName)]
    excluded = [each.value for each in limits.excluded_subtrees or () if isinstance(each, DNSName)]
    return all(
        (not permitted or any(_is_within(name, each) for each in permitted))
        and not any(_is_within(name, each) for each in excluded)
        for name in names
    )


def _is_within(name: str, limit: str) -> bool:
    return not limit or f".{name}".lower().endswith(f".{limit.lower().removeprefix('.')}")


def _is_for_servers(leaf: x509.Certificate) -> bool:
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    # A certificate whose extensions cannot be read is nothing to serve with.
    except ValueError:
        return False
    return ExtendedKeyUsageOID.SERVER_AUTH in usages
