"""The denylist as a file: signed by the key that signs certificates, and read back from our own places.

Who relies on it verifies it with the roots in its own `ca.crt`, so it needs no key of its own to be distributed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from jwt import PyJWTError
from jwt.api_jws import PyJWS

from bulkhead_api.certificates import time_text
from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import Authority
from bulkhead_certcontroller.revocation import Denial
from bulkhead_runtime.denylist import ALGORITHM, TYPE
from bulkhead_runtime.leaf import subject_key_id

RENEW_AT: Final = 1 / 3
"""The share of its life after which a new list is made: two more chances remain before it runs out."""

MAX_VERSION: Final = 2**53
"""Larger ones are not counted on from: JSON readers take no larger number for exact."""

_Json: TypeAlias = dict[str, str]


class _Payload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    trust_domain: str
    version: int
    issued_at: datetime
    expires_at: datetime
    entries: list[_Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denylist:
    """A list that was signed."""

    token: SecretValue
    """The JWS. It is no secret; it travels among files that are."""
    version: int
    signer: str
    """Key id of the root that signed it."""
    issued_at: datetime
    """UTC, as `expires_at`."""
    expires_at: datetime
    denials: tuple[Denial, ...]
    """What it denies; without `until`, which is nobody else's business."""

    @property
    def renew_at(self) -> datetime:
        """When a new one is due, UTC."""
        return self.issued_at + (self.expires_at - self.issued_at) * RENEW_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class DenylistTerms:
    """What a list is made with."""

    trust_domain: str
    lifetime: timedelta
    denials: tuple[Denial, ...]


def sign_denylist(authority: Authority, version: int, terms: DenylistTerms, *, now: datetime) -> Denylist:
    """Make a list that is valid from now on.

    Args:
        authority: whose key signs certificates now.
        version: higher than that of any list before.
        terms: what it holds.
        now: the current time, UTC.

    Source: RFC 7515 §3.1 (compact serialisation), RFC 7518 §3.4 (ES256).
    """
    issued_at = now.replace(microsecond=0)
    expires_at = issued_at + terms.lifetime
    payload = {
        "trustDomain": terms.trust_domain,
        "version": version,
        "issuedAt": time_text(issued_at),
        "expiresAt": time_text(expires_at),
        "entries": [_entry(each) for each in terms.denials],
    }
    signer = subject_key_id(authority.certificate)
    headers = {"typ": TYPE, "kid": signer}
    token = PyJWS().encode(msgspec.json.encode(payload), authority.key, algorithm=ALGORITHM, headers=headers)
    return Denylist(
        token=SecretValue(token.encode()),
        version=version,
        signer=signer,
        issued_at=issued_at,
        expires_at=expires_at,
        denials=tuple(_denial(_entry(each)) for each in terms.denials),
    )


def read_denylist(token: SecretValue, roots: Sequence[x509.Certificate]) -> Denylist | None:
    """Read a list back; None if it is damaged or none of the roots signed it. One that has expired is read as well."""
    for root in roots:
        key = root.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            continue
        try:
            found = PyJWS(algorithms=[ALGORITHM]).decode_complete(token.reveal(), key, algorithms=[ALGORITHM])
            payload = msgspec.json.decode(found["payload"], type=_Payload)
            denials = tuple(_denial(each) for each in payload.entries)
        except (PyJWTError, ValueError, TypeError, KeyError):
            continue
        if found["header"].get("typ") != TYPE or not 0 < payload.version <= MAX_VERSION:
            continue
        return Denylist(
            token=token,
            version=payload.version,
            signer=subject_key_id(root),
            issued_at=payload.issued_at.astimezone(UTC),
            expires_at=payload.expires_at.astimezone(UTC),
            denials=denials,
        )
    return None


def needs_new(held: Denylist | None, terms: DenylistTerms, signer: str, *, now: datetime) -> bool:
    """Say whether a new list has to be made: there is none, or it says, or is, something else than it should."""
    if held is None or held.signer != signer:
        return True
    wanted = tuple(_denial(_entry(each)) for each in terms.denials)
    lifetime = held.expires_at - held.issued_at
    return held.denials != wanted or lifetime != terms.lifetime or not held.issued_at <= now < held.renew_at


def entry_from_denial(denial: Denial) -> dict[str, str]:
    """Give a denial as the list and the status spell it."""
    return _entry(denial)


def _entry(denial: Denial) -> _Json:
    if denial.serial is not None:
        return {"serial": denial.serial}
    entry = {"identity": denial.identity or ""}
    return entry if denial.issued_before is None else {**entry, "issuedBefore": time_text(denial.issued_before)}


def _denial(entry: _Json) -> Denial:
    moment = entry.get("issuedBefore")
    return Denial(
        serial=entry.get("serial"),
        identity=entry.get("identity"),
        issued_before=None if moment is None else datetime.fromisoformat(moment),
    )
