"""The CA: making it, keeping it as two files, and reading it back.

Its `ca.crt` is a bundle: the roots that everybody trusts, among them the one that signs. Today there is one; while a
CA is being replaced there are two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from bulkhead_api.certificates import BACKDATED
from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.leaf import extension

CA_CERTIFICATES: Final = "ca.crt"
CA_KEY: Final = "ca.key"


class AuthorityError(Exception):
    """The files are there and are not a CA of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CA that can sign."""

    certificate: x509.Certificate
    """The root that belongs to the key."""
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    roots: tuple[x509.Certificate, ...]
    """What everybody shall trust; holds `certificate`."""

    @property
    def bundle(self) -> bytes:
        """All roots as PEM, in order."""
        return b"".join(root.public_bytes(Encoding.PEM) for root in self.roots)

    def files(self) -> dict[str, SecretValue]:
        """Give the two files that `authority_from_files` reads."""
        return {CA_CERTIFICATES: SecretValue(self.bundle), CA_KEY: pem_from_key(self.key)}


def make_authority(
    trust_domain: str, lifetime: timedelta, *, now: datetime, dns_names: Iterable[str] = ()
) -> Authority:
    """Make a new CA that can vouch for names of the trust domain and these other ones only, and for no other CA.

    Source: RFC 5280 §4.2.1.9 (path length), §4.2.1.10 (name constraints); X509-SVID §4.2 (signing certificates).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # Every CA has a name of its own: verifiers find an issuer by name, and two roots will be trusted at a time.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Bulkhead CA {identifier.digest[:8].hex()}")])
    limits: list[x509.GeneralName] = [x509.UniformResourceIdentifier(trust_domain), x509.DNSName(trust_domain)]
    limits.extend(x509.DNSName(each) for each in sorted(set(dns_names)))
    certificate = (
        certificate_builder(name, name, key.public_key(), not_after=now + lifetime, now=now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=limits, excluded_subtrees=None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=certificate, key=key, roots=(certificate,))


def authority_from_files(files: Mapping[str, SecretValue], trust_domain: str) -> Authority | None:
    """Read a CA back; None if neither of its files is there.

    Raises:
        AuthorityError: one file is missing or damaged, they do not belong together, or the CA is for another trust
            domain.
    """
    certificates, key_pem = files.get(CA_CERTIFICATES), files.get(CA_KEY)
    if certificates is None and key_pem is None:
        return None
    if certificates is None or key_pem is None:
        raise AuthorityError(f"{CA_CERTIFICATES if certificates is None else CA_KEY} is missing")
    roots = certificates_from_pem(certificates)
    if not roots:
        raise AuthorityError(f"{CA_CERTIFICATES} holds no certificate that can be read")
    key = key_from_pem(key_pem)
    if key is None:
        raise AuthorityError(f"{CA_KEY} is not an unencrypted EC private key")
    certificate = next((root for root in roots if root.public_key() == key.public_key()), None)
    if certificate is None:
        raise AuthorityError(f"{CA_KEY} fits no certificate of {CA_CERTIFICATES}")
    _check_signer(certificate, trust_domain)
    return Authority(certificate=certificate, key=key, roots=roots)


def permits(certificate: x509.Certificate, dns_names: Sequence[str]) -> bool:
    """Say whether a CA's name constraints let it sign for all of these DNS names.

    Source: RFC 5280 §4.2.1.10: a name is permitted if it is the constraint or lies below it.
    """
    limits = extension(certificate, x509.NameConstraints)
    if limits is None or limits.permitted_subtrees is None:
        return True
    allowed = [each.value for each in limits.permitted_subtrees if isinstance(each, x509.DNSName)]
    # No constraint on DNS names at all leaves them free.
    return not allowed or all(any(f".{name}".endswith(f".{each}") for each in allowed) for name in dns_names)


def certificates_from_pem(pem: SecretValue) -> tuple[x509.Certificate, ...]:
    """Read a bundle, in order; empty if any part of it cannot be read."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem.reveal()))
    except ValueError:
        return ()


def key_from_pem(pem: SecretValue) -> ec.EllipticCurvePrivateKey | None:
    """Read a private key; None if it is damaged, encrypted or not an EC key."""
    try:
        key = load_pem_private_key(pem.reveal(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's text is dropped: it was made while looking at a key.
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def pem_from_key(key: ec.EllipticCurvePrivateKey) -> SecretValue:
    """Write a private key as PKCS#8 PEM."""
    return SecretValue(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def certificate_builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, not_after: datetime, now: datetime
) -> x509.CertificateBuilder:
    """Begin a certificate with what all of ours have: a random serial of 159 bits and a backdated start."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(not_after)
    )


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Say what a key is for: signing certificates, or signing handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _check_signer(certificate: x509.Certificate, trust_domain: str) -> None:
    basic = extension(certificate, x509.BasicConstraints)
    if basic is None or not basic.ca:
        raise AuthorityError(f"the certificate of {CA_KEY} is not a CA's")
    limits = extension(certificate, x509.NameConstraints)
    if limits is not None and x509.UniformResourceIdentifier(trust_domain) not in (limits.permitted_subtrees or ()):
        raise AuthorityError(f"the CA is for another trust domain than {trust_domain}")
