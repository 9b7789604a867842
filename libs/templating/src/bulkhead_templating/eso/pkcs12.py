"""Functions of ESO that open and make PKCS#12 archives. No error quotes a password, a key or a certificate."""

import base64
from contextlib import suppress
from typing import Final

from cryptography.hazmat.primitives.asymmetric import x25519

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import GoPanicError, TemplateFunctionError
from bulkhead_templating.eso.chain import ordered
from bulkhead_templating.eso.pem_filters import pem_of
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.certificate import Certificate, parse_certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.costs import CERTIFICATE_STEPS, charge, charge_bytes, charge_key
from bulkhead_templating.pki.key_reading import KeyFormatError, parse_pkcs1, parse_pkcs8, parse_sec1
from bulkhead_templating.pki.pem import PemBlock
from bulkhead_templating.pki.pkcs12_error import Pkcs12Error
from bulkhead_templating.pki.pkcs12_read import read_archive
from bulkhead_templating.pki.pkcs12_write import write_archive, write_trust_store
from bulkhead_templating.pki.private_keys import DsaKey, SigningKey, pkcs8_of
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS: Final = FunctionMap()

_NIL: Final = "runtime error: invalid memory address or nil pointer dereference"


@FUNCTIONS.function("pkcs12keyPass", STRING, STRING, returns=STRING, with_environment=True)
def pkcs12_key_pass(environment: Environment, password: str, archive: str) -> str:
    """Give the private key of an archive as PEM, PKCS#8."""
    try:
        key = read_archive(environment, bytes_of(archive), password).key
    except Pkcs12Error as error:
        raise TemplateFunctionError(
            f"unable to decode pkcs12 with password: {error}", is_public=error.is_public
        ) from error
    return text_of(pem.encode(PemBlock(label=b"PRIVATE KEY", data=_pkcs8(key))))


@FUNCTIONS.function("pkcs12key", STRING, returns=STRING, with_environment=True)
def pkcs12_key(environment: Environment, archive: str) -> str:
    """Give the private key of an archive with an empty password."""
    return pkcs12_key_pass(environment, "", archive)


@FUNCTIONS.function("pkcs12certPass", STRING, STRING, returns=STRING, with_environment=True)
def pkcs12_cert_pass(environment: Environment, password: str, archive: str) -> str:
    """Give the certificates of an archive as PEM, from the leaf to the root if they are a chain."""
    try:
        certificates = read_archive(environment, bytes_of(archive), password).certificates
    except Pkcs12Error as error:
        raise TemplateFunctionError(
            f"unable to decode pkcs12 certificate with password: {error}", is_public=error.is_public
        ) from error
    # As in ESO, what is no single chain stays as it was.
    with suppress(CertificateError):
        certificates = ordered(environment, certificates)
    return "".join(map(pem_of, certificates))


@FUNCTIONS.function("pkcs12cert", STRING, returns=STRING, with_environment=True)
def pkcs12_cert(environment: Environment, archive: str) -> str:
    """Give the certificates of an archive with an empty password."""
    return pkcs12_cert_pass(environment, "", archive)


@FUNCTIONS.function("pemToPkcs12Pass", STRING, STRING, STRING, returns=STRING, with_environment=True)
def pem_to_pkcs12_pass(environment: Environment, certificate: str, key: str, password: str) -> str:
    """Make an archive of the first certificate and a key; gives base64."""
    charge_bytes(environment, len(certificate))
    first = pem.decode(bytes_of(certificate))
    return _archive(environment, [_certificate(environment, first.block)], key, password)


@FUNCTIONS.function("pemToPkcs12", STRING, STRING, returns=STRING, with_environment=True)
def pem_to_pkcs12(environment: Environment, certificate: str, key: str) -> str:
    """Make an archive with an empty password."""
    return pem_to_pkcs12_pass(environment, certificate, key, "")


@FUNCTIONS.function("fullPemToPkcs12Pass", STRING, STRING, STRING, returns=STRING, with_environment=True)
def full_pem_to_pkcs12_pass(environment: Environment, chain: str, key: str, password: str) -> str:
    """Make an archive of a key, its certificate, which comes first, and those of its issuers; gives base64."""
    charge_bytes(environment, len(chain))
    first = pem.decode(bytes_of(chain))
    return _archive(
        environment, [_certificate(environment, first.block), *_certificates(environment, first.rest)], key, password
    )


@FUNCTIONS.function("fullPemToPkcs12", STRING, STRING, returns=STRING, with_environment=True)
def full_pem_to_pkcs12(environment: Environment, chain: str, key: str) -> str:
    """Make an archive of a chain with an empty password."""
    return full_pem_to_pkcs12_pass(environment, chain, key, "")


@FUNCTIONS.function("pemTruststoreToPKCS12Pass", STRING, STRING, returns=STRING, with_environment=True)
def pem_truststore_to_pkcs12_pass(environment: Environment, certificates: str, password: str) -> str:
    """Make a trust store of certificates; gives base64."""
    charge_bytes(environment, len(certificates))
    trusted = _certificates(environment, bytes_of(certificates))
    try:
        data = write_trust_store(environment, certificates=trusted, password=password)
    except Pkcs12Error as error:
        raise TemplateFunctionError(str(error)) from error
    return base64.b64encode(data).decode()


@FUNCTIONS.function("pemTruststoreToPKCS12", STRING, returns=STRING, with_environment=True)
def pem_truststore_to_pkcs12(environment: Environment, certificates: str) -> str:
    """Make a trust store with an empty password."""
    return pem_truststore_to_pkcs12_pass(environment, certificates, "")


def _certificate(environment: Environment, block: PemBlock | None) -> Certificate:
    if block is None:
        raise GoPanicError(_NIL, is_public=True)
    charge(environment, CERTIFICATE_STEPS)
    try:
        return parse_certificate(block.data)
    except CertificateError as error:
        raise TemplateFunctionError(str(error)) from error


def _certificates(environment: Environment, text: bytes) -> list[Certificate]:
    """Read blocks up to the end; as in ESO, anything that follows the last one is a panic."""
    decoded = pem.decode_all(text)
    found = [_certificate(environment, block) for block in decoded.blocks]
    if decoded.rest:
        raise GoPanicError(_NIL, is_public=True)
    return found


def _archive(environment: Environment, certificates: list[Certificate], key: str, password: str) -> str:
    charge_bytes(environment, len(key))
    block = pem.decode(bytes_of(key)).block
    if block is None:
        raise GoPanicError(_NIL, is_public=True)
    charge_key(environment, len(block.data))
    pkcs8 = _pkcs8(parse_any_key(block.data))
    try:
        data = write_archive(environment, key=pkcs8, certificates=certificates, password=password)
    except Pkcs12Error as error:
        raise TemplateFunctionError(str(error)) from error
    return base64.b64encode(data).decode()


def parse_any_key(data: bytes) -> SigningKey | x25519.X25519PrivateKey:
    """Read a private key in whichever of the three formats it has.

    Raises:
        TemplateFunctionError: it has none of them.
    """
    for parse in (parse_pkcs1, parse_pkcs8, parse_sec1):
        try:
            key = parse(data)
        except KeyFormatError:
            continue
        if not isinstance(key, DsaKey):
            return key
    raise TemplateFunctionError("unable to parse private key type", is_public=True)


def _pkcs8(key: SigningKey | x25519.X25519PrivateKey | DsaKey) -> bytes:
    if isinstance(key, DsaKey):
        raise TemplateFunctionError("x509: unknown key type while marshaling PKCS#8: *dsa.PrivateKey", is_public=True)
    return pkcs8_of(key)
