"""The kinds of private keys that Go's crypto/x509 knows, and writing them; `key_reading.py` reads them."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bulkhead_templating.pki import der


@dataclass(frozen=True, slots=True, kw_only=True)
class DsaKey:
    """A key of DSA as its PEM has it; nothing of it is checked, as in Go."""

    p: int
    q: int
    g: int
    y: int
    x: int


SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PrivateKey = SigningKey | x25519.X25519PrivateKey | DsaKey

CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "1.3.132.0.33": ec.SECP224R1(),
    "1.2.840.10045.3.1.7": ec.SECP256R1(),
    "1.3.132.0.34": ec.SECP384R1(),
    "1.3.132.0.35": ec.SECP521R1(),
}
"""Those that Go knows by name."""
RSA_OID: Final = "1.2.840.113549.1.1.1"
EC_OID: Final = "1.2.840.10045.2.1"
ED25519_OID: Final = "1.3.101.112"
X25519_OID: Final = "1.3.101.110"


def pkcs1_of(key: rsa.RSAPrivateKey) -> bytes:
    """Write an RSA key as PKCS#1."""
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def sec1_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Write a key of an elliptic curve as SEC 1."""
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def dsa_of(key: DsaKey) -> bytes:
    """Write a key of DSA as OpenSSL does."""
    return der.sequence(*(der.integer(number) for number in (0, key.p, key.q, key.g, key.y, key.x)))


def pkcs8_of(key: SigningKey | x25519.X25519PrivateKey) -> bytes:
    """Write a key as PKCS#8."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_of(key: SigningKey | x25519.X25519PrivateKey) -> bytes:
    """Write the public half as SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
