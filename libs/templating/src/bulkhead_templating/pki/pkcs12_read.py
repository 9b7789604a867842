"""Reading PKCS#12: one key, its certificate and those of its issuers.

Source: RFC 7292; the module go-pkcs12, DecodeChain, whose order and messages are kept.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.pki import der, der_elements
from bulkhead_templating.pki.certificate import Certificate, parse_certificates
from bulkhead_templating.pki.certificate_error import CertificateError
from bulkhead_templating.pki.costs import charge_bytes, charge_key
from bulkhead_templating.pki.der_elements import DerError
from bulkhead_templating.pki.der_reader import DerReader, whole
from bulkhead_templating.pki.distinguished_name import ucs2_of
from bulkhead_templating.pki.key_reading import KeyFormatError, parse_pkcs8
from bulkhead_templating.pki.pkcs12_error import Pkcs12Error
from bulkhead_templating.pki.pkcs12_secrets import MACS, PBKDF2, PBMAC1, PRFS, decrypt, mac_key, pbkdf2_key
from bulkhead_templating.pki.private_keys import PrivateKey

DATA: Final = "1.2.840.113549.1.7.1"
ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
KEY_BAG: Final = "1.2.840.113549.1.12.10.1.1"
SHROUDED_KEY_BAG: Final = "1.2.840.113549.1.12.10.1.2"
CERTIFICATE_BAG: Final = "1.2.840.113549.1.12.10.1.3"
X509: Final = "1.2.840.113549.1.9.22.1"
_VERSION: Final = 3
_NO_PASSWORD: Final = b"\0\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What an archive holds."""

    key: PrivateKey
    certificates: list[Certificate]
    """The first one is taken for the key's, in whatever order they are; at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bag:
    kind: str
    content: bytes


def zero_terminated(password: str) -> bytes:
    """Write a password in two bytes a character with a zero at its end.

    Raises:
        Pkcs12Error: a character needs more than two bytes.
    """
    encoded = ucs2_of(password)
    if encoded is None:
        raise Pkcs12Error("pkcs12: string contains characters that cannot be encoded in UCS-2")
    return encoded + _NO_PASSWORD


def read_archive(environment: Environment, data: bytes, password: str) -> Archive:
    """Open an archive.

    Raises:
        Pkcs12Error: it is none, or the password is wrong.
    """
    charge_bytes(environment, len(data))
    key: PrivateKey | None = None
    certificates: list[Certificate] = []
    try:
        bags, encoded = _bags(environment, data, zero_terminated(password))
        for bag in bags:
            if bag.kind == CERTIFICATE_BAG:
                certificates.append(_certificate(bag.content))
            elif bag.kind in (KEY_BAG, SHROUDED_KEY_BAG):
                if key is not None:
                    raise Pkcs12Error("pkcs12: expected exactly one key bag", is_public=True)
                key = _key(environment, bag, encoded)
    except (DerError, CertificateError) as error:
        raise Pkcs12Error(str(error)) from error
    if not certificates:
        raise Pkcs12Error("pkcs12: certificate missing", is_public=True)
    if key is None:
        raise Pkcs12Error("pkcs12: private key missing", is_public=True)
    return Archive(key=key, certificates=certificates)


def _bags(environment: Environment, data: bytes, password: bytes) -> tuple[list[_Bag], bytes]:
    try:
        fields = _whole(data, "pfxPdu")
        version = fields.want_int()
        kind, content = _content_info(fields)
        mac = fields.want_sequence("macData") if fields.rest else None
    except (DerError, Pkcs12Error) as error:
        raise Pkcs12Error(f"pkcs12: error reading P12 data: {error}") from error
    if version != _VERSION:
        raise Pkcs12Error("pkcs12: can only decode v3 PFX PDU's")
    if kind != DATA:
        raise Pkcs12Error("pkcs12: only password-protected PFX is implemented")
    safe = DerReader(content).want_any().content
    password = _checked(environment, mac, safe, password)
    infos = DerReader(_one(safe))
    listed = [_content_info(infos) for _ in der_elements.elements(infos.rest)]
    if not 1 <= len(listed) <= 2:
        raise Pkcs12Error(
            f"pkcs12: expected between 1 and 2 items in the authenticated safe, but this file has {len(listed)}"
        )
    bags: list[_Bag] = []
    for inner_kind, inner in listed:
        bags += _bags_of(_contents(environment, inner_kind, inner, password))
    return bags, password


def _one(data: bytes) -> bytes:
    """Go into a SEQUENCE OF that is all there is."""
    outer = DerReader(data)
    inner = outer.want(der.SEQUENCE, "")
    if outer.rest:
        raise Pkcs12Error("pkcs12: trailing data found", is_public=True)
    return inner.content


def _whole(data: bytes, go_name: str) -> DerReader:
    outer = DerReader(data)
    inner = outer.want_sequence(go_name)
    if outer.rest:
        raise Pkcs12Error("pkcs12: trailing data found", is_public=True)
    return inner


def _content_info(fields: DerReader) -> tuple[str, bytes]:
    info = fields.want_sequence("contentInfo")
    kind = info.want_oid()
    tagged = info.take(der.context(0))
    return kind, tagged.content if tagged else b""


def _checked(environment: Environment, mac: DerReader | None, safe: bytes, password: bytes) -> bytes:
    """Check the MAC and give the password that it is right with: the empty one has two forms."""
    if mac is None:
        if password != _NO_PASSWORD:
            raise Pkcs12Error("pkcs12: no MAC in data", is_public=True)
        return password
    fields = mac.want_sequence("digestInfo")
    algorithm, parameters = fields.want_algorithm()
    digest = fields.want_octets()
    salt = mac.want_octets()
    iterations = mac.want_int() if mac.rest else 1
    for tried in (password, b"") if password == _NO_PASSWORD else (password,):
        if algorithm == PBMAC1:
            key, name = _pbmac1(environment, parameters.raw if parameters else b"", tried)
        elif algorithm in MACS:
            name = MACS[algorithm]
            key = mac_key(environment, name, tried, salt, iterations)
        else:
            raise Pkcs12Error(f"pkcs12: MAC digest algorithm not supported: {algorithm}")
        if hmac.compare_digest(hmac.digest(key, safe, name), digest):
            return tried
    raise Pkcs12Error("pkcs12: decryption password incorrect", is_public=True)


def _pbmac1(environment: Environment, parameters: bytes, password: bytes) -> tuple[bytes, str]:
    fields = _whole(parameters, "pbmac1Params")
    kdf, kdf_parameters = fields.want_algorithm()
    scheme, _ = fields.want_algorithm()
    if kdf != PBKDF2:
        raise Pkcs12Error(f"pkcs12: PBMAC1 KDF algorithm {kdf} is not supported")
    if scheme not in PRFS:
        raise Pkcs12Error(f"pkcs12: PBMAC1 MAC algorithm {scheme} is not supported")
    inner = whole(kdf_parameters.raw if kdf_parameters else b"", "pbkdf2Params")
    return pbkdf2_key(environment, inner, password, None, "PBMAC1"), PRFS[scheme]


def _contents(environment: Environment, kind: str, content: bytes, password: bytes) -> bytes:
    if kind == DATA:
        return DerReader(content).want_octets()
    if kind != ENCRYPTED_DATA:
        raise Pkcs12Error("pkcs12: only data and encryptedData content types are supported in authenticated safe")
    fields = _whole(content, "encryptedData")
    if fields.want_int() != 0:
        raise Pkcs12Error("pkcs12: only version 0 of EncryptedData is supported")
    info = fields.want_sequence("encryptedContentInfo")
    info.want_oid()
    algorithm, parameters = info.want_algorithm()
    encrypted = info.take(der.context(0, constructed=False))
    return decrypt(environment, algorithm, parameters, encrypted.content if encrypted else b"", password)


def _bags_of(data: bytes) -> list[_Bag]:
    bags = DerReader(_one(data))
    found = []
    while bags.rest:
        fields = bags.want_sequence("safeBag")
        found.append(_Bag(kind=fields.want_oid(), content=fields.want(der.context(0), "").content))
    return found


def _certificate(content: bytes) -> Certificate:
    try:
        fields = _whole(content, "certBag")
        kind = fields.want_oid()
        data = DerReader(fields.want(der.context(0), "").content).want_octets()
    except (DerError, Pkcs12Error) as error:
        raise Pkcs12Error(f"pkcs12: error decoding cert bag: {error}") from error
    if kind != X509:
        raise Pkcs12Error("pkcs12: only X509 certificates are supported in cert bags")
    found = parse_certificates(data)
    if len(found) != 1:
        raise Pkcs12Error("pkcs12: expected exactly one certificate in the certBag")
    return found[0]


def _key(environment: Environment, bag: _Bag, password: bytes) -> PrivateKey:
    charge_key(environment, len(bag.content))
    if bag.kind == KEY_BAG:
        try:
            return parse_pkcs8(bag.content)
        except KeyFormatError as error:
            raise Pkcs12Error(str(error)) from error
    try:
        fields = _whole(bag.content, "encryptedPrivateKeyInfo")
        algorithm, parameters = fields.want_algorithm()
        encrypted = fields.want_octets()
    except (DerError, Pkcs12Error) as error:
        raise Pkcs12Error(f"pkcs12: error decoding PKCS#8 shrouded key bag: {error}") from error
    try:
        plain = decrypt(environment, algorithm, parameters, encrypted, password)
    except (DerError, Pkcs12Error) as error:
        raise Pkcs12Error(f"pkcs12: error decrypting PKCS#8 shrouded key bag: {error}") from error
    try:
        return parse_pkcs8(plain)
    except KeyFormatError as error:
        raise Pkcs12Error(f"pkcs12: error parsing PKCS#8 private key: {error}") from error
