"""Functions of sprig that make certificates, valid from the moment of the render."""

from collections.abc import Sequence
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import ANY_SLICE, INT, STRING
from bulkhead_templating.pki import base64_text, pem
from bulkhead_templating.pki.base64_text import Base64Error
from bulkhead_templating.pki.certificate import parse_certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.costs import charge_bytes
from bulkhead_templating.pki.private_keys import PrivateKey
from bulkhead_templating.sprig.certificate_making import (
    CERTIFICATE_TYPE,
    CertificateAndKey,
    WantedCertificate,
    make_certificate,
)
from bulkhead_templating.sprig.private_keys import new_rsa, parse_pem_key
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS: Final = FunctionMap()


def _given_key(environment: Environment, text: str) -> PrivateKey:
    try:
        return parse_pem_key(environment, text)
    except TemplateFunctionError as error:
        raise TemplateFunctionError(f"parsing private key: {error}") from error


@FUNCTIONS.function("genCA", STRING, INT, returns=CERTIFICATE_TYPE, with_environment=True)
def gen_ca(environment: Environment, common_name: str, days: int) -> CertificateAndKey:
    """Make an authority that signs itself."""
    return make_certificate(
        environment, WantedCertificate(common_name=common_name, days=days, is_ca=True), new_rsa(environment)
    )


@FUNCTIONS.function("genCAWithKey", STRING, INT, STRING, returns=CERTIFICATE_TYPE, with_environment=True)
def gen_ca_with_key(environment: Environment, common_name: str, days: int, key: str) -> CertificateAndKey:
    """Make an authority of a given key."""
    parsed = _given_key(environment, key)
    return make_certificate(environment, WantedCertificate(common_name=common_name, days=days, is_ca=True), parsed)


@FUNCTIONS.function(
    "genSelfSignedCert", STRING, ANY_SLICE, ANY_SLICE, INT, returns=CERTIFICATE_TYPE, with_environment=True
)
def gen_self_signed_cert(
    environment: Environment,
    common_name: str,
    addresses: Sequence[object] | None,
    dns: Sequence[object] | None,
    days: int,
) -> CertificateAndKey:
    """Make a certificate that signs itself."""
    wanted = WantedCertificate(common_name=common_name, addresses=addresses, dns=dns, days=days)
    return make_certificate(environment, wanted, new_rsa(environment))


@FUNCTIONS.function(
    "genSelfSignedCertWithKey",
    STRING,
    ANY_SLICE,
    ANY_SLICE,
    INT,
    STRING,
    returns=CERTIFICATE_TYPE,
    with_environment=True,
)
def gen_self_signed_cert_with_key(
    environment: Environment,
    common_name: str,
    addresses: Sequence[object] | None,
    dns: Sequence[object] | None,
    days: int,
    key: str,
) -> CertificateAndKey:
    """Make a certificate of a given key that signs itself."""
    wanted = WantedCertificate(common_name=common_name, addresses=addresses, dns=dns, days=days)
    return make_certificate(environment, wanted, _given_key(environment, key))


@FUNCTIONS.function(
    "genSignedCert",
    STRING,
    ANY_SLICE,
    ANY_SLICE,
    INT,
    CERTIFICATE_TYPE,
    returns=CERTIFICATE_TYPE,
    with_environment=True,
)
def gen_signed_cert(
    environment: Environment,
    common_name: str,
    addresses: Sequence[object] | None,
    dns: Sequence[object] | None,
    days: int,
    signer: CertificateAndKey,
) -> CertificateAndKey:
    """Make a certificate that an authority signs."""
    wanted = WantedCertificate(common_name=common_name, addresses=addresses, dns=dns, days=days, signer=signer)
    return make_certificate(environment, wanted, new_rsa(environment))


@FUNCTIONS.function(
    "genSignedCertWithKey",
    STRING,
    ANY_SLICE,
    ANY_SLICE,
    INT,
    CERTIFICATE_TYPE,
    STRING,
    returns=CERTIFICATE_TYPE,
    with_environment=True,
)
def gen_signed_cert_with_key(
    environment: Environment,
    common_name: str,
    addresses: Sequence[object] | None,
    dns: Sequence[object] | None,
    days: int,
    signer: CertificateAndKey,
    key: str,
) -> CertificateAndKey:
    """Make a certificate of a given key that an authority signs."""
    wanted = WantedCertificate(common_name=common_name, addresses=addresses, dns=dns, days=days, signer=signer)
    return make_certificate(environment, wanted, _given_key(environment, key))


@FUNCTIONS.function("buildCustomCert", STRING, STRING, returns=CERTIFICATE_TYPE, with_environment=True)
def build_custom_cert(environment: Environment, certificate: str, key: str) -> CertificateAndKey:
    """Put a certificate and a key together that are given as base64 of PEM; only their formats are checked."""
    charge_bytes(environment, len(certificate) + len(key))
    decoded = {"certificate": b"", "private key": b""}
    for name, text in (("certificate", certificate), ("private key", key)):
        try:
            decoded[name] = base64_text.decode(bytes_of(text))
        except Base64Error as error:
            raise TemplateFunctionError(f"unable to decode base64 {name}", is_public=True) from error
    block = pem.decode(decoded["certificate"]).block
    if block is None:
        raise TemplateFunctionError("unable to decode certificate", is_public=True)
    try:
        parse_certificate(block.data)
    except CertificateError as error:
        raise TemplateFunctionError(f"error parsing certificate: decodedCert.Bytes: {error}") from error
    key_text = text_of(decoded["private key"])
    try:
        parse_pem_key(environment, key_text)
    except TemplateFunctionError as error:
        raise TemplateFunctionError(f"error parsing private key: {error}") from error
    return CertificateAndKey(text_of(decoded["certificate"]), key_text)
