"""Makes the certificates that templates ask for.

Serial numbers come from the environment's random bytes. Keys of RSA and the signatures of elliptic curves are made by
`cryptography`, which takes no source of randomness: it uses the one of the operating system.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.kinds import GoType, Kind
from bulkhead_templating.numbers import wrapped
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.certificate import Certificate, parse_certificate
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.costs import SMALL_KEY_STEPS, charge, charge_bytes
from bulkhead_templating.pki.issue import CertificateRequest, issue
from bulkhead_templating.pki.pem import PemBlock
from bulkhead_templating.pki.private_keys import PrivateKey
from bulkhead_templating.printing import sprint
from bulkhead_templating.sprig.private_keys import parse_pem_key, pem_of_key
from bulkhead_templating.text import bytes_of, text_of
from bulkhead_templating.values import GoObject

CERTIFICATE_TYPE: Final = GoType("sprig.certificate", Kind.STRUCT)
_SECOND_NS: Final = 1_000_000_000
_DAY_NS: Final = 24 * 3600 * _SECOND_NS


class CertificateAndKey(GoObject):
    """What the functions for certificates give: a struct with both as PEM."""

    __slots__ = ("cert", "key")
    go_type = CERTIFICATE_TYPE

    def __init__(self, cert: str, key: str) -> None:
        """Keep both."""
        self.cert = cert
        self.key = key

    def go_fields(self) -> Mapping[str, object]:
        """Give both by the names that templates know."""
        return {"Cert": self.cert, "Key": self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCertificate:
    """What a certificate is to say, as the template asks."""

    common_name: str
    days: int
    addresses: Sequence[object] | None = None
    dns: Sequence[object] | None = None
    is_ca: bool = False
    signer: CertificateAndKey | None = None
    """None means that it signs itself."""


def make_certificate(environment: Environment, wanted: WantedCertificate, key: PrivateKey) -> CertificateAndKey:
    """Make and sign a certificate for a key.

    Raises:
        TemplateFunctionError: what is wanted, or the signer, is no good; the message is sprig's.
        LimitError: it is more than the render may still cost.
    """
    parent, parent_key = None, key
    if wanted.signer is not None:
        parent = _signer(environment, wanted.signer.cert)
        try:
            parent_key = parse_pem_key(environment, wanted.signer.key)
        except TemplateFunctionError as error:
            raise TemplateFunctionError(f"error parsing private key: {error}") from error
    charge(environment, SMALL_KEY_STEPS)
    request = CertificateRequest(
        common_name=wanted.common_name,
        addresses=_addresses(environment, wanted.addresses or ()),
        dns=_dns(environment, wanted.dns or ()),
        serial=int.from_bytes(environment.random_bytes(16)),
        not_before_s=environment.now_ns // _SECOND_NS,
        not_after_s=(environment.now_ns + wrapped(wanted.days * _DAY_NS)) // _SECOND_NS,
        is_ca=wanted.is_ca,
    )
    try:
        data = issue(request, key=key, parent=parent, parent_key=parent_key)
    except CertificateError as error:
        raise TemplateFunctionError(f"error creating certificate: {error}") from error
    return CertificateAndKey(text_of(pem.encode(PemBlock(label=b"CERTIFICATE", data=data))), pem_of_key(key))


def _signer(environment: Environment, text: str) -> Certificate:
    charge_bytes(environment, len(text))
    block = pem.decode(bytes_of(text)).block
    if block is None:
        raise TemplateFunctionError("unable to decode certificate", is_public=True)
    try:
        return parse_certificate(block.data)
    except CertificateError as error:
        raise TemplateFunctionError(f"error parsing certificate: decodedSignerCert.Bytes: {error}") from error


def _addresses(environment: Environment, given: Sequence[object]) -> list[bytes]:
    found = []
    for address in given:
        if not isinstance(address, str):
            shown = sprint(address, meter=environment.meter)
            raise TemplateFunctionError(f"error parsing ip: {shown} is not a string")
        try:
            # A zone, which Go takes in no address of a certificate, is no part of IPv4 either.
            parsed = ipaddress.ip_address(address.replace("%", "zone"))
        except ValueError as error:
            raise TemplateFunctionError(f"error parsing ip: {address}") from error
        inside = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        found.append((inside or parsed).packed)
    return found


def _dns(environment: Environment, given: Sequence[object]) -> list[str]:
    found = []
    for name in given:
        if not isinstance(name, str):
            shown = sprint(name, meter=environment.meter)
            raise TemplateFunctionError(f"error processing alternate dns name: {shown} is not a string")
        # One that is not ASCII is refused, and quoted.
        environment.meter.take_apart(name)
        found.append(name)
    return found
