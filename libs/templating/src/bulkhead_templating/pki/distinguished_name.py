"""Names of subjects: reading them, and printing them as Go does.

Source: RFC 2253; Go, package crypto/x509/pkix, Name.String.
"""

from dataclasses import dataclass
from typing import Final

from bulkhead_templating.pki import der, der_elements
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.der_elements import DerError
from bulkhead_templating.pki.der_reader import DerReader
from bulkhead_templating.text import bytes_of

_INVALID: Final = "x509: invalid RDNSequence"
COMMON_NAME: Final = "2.5.4.3"
# In the order that Go gives them back, which is not theirs.
_SHORT: Final = {
    "2.5.4.6": "C",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.17": "POSTALCODE",
    COMMON_NAME: "CN",
    "2.5.4.5": "SERIALNUMBER",
}
_SINGLE: Final = frozenset({COMMON_NAME, "2.5.4.5"})
_PRINTABLE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
_ESCAPED: Final = frozenset(',+"\\<>;')


@dataclass(frozen=True, slots=True)
class Attribute:
    """One part of a name."""

    oid: str
    value: str


def attributes_of(name: der_elements.Element) -> tuple[Attribute, ...]:
    """Read the parts of a name, a SEQUENCE, in their order.

    Raises:
        CertificateError: it is malformed.
    """
    found: list[Attribute] = []
    sets = DerReader(name.content)
    while sets.rest:
        part = sets.take(der.SET)
        if part is None:
            raise CertificateError(_INVALID)
        attributes = DerReader(part.content)
        while attributes.rest:
            found.append(_attribute(attributes.take(der.SEQUENCE)))
    return tuple(found)


def _attribute(pair: der_elements.Element | None) -> Attribute:
    if pair is None:
        raise CertificateError(f"{_INVALID}: invalid attribute")
    fields = DerReader(pair.content)
    try:
        oid = fields.want_oid()
    except DerError as error:
        raise CertificateError(f"{_INVALID}: invalid attribute type") from error
    value = fields.take_any()
    if value is None:
        raise CertificateError(f"{_INVALID}: invalid attribute value")
    encoding = {0x14: "latin-1", der.PRINTABLE_STRING: "ascii", der.UTF8_STRING: "utf-8", der.BMP_STRING: "utf-16-be",
                0x16: "ascii", 0x12: "ascii"}.get(value.tag)  # fmt: skip
    if encoding is None:
        raise CertificateError(f"{_INVALID}: invalid attribute value: unsupported string type: {value.tag}")
    try:
        return Attribute(oid, value.content.decode(encoding))
    except UnicodeDecodeError as error:
        kind = {der.PRINTABLE_STRING: "PrintableString", der.UTF8_STRING: "UTF-8 string", der.BMP_STRING: "BMPString",
                0x16: "IA5String"}.get(value.tag, "NumericString")  # fmt: skip
        raise CertificateError(f"{_INVALID}: invalid attribute value: invalid {kind}") from error


def common_name_of(text: str) -> bytes:
    """Write a name that has a common name only; an empty text makes an empty name.

    Raises:
        CertificateError: the text is not UTF-8.
    """
    if not text:
        return der.sequence()
    pair = der.sequence(der.oid(COMMON_NAME), string_of(text))
    return der.sequence(der.encode(der.SET, pair))


def string_of(text: str) -> bytes:
    """Write a string as Go does: printable if it can be.

    Raises:
        CertificateError: the text is not UTF-8.
    """
    if _PRINTABLE.issuperset(text):
        return der.encode(der.PRINTABLE_STRING, text.encode())
    try:
        return der.encode(der.UTF8_STRING, text.encode())
    except UnicodeEncodeError as error:
        raise CertificateError("asn1: string not valid UTF-8") from error


def text_of_name(attributes: tuple[Attribute, ...]) -> str:
    """Print a name as Go does: from its last part to its first, known kinds in an order of their own."""
    groups: list[list[Attribute]] = [[attribute] for attribute in attributes if attribute.oid not in _SHORT]
    for oid in _SHORT:
        same = [attribute for attribute in attributes if attribute.oid == oid]
        if same:
            groups.append(same[-1:] if oid in _SINGLE else same)
    return ",".join("+".join(map(_printed, group)) for group in reversed(groups))


def _printed(attribute: Attribute) -> str:
    short = _SHORT.get(attribute.oid)
    if short is None:
        return f"{attribute.oid}=#{string_of(attribute.value).hex()}"
    last = len(attribute.value) - 1
    return f"{short}=" + "".join(
        f"\\{rune}"
        if rune in _ESCAPED or (rune == " " and place in (0, last)) or (rune == "#" and place == 0)
        else rune
        for place, rune in enumerate(attribute.value)
    )


def ucs2_of(text: str) -> bytes | None:
    """Write a text in two bytes a character, None if one needs more; bytes that are no UTF-8 become U+FFFD as in Go."""
    runes = bytes_of(text).decode("utf-8", "surrogateescape")
    mended = "".join("\ufffd" if "\ud800" <= rune <= "\udfff" else rune for rune in runes)
    return None if any(rune > "\uffff" for rune in mended) else mended.encode("utf-16-be")
