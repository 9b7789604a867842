"""Functions of ESO that pick from PEM: blocks of a label, parts of a chain, the names of a certificate."""

from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.eso.chain import certificates_of, is_root, ordered
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING, STRING_SLICE
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.certificate import Certificate, parse_certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.costs import CERTIFICATE_STEPS, charge, charge_bytes
from bulkhead_templating.pki.pem import PemBlock
from bulkhead_templating.text import bytes_of, text_of
from bulkhead_templating.values import TypedSlice

FUNCTIONS: Final = FunctionMap()

_BEGIN: Final = b"-----BEGIN"


def _without_junk(text: str) -> bytes:
    """Leave out what stands before the first block; a text without one stays whole."""
    data = bytes_of(text)
    return data[max(data.find(_BEGIN), 0) :]


def pem_of(certificate: Certificate) -> str:
    """Write a certificate as PEM."""
    return text_of(pem.encode(PemBlock(label=b"CERTIFICATE", data=certificate.raw)))


@FUNCTIONS.function("filterPEM", STRING, STRING, returns=STRING, with_environment=True)
def filter_pem(environment: Environment, label: str, text: str) -> str:
    """Keep the blocks of a label, whatever its case."""
    charge_bytes(environment, len(text) * 4)
    found = pem.decode_all(_without_junk(text))
    kept = b"".join(pem.encode(block) for block in found.blocks if text_of(block.label).lower() == label.lower())
    if not kept and found.rest:
        raise TemplateFunctionError("error filtering pem: found junk", is_public=True)
    return text_of(kept)


@FUNCTIONS.function("filterCertChain", STRING, STRING, returns=STRING, with_environment=True)
def filter_cert_chain(environment: Environment, part: str, text: str) -> str:
    """Pick the `leaf`, the `intermediate`s or the `root` of a chain; nothing is said about trust."""
    charge_bytes(environment, len(text) * 2)
    try:
        chain = ordered(environment, certificates_of(environment, bytes_of(text)))
    except CertificateError as error:
        raise TemplateFunctionError(str(error), is_public=error.is_public) from error
    match part:
        case "leaf" if not is_root(chain[0]):
            return pem_of(chain[0])
        case "intermediate":
            return "".join(map(pem_of, _intermediates(chain)))
        case "root" if is_root(chain[-1]):
            return pem_of(chain[-1])
    return ""


def _intermediates(chain: list[Certificate]) -> list[Certificate]:
    above = chain[1:]
    roots = (place for place, certificate in enumerate(above) if is_root(certificate))
    return above[: next(roots, len(above))]


@FUNCTIONS.function("certSANs", STRING, returns=STRING_SLICE, with_environment=True)
def cert_sans(environment: Environment, text: str) -> TypedSlice:
    """Give the names of the first certificate: hosts, addresses, mailboxes, URIs."""
    charge_bytes(environment, len(text) * 2)
    block = pem.decode(_without_junk(text)).block
    if block is None:
        raise TemplateFunctionError("failed to decode PEM block", is_public=True)
    charge(environment, CERTIFICATE_STEPS)
    try:
        names = parse_certificate(block.data).alternative_names
    except CertificateError as error:
        raise TemplateFunctionError(f"failed to parse certificate: {error}") from error
    return TypedSlice(STRING, names.texts())
