"""Making certificates with the fields that Go's crypto/x509 gives to those of sprig.

Written here and not by the library, which refuses what Go makes: an empty common name, an end before the beginning.

Source: Go, package crypto/x509, CreateCertificate; sprig 3.3, genCA and its kin.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519

from bulkhead_templating.pki import der
from bulkhead_templating.pki.alternative_names import extension_of
from bulkhead_templating.pki.certificate import Certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.distinguished_name import common_name_of
from bulkhead_templating.pki.private_keys import DsaKey, PrivateKey, SigningKey, public_of
from bulkhead_templating.pki.public_keys import key_bits_of
from bulkhead_templating.quoting import quote

_KEY_USAGE: Final = "2.5.29.15"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_SUBJECT_KEY_ID: Final = "2.5.29.14"
_AUTHORITY_KEY_ID: Final = "2.5.29.35"
_ALTERNATIVE_NAMES: Final = "2.5.29.17"
_SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
_CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
_TRUE: Final = b"\x01\x01\xff"
# Bits of digitalSignature and keyEncipherment, and with keyCertSign.
_LEAF_USAGE: Final = der.bit_string(b"\xa0", unused=5)
_CA_USAGE: Final = der.bit_string(b"\xa4", unused=2)
_KEY_ID_SIZE: Final = 20
_UTC_TIME_YEARS: Final = range(1950, 2050)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURVE_SIGNATURES: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    "secp224r1": ("1.2.840.10045.4.3.2", hashes.SHA256()),
    "secp256r1": ("1.2.840.10045.4.3.2", hashes.SHA256()),
    "secp384r1": ("1.2.840.10045.4.3.3", hashes.SHA384()),
    "secp521r1": ("1.2.840.10045.4.3.4", hashes.SHA512()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """What a certificate is to say."""

    common_name: str
    serial: int
    not_before_s: int
    """Seconds since 1970, UTC."""
    not_after_s: int
    addresses: list[bytes] = field(default_factory=list)
    dns: list[str] = field(default_factory=list)
    is_ca: bool = False


def issue(request: CertificateRequest, *, key: PrivateKey, parent: Certificate | None, parent_key: PrivateKey) -> bytes:
    """Make a certificate as DER.

    Args:
        request: what it says.
        key: the key that it is for.
        parent: who signs it; None means itself.
        parent_key: the key that signs.

    Raises:
        CertificateError: it cannot be made; the message is Go's.
    """
    if isinstance(parent_key, DsaKey | x25519.X25519PrivateKey):
        raise CertificateError("x509: certificate private key does not implement crypto.Signer")
    algorithm = _algorithm_of(parent_key)
    if isinstance(key, DsaKey):
        raise CertificateError("x509: unsupported public key type: *dsa.PublicKey")
    if isinstance(key, x25519.X25519PrivateKey):
        raise CertificateError("x509: unsupported public key type: *ecdh.PublicKey")
    spki, subject = public_of(key), common_name_of(request.common_name)
    issuer = parent.subject if parent else subject
    if parent and public_of(parent_key) != parent.public_key:
        raise CertificateError("x509: provided PrivateKey doesn't match parent's PublicKey")
    authority_key_id = parent.subject_key_id if parent and issuer != subject else None
    tbs = der.sequence(
        der.encode(der.context(0), der.integer(2)),
        der.integer(request.serial),
        algorithm,
        issuer,
        der.sequence(_time(request.not_before_s), _time(request.not_after_s)),
        subject,
        spki,
        der.encode(der.context(3), der.sequence(*_extensions(request, subject, spki, authority_key_id))),
    )
    return der.sequence(tbs, algorithm, der.bit_string(_signature(tbs, parent_key)))


def _extensions(
    request: CertificateRequest, subject: bytes, spki: bytes, authority_key_id: bytes | None
) -> list[bytes]:
    usages = der.sequence(der.oid(_SERVER_AUTH), der.oid(_CLIENT_AUTH))
    found = [
        _extension(_KEY_USAGE, _CA_USAGE if request.is_ca else _LEAF_USAGE, critical=True),
        _extension(_EXTENDED_KEY_USAGE, usages),
        _extension(_BASIC_CONSTRAINTS, der.sequence(_TRUE if request.is_ca else b""), critical=True),
    ]
    if request.is_ca:
        found.append(_extension(_SUBJECT_KEY_ID, der.encode(der.OCTET_STRING, _key_id(spki))))
    if authority_key_id:
        value = der.sequence(der.encode(der.context(0, constructed=False), authority_key_id))
        found.append(_extension(_AUTHORITY_KEY_ID, value))
    for name in request.dns:
        if not name.isascii():
            raise CertificateError(f"x509: {quote(name)} cannot be encoded as an IA5String")
    if request.dns or request.addresses:
        names = extension_of(request.dns, request.addresses)
        found.append(_extension(_ALTERNATIVE_NAMES, names, critical=subject == der.sequence()))
    return found


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), _TRUE if critical else b"", der.encode(der.OCTET_STRING, value))


def _key_id(spki: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key_bits_of(spki))
    return digest.finalize()[:_KEY_ID_SIZE]


def _time(seconds: int) -> bytes:
    moment = _EPOCH + timedelta(seconds=seconds)
    digits = f"{moment.year:04d}{moment:%m%d%H%M%S}Z".encode()
    if moment.year in _UTC_TIME_YEARS:
        return der.encode(der.UTC_TIME, digits[2:])
    return der.encode(der.GENERALIZED_TIME, digits)


def _algorithm_of(key: SigningKey) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            return der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL)
        case ec.EllipticCurvePrivateKey():
            return der.sequence(der.oid(_CURVE_SIGNATURES[key.curve.name][0]))
        case _:
            return der.sequence(der.oid("1.3.101.112"))


def _signature(tbs: bytes, key: SigningKey) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            return key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
        case ec.EllipticCurvePrivateKey():
            return key.sign(tbs, ec.ECDSA(_CURVE_SIGNATURES[key.curve.name][1]))
        case ed25519.Ed25519PrivateKey():
            return key.sign(tbs)
