"""Reads private keys in the formats of Go's crypto/x509, with its messages; none of them quotes key material."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from bulkhead_templating.pki import der, der_elements
from bulkhead_templating.pki.der_elements import DerError, DerSyntaxError
from bulkhead_templating.pki.der_reader import DerReader
from bulkhead_templating.pki.private_keys import CURVES, DsaKey, PrivateKey
from bulkhead_templating.pki.rsa_numbers import RsaKeyError, RsaNumbers, key_of

_SEED_SIZE: Final = 32
_USE: Final = "x509: failed to parse private key (use {} instead for this key format)"


class KeyFormatError(Exception):
    """Bytes hold no private key of the wanted format; the message is Go's."""


def parse_pkcs1(data: bytes) -> rsa.RSAPrivateKey:
    """Read an RSA key as PKCS#1.

    Raises:
        KeyFormatError: it is none.
    """
    outer = DerReader(data)
    try:
        fields = outer.want_sequence("pkcs1PrivateKey")
        version = fields.want_int()
        # N, E, D, P, Q; E is an int in Go.
        numbers = [fields.want_int() if place == 1 else fields.want_number() for place in range(5)]
        extra = [fields.want_number() if fields.peek(der.INTEGER) else 0 for _ in range(3)]
    except DerError as error:
        raise KeyFormatError(_hint(data, str(error), but="pkcs1")) from error
    if outer.rest:
        raise KeyFormatError(str(DerSyntaxError("trailing data")))
    if version > 1:
        raise KeyFormatError("x509: unsupported private key version")
    if min(numbers[0], *numbers[2:]) <= 0 or min(extra) < 0:
        raise KeyFormatError("x509: private key contains zero or negative value")
    n, e, d, p, q = numbers
    try:
        return key_of(RsaNumbers(n=n, e=e, d=d, p=p, q=q, dp=extra[0], dq=extra[1], q_inverse=extra[2]))
    except RsaKeyError as error:
        raise KeyFormatError(str(error)) from error


def parse_sec1(data: bytes, *, curve_oid: str | None = None) -> ec.EllipticCurvePrivateKey:
    """Read a key of an elliptic curve as SEC 1.

    Args:
        data: the DER.
        curve_oid: what PKCS#8 says that the curve is; None means that the key itself must say it.

    Raises:
        KeyFormatError: it is none.
    """
    try:
        version, secret, named = _sec1_fields(data)
    except DerError as error:
        message = _hint(data, f"x509: failed to parse EC private key: {error}", but="sec1")
        raise KeyFormatError(message) from error
    if version != 1:
        raise KeyFormatError(f"x509: unknown EC private key version {version}")
    curve = CURVES.get(curve_oid or named or "")
    if curve is None:
        raise KeyFormatError("x509: unknown elliptic curve")
    if len(secret.lstrip(b"\0")) > (curve.key_size + 7) // 8:
        raise KeyFormatError("x509: invalid private key length")
    try:
        return ec.derive_private_key(int.from_bytes(secret), curve)
    except ValueError as error:
        raise KeyFormatError("crypto/ecdsa: invalid private key") from error


def _sec1_fields(data: bytes) -> tuple[int, bytes, str | None]:
    fields = DerReader(data).want_sequence("ecPrivateKey")
    version, secret = fields.want_int(), fields.want_octets()
    named = fields.take(der.context(0))
    return version, secret, DerReader(named.content).want_oid() if named else None


def parse_pkcs8(data: bytes) -> PrivateKey:
    """Read a key as PKCS#8.

    Raises:
        KeyFormatError: it is none, or of an algorithm that Go does not read.
    """
    try:
        fields = DerReader(data).want_sequence("pkcs8")
        fields.want_int()
        algorithm, parameters = fields.want_algorithm()
        secret = fields.want_octets()
    except DerError as error:
        raise KeyFormatError(_hint(data, str(error), but="pkcs8")) from error
    match algorithm:
        case "1.2.840.113549.1.1.1":
            try:
                return parse_pkcs1(secret)
            except KeyFormatError as error:
                raise KeyFormatError(f"x509: failed to parse RSA private key embedded in PKCS#8: {error}") from error
        case "1.2.840.10045.2.1":
            named = parameters is not None and parameters.tag == der.OBJECT_IDENTIFIER
            try:
                curve_oid = der_elements.oid_of(parameters.content) if named and parameters else None
                return parse_sec1(secret, curve_oid=curve_oid)
            except (KeyFormatError, DerError) as error:
                raise KeyFormatError(f"x509: failed to parse EC private key embedded in PKCS#8: {error}") from error
        case "1.3.101.112":
            return ed25519.Ed25519PrivateKey.from_private_bytes(
                _seed("Ed25519", secret, with_parameters=bool(parameters))
            )
        case "1.3.101.110":
            return x25519.X25519PrivateKey.from_private_bytes(_seed("X25519", secret, with_parameters=bool(parameters)))
        case _:
            raise KeyFormatError(f"x509: PKCS#8 wrapping contained private key with unknown algorithm: {algorithm}")


def _seed(name: str, secret: bytes, *, with_parameters: bool) -> bytes:
    if with_parameters:
        raise KeyFormatError(f"x509: invalid {name} private key parameters")
    try:
        seed = DerReader(secret).want_octets()
    except DerError as error:
        raise KeyFormatError(f"x509: invalid {name} private key: {error}") from error
    if len(seed) != _SEED_SIZE:
        if name == "X25519":
            raise KeyFormatError("crypto/ecdh: invalid private key size")
        raise KeyFormatError(f"x509: invalid Ed25519 private key length: {len(seed)}")
    return seed


def _hint(data: bytes, message: str, *, but: str) -> str:
    """Name the right function of Go when the key has another format; else give the message as it is."""
    if but != "sec1" and _reads_as(data, "sec1"):
        return _USE.format("ParseECPrivateKey")
    if but != "pkcs8" and _reads_as(data, "pkcs8"):
        return _USE.format("ParsePKCS8PrivateKey")
    if but != "pkcs1" and _reads_as(data, "pkcs1"):
        return _USE.format("ParsePKCS1PrivateKey")
    return message


def _reads_as(data: bytes, form: str) -> bool:
    try:
        if form == "sec1":
            _sec1_fields(data)
            return True
        fields = DerReader(data).want_sequence("")
        fields.want_int()
        if form == "pkcs8":
            fields.want_algorithm()
            fields.want_octets()
        else:
            for _ in range(5):
                fields.want_number()
    except DerError:
        return False
    return True


def parse_dsa(data: bytes) -> DsaKey:
    """Read a key of DSA as OpenSSL writes it.

    Raises:
        KeyFormatError: it is none.
    """
    try:
        fields = DerReader(data).want_sequence("DSAKeyFormat")
        fields.want_int()
        p, q, g, y, x = (fields.want_number() for _ in range(5))
    except DerError as error:
        raise KeyFormatError(str(error)) from error
    return DsaKey(p=p, q=q, g=g, y=y, x=x)
