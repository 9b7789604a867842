"""The denylist: certificates and identities that nobody lets through any more, signed by the CA.

Reading it, choosing between two of them and asking one. Pure: files and clocks are `trust`'s, signing is the
certcontroller's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from bulkhead_api.certificates import BACKDATED
from bulkhead_runtime.leaf import LeafFacts, subject_key_id
from bulkhead_runtime.spiffe import SpiffeId

DENYLIST: Final = "denylist.jws"
"""The file's name, beside the certificate's."""

TYPE: Final = "bulkhead-denylist"
"""`typ` in its header."""

ALGORITHM: Final = "ES256"
"""The only one, so that no header can choose a weaker one."""

MAX_BYTES: Final = 512 * 1024
"""Some thousands of entries; the list and the certificates must fit into one Secret."""

NO_LIST: Final = "there is no denylist in date: look at the certcontroller"

_SERIAL: Final = re.compile(r"[0-9a-f]{1,40}")
_MAX_HEADER_BYTES: Final = 1024
_HEADERS: Final = frozenset({"alg", "typ", "kid"})


class DenylistError(Exception):
    """A denylist cannot be used; the message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denylist:
    """A list whose signature was found good."""

    signer: str
    """Subject key identifier of the root that signed it, lower hex."""
    version: int
    """A new list has a greater one."""
    issued_at: datetime
    """UTC."""
    expires_at: datetime
    """From then on it says nothing, and nobody is let through without another one. UTC."""
    serials: frozenset[int] = frozenset()
    """Certificates that are denied."""
    identities: Mapping[SpiffeId, datetime | None] = field(default_factory=dict)
    """Identities that are denied: all their certificates, or those issued before the moment, UTC."""


class _Entry(msgspec.Struct, frozen=True, rename="camel"):
    serial: str | None = None
    identity: str | None = None
    issued_before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Payload(msgspec.Struct, frozen=True, rename="camel"):
    trust_domain: str
    version: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    issued_at: Annotated[datetime, msgspec.Meta(tz=True)]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)]
    entries: list[_Entry]


def denylist_from_jws(token: bytes, *, roots: Iterable[x509.Certificate], trust_domain: str) -> Denylist:
    """Read a list that one of the roots signed. Whether it is in date is not asked here.

    Args:
        token: JWS compact serialisation; white space at its end is harmless.
        roots: whose signature counts.
        trust_domain: the reader's own, which the list must be for.

    Raises:
        DenylistError: it is damaged, of another form, for another trust domain, or nobody's whom we trust.

    Source: RFC 7515 §3.1 and §5.2; RFC 7518 §3.4.
    """
    if len(token) > MAX_BYTES:
        raise DenylistError(f"is larger than {MAX_BYTES} bytes")
    payload, signer = _verified(token.strip(), roots)
    try:
        read = msgspec.json.decode(payload, type=_Payload)
        serials = frozenset(_serial(each.serial) for each in read.entries if _names_serial(each))
        identities = _identities(read.entries)
    except (ValueError, RecursionError):
        raise DenylistError("is signed and not of the form that was agreed on") from None
    if read.trust_domain != trust_domain:
        raise DenylistError("is for another trust domain")
    return Denylist(
        signer=signer,
        version=read.version,
        issued_at=read.issued_at.astimezone(UTC),
        expires_at=read.expires_at.astimezone(UTC),
        serials=serials,
        identities=identities,
    )


def refusal_of(leaf: LeafFacts, denylist: Denylist | None) -> str | None:
    """Say why the bearer of a certificate is not let through; None if it is.

    Args:
        leaf: the certificate, which a handshake has verified.
        denylist: the list in date; None means that there is none, and then nobody is let through.
    """
    if denylist is None:
        return NO_LIST
    if leaf.serial in denylist.serials:
        return f"its certificate {leaf.serial:x} is revoked"
    if leaf.spiffe_id not in denylist.identities:
        return None
    issued_before = denylist.identities[leaf.spiffe_id]
    if issued_before is None:
        return "its identity is revoked"
    if leaf.not_before + BACKDATED < issued_before:
        return "its identity's older certificates are revoked"
    return None


def objection_to(offered: Denylist, held: Denylist | None, *, trusted: frozenset[str], now: datetime) -> str | None:
    """Say why a list does not take the place of the one in use; None if it does.

    Args:
        offered: a list that one of the trusted roots signed.
        held: the list in use, None at the start.
        trusted: subject key identifiers of the roots that are trusted now.
        now: the current time, UTC.
    """
    if offered.expires_at <= now:
        return "has expired"
    # What a root signed that has been withdrawn binds nobody: whoever stole its key could have chosen a version that
    # no later list would ever reach.
    if held is None or held.signer not in trusted:
        return None
    if (offered.version, offered.issued_at) < (held.version, held.issued_at):
        return f"has version {offered.version}, and version {held.version} was there already"
    return None


def _verified(token: bytes, roots: Iterable[x509.Certificate]) -> tuple[bytes, str]:
    header = _header(token)
    candidates = [key for root in roots if subject_key_id(root) == header["kid"] for key in _keys(root)]
    if not candidates:
        raise DenylistError("is signed by none of the roots in ca.crt")
    for key in candidates:
        try:
            payload: bytes = PyJWS(algorithms=[ALGORITHM]).decode(token, key, algorithms=[ALGORITHM])
        except (PyJWTError, ValueError, RecursionError):
            continue
        return payload, header["kid"]
    raise DenylistError("has a signature that does not fit")


def _header(token: bytes) -> Mapping[str, str]:
    # Bounded before it is read, as nothing vouches for it yet.
    if len(token.partition(b".")[0]) > _MAX_HEADER_BYTES:
        raise DenylistError("has a header without end")
    try:
        header = PyJWS().get_unverified_header(token)
    except (PyJWTError, ValueError, RecursionError):
        raise DenylistError("is no JWS in compact form") from None
    # Nothing more either: a parameter that is not understood could change what the signature means.
    if frozenset(header) != _HEADERS or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise DenylistError(f"is no {TYPE} signed with {ALGORITHM}")
    return header


def _keys(root: x509.Certificate) -> Sequence[ec.EllipticCurvePublicKey]:
    key = root.public_key()
    is_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    return [key] if is_p256 and isinstance(key, ec.EllipticCurvePublicKey) else []


def _names_serial(entry: _Entry) -> bool:
    if (entry.serial is None) is (entry.identity is None) or (entry.issued_before and entry.identity is None):
        raise ValueError("an entry names a serial or an identity")
    return entry.serial is not None


def _serial(text: str | None) -> int:
    if text is None or not _SERIAL.fullmatch(text):
        raise ValueError("a serial is lower hex")
    return int(text, 16)


def _identities(entries: Iterable[_Entry]) -> Mapping[SpiffeId, datetime | None]:
    identities: dict[SpiffeId, datetime | None] = {}
    for entry in entries:
        if entry.identity is None:
            continue
        spiffe_id = SpiffeId.parse(entry.identity)
        before = None if entry.issued_before is None else entry.issued_before.astimezone(UTC)
        # Of two entries for one identity the one that denies more counts.
        earlier = identities.get(spiffe_id, before)
        identities[spiffe_id] = None if before is None or earlier is None else max(before, earlier)
    return identities
