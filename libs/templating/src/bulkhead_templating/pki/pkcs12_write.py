"""Writing PKCS#12 as go-pkcs12 does by its name "modern": AES-256, HMAC with SHA-256, 2048 iterations.

Written here and not by the library, which takes no empty password and no source of randomness.

Source: RFC 7292; the module go-pkcs12, Modern2023.
"""

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from bulkhead_templating.environment import Environment
from bulkhead_templating.pki import der
from bulkhead_templating.pki.certificate import Certificate
from bulkhead_templating.pki.costs import charge_bytes, charge_iterations
from bulkhead_templating.pki.distinguished_name import text_of_name, ucs2_of
from bulkhead_templating.pki.pkcs12_error import Pkcs12Error
from bulkhead_templating.pki.pkcs12_read import (
    CERTIFICATE_BAG,
    DATA,
    ENCRYPTED_DATA,
    SHROUDED_KEY_BAG,
    X509,
    zero_terminated,
)
from bulkhead_templating.pki.pkcs12_secrets import (
    AES_256_CBC,
    HMAC_SHA256,
    PBES2,
    PBKDF2,
    SHA256,
    mac_key,
    password_text,
)

_FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
_LOCAL_KEY_ID: Final = "1.2.840.113549.1.9.21"
_JAVA_TRUST_STORE: Final = "2.16.840.1.113894.746875.1.1"
_ANY_USAGE: Final = "2.5.29.37.0"
_ITERATIONS: Final = 2048
_SALT_SIZE: Final = 16
_KEY_SIZE: Final = 32
_BLOCK: Final = 16


def write_archive(environment: Environment, *, key: bytes, certificates: list[Certificate], password: str) -> bytes:
    """Make an archive of a key, its certificate and those of its issuers.

    Args:
        environment: gives salts and initial vectors.
        key: as PKCS#8.
        certificates: the key's first; at least one.
        password: may be empty, which encrypts none the less.

    Raises:
        Pkcs12Error: a character of the password needs more than two bytes.
    """
    encoded = zero_terminated(password)
    fingerprint = der.encode(der.OCTET_STRING, hashlib.sha1(certificates[0].raw, usedforsecurity=False).digest())
    key_id = _attribute(_LOCAL_KEY_ID, fingerprint)
    # The certificates of issuers have an empty set where Go has an empty slice that is not nil.
    certificate_bags = [
        _certificate_bag(certificate, [key_id] if place == 0 else []) for place, certificate in enumerate(certificates)
    ]
    algorithm, encrypted = _encrypted(environment, key, encoded)
    shrouded = der.sequence(algorithm, der.encode(der.OCTET_STRING, encrypted))
    key_bag = _bag(SHROUDED_KEY_BAG, shrouded, [key_id])
    return _sealed(
        environment, [_encrypted_content(environment, certificate_bags, encoded), _plain_content([key_bag])], encoded
    )


def write_trust_store(environment: Environment, *, certificates: list[Certificate], password: str) -> bytes:
    """Make an archive of certificates that Java trusts, each by the name of its subject.

    Args:
        environment: gives salts and initial vectors.
        certificates: any number.
        password: may be empty, which encrypts none the less.

    Raises:
        Pkcs12Error: a character of the password or of a name needs more than two bytes.
    """
    encoded = zero_terminated(password)
    trusted = _attribute(_JAVA_TRUST_STORE, der.oid(_ANY_USAGE))
    bags = [_certificate_bag(certificate, [trusted, _friendly_name(certificate)]) for certificate in certificates]
    return _sealed(environment, [_encrypted_content(environment, bags, encoded)], encoded)


def _friendly_name(certificate: Certificate) -> bytes:
    name = ucs2_of(text_of_name(certificate.subject_names))
    if name is None:
        raise Pkcs12Error("pkcs12: string contains characters that cannot be encoded in UCS-2")
    return _attribute(_FRIENDLY_NAME, der.encode(der.BMP_STRING, name))


def _attribute(oid: str, value: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.encode(der.SET, value))


def _bag(kind: str, content: bytes, attributes: list[bytes]) -> bytes:
    return der.sequence(der.oid(kind), der.encode(der.context(0), content), der.encode(der.SET, *sorted(attributes)))


def _certificate_bag(certificate: Certificate, attributes: list[bytes]) -> bytes:
    data = der.encode(der.context(0), der.encode(der.OCTET_STRING, certificate.raw))
    return _bag(CERTIFICATE_BAG, der.sequence(der.oid(X509), data), attributes)


def _plain_content(bags: list[bytes]) -> bytes:
    data = der.encode(der.OCTET_STRING, der.sequence(*bags))
    return der.sequence(der.oid(DATA), der.encode(der.context(0), data))


def _encrypted_content(environment: Environment, bags: list[bytes], password: bytes) -> bytes:
    algorithm, encrypted = _encrypted(environment, der.sequence(*bags), password)
    info = der.sequence(der.oid(DATA), algorithm, der.encode(der.context(0, constructed=False), encrypted))
    content = der.encode(der.context(0), der.sequence(der.integer(0), info))
    return der.sequence(der.oid(ENCRYPTED_DATA), content)


def _encrypted(environment: Environment, data: bytes, password: bytes) -> tuple[bytes, bytes]:
    """Encrypt with a password; gives the AlgorithmIdentifier and what became of the data."""
    charge_bytes(environment, len(data))
    charge_iterations(environment, _ITERATIONS)
    salt, iv = environment.random_bytes(_SALT_SIZE), environment.random_bytes(_BLOCK)
    key = hashlib.pbkdf2_hmac("sha256", password_text(password), salt, _ITERATIONS, _KEY_SIZE)
    padder = PKCS7(_BLOCK * 8).padder()
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    kdf = der.sequence(der.encode(der.OCTET_STRING, salt), der.integer(_ITERATIONS), der.sequence(der.oid(HMAC_SHA256)))
    scheme = der.sequence(der.oid(AES_256_CBC), der.encode(der.OCTET_STRING, iv))
    return der.sequence(der.oid(PBES2), der.sequence(der.sequence(der.oid(PBKDF2), kdf), scheme)), encrypted


def _sealed(environment: Environment, contents: list[bytes], password: bytes) -> bytes:
    """Put a MAC around it all."""
    safe = der.sequence(*contents)
    salt = environment.random_bytes(_SALT_SIZE)
    digest = hmac.digest(mac_key(environment, "sha256", password, salt, _ITERATIONS), safe, "sha256")
    info = der.sequence(der.sequence(der.oid(SHA256)), der.encode(der.OCTET_STRING, digest))
    mac = der.sequence(info, der.encode(der.OCTET_STRING, salt), der.integer(_ITERATIONS))
    content = der.encode(der.context(0), der.encode(der.OCTET_STRING, safe))
    return der.sequence(der.integer(3), der.sequence(der.oid(DATA), content), mac)
