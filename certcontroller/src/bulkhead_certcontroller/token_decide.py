"""Whether a ServiceAccount's token is replaced, and why. Pure; what it looks at is gathered by `token_reconcile`."""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from bulkhead_api.secret_value import SecretValue

RENEW_AT: Final = 2 / 3
"""Part of a token's life after which it is replaced; the rest is for an API server that is down just then."""


class TokenReason(StrEnum):
    """Why a token is made."""

    MISSING = "Missing"
    UNREADABLE = "Unreadable"
    """It is no token of the API server's."""
    WRONG_ACCOUNT = "WrongAccount"
    WRONG_SECRET = "WrongSecret"
    """It is bound to another Secret than the one it stands in, such as one of the same name that was deleted."""
    NOT_YET_VALID = "NotYetValid"
    LIVES_TOO_LONG = "LivesTooLong"
    RENEWAL_DUE = "RenewalDue"
    OTHER_ROOTS = "OtherRoots"
    """The certificates of the API server that stand beside it are not the current ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What a token says about itself. Nothing is proven by it: it only serves to find out when to make a new one."""

    subject: str
    secret_uid: str
    issued_at: datetime
    """UTC."""
    expires_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInputs:
    """Everything the decision looks at."""

    subject: str
    """Whom the token must be for, as the API server names it."""
    secret_uid: str
    """Of the Secret that the token stands in."""
    present: bool
    facts: TokenFacts | None
    """None if there is none, or it cannot be read."""
    roots_current: bool
    lifetime: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepToken:
    """The token is good until this moment, UTC."""

    renew_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeToken:
    """A new one is needed."""

    reason: TokenReason


class _Bound(msgspec.Struct, frozen=True):
    uid: str = ""


class _Kubernetes(msgspec.Struct, frozen=True):
    secret: _Bound = _Bound()


class _Claims(msgspec.Struct, frozen=True):
    """Source: RFC 7519; Kubernetes' private claims of ServiceAccount tokens."""

    sub: str
    iat: int
    exp: int
    kubernetes: _Kubernetes = msgspec.field(default=_Kubernetes(), name="kubernetes.io")


TokenDecision: TypeAlias = KeepToken | MakeToken


def decide_token(seen: TokenInputs, *, now: datetime) -> TokenDecision:
    """Say whether a token is kept; `now` is UTC."""
    facts = seen.facts
    if facts is None:
        return MakeToken(reason=TokenReason.UNREADABLE if seen.present else TokenReason.MISSING)
    renew_at = renewal_from(facts.issued_at, facts.expires_at)
    checks = (
        (TokenReason.WRONG_ACCOUNT, facts.subject != seen.subject),
        (TokenReason.WRONG_SECRET, facts.secret_uid != seen.secret_uid),
        (TokenReason.OTHER_ROOTS, not seen.roots_current),
        # A minute for clocks that differ.
        (TokenReason.NOT_YET_VALID, facts.issued_at > now + timedelta(minutes=1)),
        (TokenReason.LIVES_TOO_LONG, facts.expires_at - facts.issued_at > seen.lifetime + timedelta(minutes=1)),
        (TokenReason.RENEWAL_DUE, now >= renew_at),
    )
    reason = next((reason for reason, applies in checks if applies), None)
    return KeepToken(renew_at=renew_at) if reason is None else MakeToken(reason=reason)


def renewal_from(issued_at: datetime, expires_at: datetime) -> datetime:
    """Say when a token of this life, UTC, is replaced."""
    return issued_at + (expires_at - issued_at) * RENEW_AT


def facts_from(token: SecretValue | None) -> TokenFacts | None:
    """Read what a token says about itself; None if there is none or it is no such token."""
    parts = [] if token is None else token.reveal().split(b".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)), type=_Claims)
        issued_at, expires_at = (datetime.fromtimestamp(at, UTC) for at in (claims.iat, claims.exp))
    except (msgspec.DecodeError, binascii.Error, ValueError, OverflowError, OSError):
        return None
    return TokenFacts(
        subject=claims.sub,
        secret_uid=claims.kubernetes.secret.uid,
        issued_at=issued_at,
        expires_at=expires_at,
    )
