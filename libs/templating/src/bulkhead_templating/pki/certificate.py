"""An X.509 certificate as Go's crypto/x509 reads it: what it refuses, and the fields that functions look at.

Extensions that no function shows are not read, so a certificate that is broken only there is taken, where Go refuses.

Source: RFC 5280; Go, package crypto/x509, ParseCertificate.
"""

from dataclasses import dataclass, field
from typing import Final

from bulkhead_templating.pki import der, der_elements
from bulkhead_templating.pki.alternative_names import AlternativeNames, names_of
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.der_elements import DerError
from bulkhead_templating.pki.der_reader import DerReader
from bulkhead_templating.pki.distinguished_name import Attribute, attributes_of
from bulkhead_templating.pki.public_keys import check_public_key

_SUBJECT_KEY_ID: Final = "2.5.29.14"
_ALTERNATIVE_NAMES: Final = "2.5.29.17"
_AUTHORITY_KEY_ID: Final = "2.5.29.35"
_V3: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that was read; nothing says that anyone trusts it."""

    raw: bytes
    subject: bytes
    """The name as DER."""
    subject_names: tuple[Attribute, ...]
    public_key: bytes
    """As SubjectPublicKeyInfo."""
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    alternative_names: AlternativeNames = field(default_factory=AlternativeNames)


def parse_certificate(data: bytes) -> Certificate:
    """Read a certificate that is all there is.

    Raises:
        CertificateError: it is none; the message is Go's.
    """
    found = _parse(data)
    if len(found.raw) != len(data):
        raise CertificateError("x509: trailing data")
    return found


def parse_certificates(data: bytes) -> list[Certificate]:
    """Read certificates in a row.

    Raises:
        CertificateError: something else is among them.
    """
    found = []
    while data:
        found.append(_parse(data))
        data = data[len(found[-1].raw) :]
    return found


def _parse(data: bytes) -> Certificate:
    outer = DerReader(data)
    whole = _needed(outer.take(der.SEQUENCE), "malformed certificate")
    signed = DerReader(whole.content)
    tbs = DerReader(_needed(signed.take(der.SEQUENCE), "malformed tbs certificate").content)
    version = _version(tbs)
    _serial(tbs)
    inner = _needed(tbs.take(der.SEQUENCE), "malformed signature algorithm identifier")
    around = _needed(signed.take(der.SEQUENCE), "malformed algorithm identifier")
    if inner.content != around.content:
        raise CertificateError("x509: inner and outer signature algorithm identifiers don't match")
    if not DerReader(inner.content).take(der.OBJECT_IDENTIFIER):
        raise CertificateError("x509: malformed OID")
    attributes_of(_needed(tbs.take(der.SEQUENCE), "malformed issuer"))
    _validity(DerReader(_needed(tbs.take(der.SEQUENCE), "malformed validity").content))
    subject = _needed(tbs.take(der.SEQUENCE), "malformed issuer")
    names = attributes_of(subject)
    public_key = _needed(tbs.take(der.SEQUENCE), "malformed spki")
    check_public_key(public_key.content)
    extensions = _extensions(tbs) if version == _V3 else {}
    _needed(signed.take(der.BIT_STRING), "malformed signature")
    return Certificate(
        raw=whole.raw,
        subject=subject.raw,
        subject_names=names,
        public_key=public_key.raw,
        subject_key_id=_subject_key_id(extensions.get(_SUBJECT_KEY_ID)),
        authority_key_id=_authority_key_id(extensions.get(_AUTHORITY_KEY_ID)),
        alternative_names=names_of(extensions.get(_ALTERNATIVE_NAMES)),
    )


def _needed(found: der_elements.Element | None, wrong: str) -> der_elements.Element:
    if found is None:
        raise CertificateError(f"x509: {wrong}")
    return found


def _version(tbs: DerReader) -> int:
    tagged = tbs.take(der.context(0))
    if tagged is None:
        return 1
    number = _number(DerReader(tagged.content).take(der.INTEGER), "malformed version")
    if number < 0:
        raise CertificateError("x509: malformed version")
    if number >= _V3:
        raise CertificateError("x509: invalid version")
    return number + 1


def _serial(tbs: DerReader) -> None:
    if _number(tbs.take(der.INTEGER), "malformed serial number") < 0:
        raise CertificateError("x509: negative serial number")


def _number(found: der_elements.Element | None, wrong: str) -> int:
    try:
        return der_elements.integer_of(_needed(found, wrong).content)
    except DerError as error:
        raise CertificateError(f"x509: {wrong}") from error


def _validity(times: DerReader) -> None:
    for _ in range(2):
        found = times.take_any()
        if found is None or found.tag not in (der.UTC_TIME, der.GENERALIZED_TIME):
            raise CertificateError("x509: unsupported time format")
        if not (found.content[:-1].isdigit() and found.content.endswith(b"Z")):
            form = "UTCTime" if found.tag == der.UTC_TIME else "GeneralizedTime"
            raise CertificateError(f"x509: malformed {form}")


def _extensions(tbs: DerReader) -> dict[str, bytes]:
    tbs.take(der.context(1, constructed=False))
    tbs.take(der.context(2, constructed=False))
    if not tbs.peek(der.context(3)):
        return {}
    tagged = _needed(tbs.take(der.context(3)), "malformed extensions")
    listed = DerReader(_needed(DerReader(tagged.content).take(der.SEQUENCE), "malformed extensions").content)
    found: dict[str, bytes] = {}
    while listed.rest:
        fields = DerReader(_needed(listed.take(der.SEQUENCE), "malformed extension").content)
        try:
            name = fields.want_oid()
        except DerError as error:
            raise CertificateError("x509: malformed extension OID field") from error
        critical = fields.take(0x01)
        value = _needed(fields.take(der.OCTET_STRING), "malformed extension value field")
        if name in found:
            raise CertificateError(f'x509: certificate contains duplicate extension with OID "{name}"')
        if name == _SUBJECT_KEY_ID and critical and any(critical.content):
            raise CertificateError("x509: subject key identifier incorrectly marked critical")
        found[name] = value.content
    return found


def _subject_key_id(value: bytes | None) -> bytes | None:
    if value is None:
        return None
    return _needed(DerReader(value).take(der.OCTET_STRING), "invalid subject key identifier").content


def _authority_key_id(value: bytes | None) -> bytes | None:
    if value is None:
        return None
    fields = DerReader(_needed(DerReader(value).take(der.SEQUENCE), "invalid authority key identifier").content)
    if not fields.peek(der.context(0, constructed=False)):
        return None
    return _needed(fields.take(der.context(0, constructed=False)), "invalid authority key identifier").content
