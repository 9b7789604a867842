"""The keys and certificates that the examples of docs/templating.md are rendered with; new ones in each run."""

import base64
import ipaddress
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_AUTHORITY: Final = x509.BasicConstraints(ca=True, path_length=None)
_SIGNED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NAMES: Final = x509.SubjectAlternativeName(
    [x509.DNSName("app.example.com"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))]
)


@cache
def made_values() -> Mapping[str, str]:
    """Give all that the page describes in words, by key."""
    authority, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Example CA", authority, signer=authority, issuer="Example CA", extension=_AUTHORITY)
    certificate = _certificate("app", leaf, signer=authority, issuer="Example CA", extension=_NAMES)
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return {
        "certificate": certificate,
        "tls.crt": certificate,
        "key": _pem(leaf),
        "chain": certificate + root,
        "jwk": json.dumps(_jwk(leaf)),
        "publicJwk": json.dumps({name: part for name, part in _jwk(leaf).items() if name != "d"}),
        "rsaKey": _pem(secret),
        "encrypted": base64.b64encode(secret.public_key().encrypt(b"s3cret", oaep)).decode(),
    }


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, signer: ec.EllipticCurvePrivateKey, issuer: str,
    extension: x509.ExtensionType,
) -> str:  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_SIGNED_AT)
        .not_valid_after(_SIGNED_AT + timedelta(days=365))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(extension, critical=False)
    )
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.private_numbers()
    parts = {"d": numbers.private_value, "x": numbers.public_numbers.x, "y": numbers.public_numbers.y}
    return {"kty": "EC", "crv": "P-256", **{name: _base64url(number) for name, number in parts.items()}}


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
