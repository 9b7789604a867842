"""JSON Web Keys as the module jwx reads them: what it refuses, and what becomes a PEM.

Source: RFC 7517, RFC 7518, RFC 8037; the module github.com/lestrrat-go/jwx/v2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bulkhead_templating.numbers import wrapped
from bulkhead_templating.pki import der
from bulkhead_templating.pki.jwk_json import JwkError, read_key
from bulkhead_templating.pki.private_keys import CURVES, EC_OID, RSA_OID, pkcs8_of
from bulkhead_templating.pki.rsa_numbers import RsaKeyError, RsaNumbers, key_of

_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_CURVE_OIDS: Final = {
    name: oid for name, curve in _CURVES.items() for oid, same in CURVES.items() if same.name == curve.name
}
_SEED_SIZE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonWebKey:
    """A key that was read: one half as DER, or neither with the name of its type in Go."""

    go_name: str
    public: Callable[[], bytes] | None = None
    """Gives SubjectPublicKeyInfo, if it is a public key that Go can write."""
    private: Callable[[], bytes] | None = None
    """Gives PKCS#8, if it is a private key that Go can write."""


def public_der_of(text: str) -> bytes:
    """Give a public JWK as SubjectPublicKeyInfo.

    Raises:
        JwkError: it is none.
    """
    key = parse_jwk(text)
    if key.public is None:
        raise JwkError(f"x509: unsupported public key type: {key.go_name}")
    return key.public()


def private_der_of(text: str) -> bytes:
    """Give a private JWK as PKCS#8.

    Raises:
        JwkError: it is none.
    """
    key = parse_jwk(text)
    if key.private is None:
        raise JwkError(f"x509: unknown key type while marshaling PKCS#8: {key.go_name}")
    return key.private()


def parse_jwk(text: str) -> JsonWebKey:
    """Read a JWK.

    Raises:
        JwkError: it is none; the message is that of jwx and quotes no key material.
    """
    fields = read_key(text)
    match fields.kind:
        case "RSA":
            return _rsa_private(fields.octets) if fields.is_private else _rsa_public(fields.octets)
        case "EC":
            return _ec(fields.curve, fields.octets, is_private=fields.is_private)
        case "OKP":
            if fields.is_private:
                return _okp_private(fields.curve, fields.octets)
            return _okp_public(fields.curve, fields.octets["x"])
        case _:
            return JsonWebKey(go_name="[]uint8")


def _number(octets: Mapping[str, bytes], name: str) -> int:
    return int.from_bytes(octets.get(name, b""))


def _rsa_public(octets: Mapping[str, bytes]) -> JsonWebKey:
    exponent = _exponent(octets)
    numbers = der.sequence(der.integer(_number(octets, "n")), der.encode(der.INTEGER, _signed(exponent)))
    spki = der.sequence(der.sequence(der.oid(RSA_OID), der.NULL), der.bit_string(numbers))
    return JsonWebKey(go_name="*rsa.PublicKey", public=lambda: spki)


def _exponent(octets: Mapping[str, bytes]) -> int:
    """Keep the low bits of an exponent that is too large for Go's int."""
    return wrapped(_number(octets, "e"))


def _signed(number: int) -> bytes:
    size = (number.bit_length() if number >= 0 else (number + 1).bit_length()) // 8 + 1
    return number.to_bytes(size, signed=True)


def _rsa_private(octets: Mapping[str, bytes]) -> JsonWebKey:
    numbers = RsaNumbers(
        n=_number(octets, "n"),
        e=_exponent(octets),
        d=_number(octets, "d"),
        p=_number(octets, "p"),
        q=_number(octets, "q"),
        dp=_number(octets, "dp"),
        dq=_number(octets, "dq"),
        q_inverse=_number(octets, "qi"),
    )

    def private() -> bytes:
        try:
            return pkcs8_of(key_of(numbers))
        except RsaKeyError as error:
            raise JwkError(str(error)) from error

    return JsonWebKey(go_name="*rsa.PrivateKey", private=private)


def _ec(name: str, octets: Mapping[str, bytes], *, is_private: bool) -> JsonWebKey:
    curve = _CURVES.get(name)
    if curve is None:
        raise JwkError(f"failed to build public key: invalid curve algorithm {name}")
    point = ec.EllipticCurvePublicNumbers(_number(octets, "x"), _number(octets, "y"), curve)
    if is_private:
        secret = _number(octets, "d")
        return JsonWebKey(go_name="*ecdsa.PrivateKey", private=lambda: _ec_private_der(name, secret, point))
    return JsonWebKey(go_name="*ecdsa.PublicKey", public=lambda: _ec_public_der(name, point))


def _ec_public_der(name: str, point: ec.EllipticCurvePublicNumbers) -> bytes:
    try:
        return point.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError as error:
        raise JwkError(f"{name.replace('-', '')} point not on curve") from error


def _ec_private_der(name: str, secret: int, point: ec.EllipticCurvePublicNumbers) -> bytes:
    wrong = "x509: failed to marshal EC private key while building PKCS#8: "
    if secret.bit_length() > point.curve.key_size:
        raise JwkError(f"{wrong}ecdsa: private key scalar too large")
    if secret == 0:
        raise JwkError(f"{wrong}ecdsa: private key scalar is zero or negative")
    try:
        point.public_key()
    except ValueError as error:
        raise JwkError(f"{wrong}{name.replace('-', '')} point not on curve") from error
    # Written here, as Go writes a secret that does not belong to the point, too.
    size = (point.curve.key_size + 7) // 8
    public = der.bit_string(b"\x04" + point.x.to_bytes(size) + point.y.to_bytes(size))
    key = der.sequence(
        der.integer(1), der.encode(der.OCTET_STRING, secret.to_bytes(size)), der.encode(der.context(1), public)
    )
    algorithm = der.sequence(der.oid(EC_OID), der.oid(_CURVE_OIDS[name]))
    return der.sequence(der.integer(0), algorithm, der.encode(der.OCTET_STRING, key))


def _okp_public(name: str, octets: bytes) -> JsonWebKey:
    if name == "X25519":
        return JsonWebKey(go_name="x25519.PublicKey")
    if name != "Ed25519":
        raise JwkError(f"failed to build public key: invalid curve algorithm {name}")
    algorithm = der.sequence(der.oid("1.3.101.112"))
    spki = der.sequence(algorithm, der.bit_string(octets))
    return JsonWebKey(go_name="ed25519.PublicKey", public=lambda: spki)


def _okp_private(name: str, octets: Mapping[str, bytes]) -> JsonWebKey:
    try:
        return _okp_private_half(name, octets["d"], octets["x"])
    except JwkError as error:
        raise JwkError(f"failed to build public key: {error}") from error


def _okp_private_half(name: str, seed: bytes, public: bytes) -> JsonWebKey:
    if not seed:
        raise JwkError("cannot use empty seed")
    if name not in ("Ed25519", "X25519"):
        raise JwkError(f"invalid curve algorithm {name}")
    if len(seed) != _SEED_SIZE:
        if name == "X25519":
            raise JwkError(f"unable to construct x25519 private key from seed: unexpected seed size: {len(seed)}")
        raise JwkError("wrong private key size")
    key = (
        ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        if name == "Ed25519"
        else x25519.X25519PrivateKey.from_private_bytes(seed)
    )
    if key.public_key().public_bytes_raw() != public:
        raise JwkError("invalid x value given d value")
    if name == "X25519":
        return JsonWebKey(go_name="x25519.PrivateKey")
    return JsonWebKey(go_name="ed25519.PrivateKey", private=lambda: pkcs8_of(key))
