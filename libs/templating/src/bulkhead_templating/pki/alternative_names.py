"""The names of a certificate beside its subject: hosts, addresses, mailboxes, URIs.

Source: RFC 5280, section 4.2.1.6; Go, package crypto/x509.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.pki import der
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.der_reader import DerReader

_EMAIL: Final = 0x81
_DNS: Final = 0x82
_URI: Final = 0x86
_IP: Final = 0x87
_IP_LENGTHS: Final = (4, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeNames:
    """Names of each kind, in their order."""

    dns: tuple[str, ...] = ()
    addresses: tuple[bytes, ...] = ()
    """4 or 16 bytes each."""
    emails: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()

    def texts(self) -> list[str]:
        """Give all of them as Go prints them: hosts, addresses, mailboxes, URIs."""
        return [*self.dns, *map(address_text, self.addresses), *self.emails, *self.uris]


def address_text(address: bytes) -> str:
    """Print an address as Go's net.IP does: one of IPv4 within IPv6 as IPv4."""
    if len(address) == _IP_LENGTHS[0]:
        return str(ipaddress.IPv4Address(address))
    inside = ipaddress.IPv6Address(address)
    return str(inside.ipv4_mapped or inside)


def names_of(value: bytes | None) -> AlternativeNames:
    """Read the extension; None, where there is none, has no names.

    Raises:
        CertificateError: it is malformed.
    """
    if value is None:
        return AlternativeNames()
    found: dict[int, list[bytes]] = {_EMAIL: [], _DNS: [], _URI: [], _IP: []}
    outer = DerReader(value).take(der.SEQUENCE)
    if outer is None:
        raise CertificateError("x509: invalid subject alternative names")
    names = DerReader(outer.content)
    while names.rest:
        name = names.take_any()
        if name is None:
            raise CertificateError("x509: invalid subject alternative name")
        if name.tag in found:
            found[name.tag].append(name.content)
    for address in found[_IP]:
        if len(address) not in _IP_LENGTHS:
            raise CertificateError(f"x509: cannot parse IP address of length {len(address)}")
    return AlternativeNames(
        dns=_ascii(found[_DNS], "dNSName"),
        addresses=tuple(found[_IP]),
        emails=_ascii(found[_EMAIL], "rfc822Name"),
        uris=_ascii(found[_URI], "uniformResourceIdentifier"),
    )


def _ascii(names: list[bytes], kind: str) -> tuple[str, ...]:
    if not all(name.isascii() for name in names):
        raise CertificateError(f"x509: SAN {kind} is malformed")
    return tuple(name.decode() for name in names)


def extension_of(dns: list[str], addresses: list[bytes]) -> bytes:
    """Write the value of the extension; names are ASCII already."""
    return der.sequence(
        *(der.encode(_DNS, name.encode()) for name in dns), *(der.encode(_IP, address) for address in addresses)
    )
