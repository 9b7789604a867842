"""What Go demands of the public key in a certificate.

Source: Go, package crypto/x509.
"""

from cryptography.hazmat.primitives.asymmetric import ec

from bulkhead_templating.pki import der, der_elements
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.der_elements import DerError
from bulkhead_templating.pki.der_reader import DerReader
from bulkhead_templating.pki.private_keys import CURVES, EC_OID, ED25519_OID, RSA_OID

_ED25519_SIZE = 32


def check_public_key(spki: bytes) -> None:
    """Look at a SubjectPublicKeyInfo; algorithms that Go does not know are let through.

    Raises:
        CertificateError: it is malformed.
    """
    fields = DerReader(spki)
    algorithm = fields.take(der.SEQUENCE)
    if algorithm is None:
        raise CertificateError("x509: malformed public key algorithm identifier")
    inner = DerReader(algorithm.content)
    try:
        name = inner.want_oid()
    except DerError as error:
        raise CertificateError("x509: malformed OID") from error
    bits = fields.take(der.BIT_STRING)
    if bits is None or not bits.content:
        raise CertificateError("x509: malformed subjectPublicKey")
    key = bits.content[1:]
    if name == RSA_OID:
        _check_rsa(inner.rest, key)
    elif name == EC_OID:
        _check_ec(inner, key)
    elif name == ED25519_OID and len(key) != _ED25519_SIZE:
        raise CertificateError("x509: wrong Ed25519 public key size")


def key_bits_of(spki: bytes) -> bytes:
    """Give the key itself out of a SubjectPublicKeyInfo that this program wrote."""
    return der_elements.elements(der_elements.read(spki).content)[1].content[1:]


def _check_rsa(parameters: bytes, key: bytes) -> None:
    if parameters != der.NULL:
        raise CertificateError("x509: RSA key missing NULL parameters")
    outer = DerReader(key).take(der.SEQUENCE)
    if outer is None:
        raise CertificateError("x509: invalid RSA public key")
    numbers = DerReader(outer.content)
    for wrong in ("modulus", "public exponent"):
        try:
            number = numbers.want_number()
        except DerError as error:
            raise CertificateError(f"x509: invalid RSA {wrong}") from error
        if number <= 0:
            raise CertificateError(f"x509: RSA {wrong} is not a positive number")


def _check_ec(parameters: DerReader, key: bytes) -> None:
    try:
        curve = CURVES.get(parameters.want_oid())
    except DerError as error:
        raise CertificateError("x509: invalid ECDSA parameters") from error
    if curve is None:
        raise CertificateError("x509: unsupported elliptic curve")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(curve, key)
    except ValueError as error:
        raise CertificateError("ecdsa: invalid uncompressed public key") from error
