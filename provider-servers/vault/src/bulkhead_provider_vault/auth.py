"""Which credential the files make, how long a token lives and what to do about it. Decisions only, no network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from math import inf
from typing import Final, TypeAlias

import msgspec

from bulkhead_api.errors import UnauthenticatedError
from bulkhead_api.secret_value import SecretValue

# The rest of a token's life is for a backend that is down just when renewal is due.
_RENEW_AFTER: Final = 2 / 3
_RETRY_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that somebody else made and replaces."""

    token: SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRole:
    """What tokens of our own are made with."""

    role_id: SecretValue
    secret_id: SecretValue
    mount: str
    """Of the method, below auth/."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What tokens are made with by a method that a store names."""

    field: str
    """Of the store; for messages."""
    path: str
    """Below auth/."""
    public: Mapping[str, str]
    """Fields of the request's body."""
    secret: Mapping[str, SecretValue]
    """Further fields of it."""
    version: str = ""
    """Of the client certificate that the login may rest on, so that another one is another credential."""


Credential: TypeAlias = Token | AppRole | Login
"""How this server proves to Vault who it is, or who a store is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A token and what is left of its life; times are those of a monotonic clock, in seconds."""

    token: SecretValue
    ttl_s: float
    """When it was granted or last renewed; 0 means that it does not expire, as far as is known."""
    renewable: bool
    next_step_at: float
    """When something is to be done about it."""
    expires_at: float
    """Infinite if it does not expire."""
    ours: bool
    """It was made by a login here, so it is revoked when no longer needed."""


class Step(Enum):
    """What to do about a lease."""

    KEEP = auto()
    RENEW = auto()
    LOGIN = auto()


class _Auth(msgspec.Struct, frozen=True):
    """Source: Vault's HTTP API, `auth` of a login's or a renewal's reply."""

    client_token: str
    lease_duration: int = 0
    renewable: bool = False


class _AuthReply(msgspec.Struct, frozen=True):
    auth: _Auth


class _TokenData(msgspec.Struct, frozen=True):
    """Source: Vault's HTTP API, `data` of auth/token/lookup-self."""

    ttl: int = 0
    renewable: bool = False


class _LookupReply(msgspec.Struct, frozen=True):
    data: _TokenData


def credential_from(read: Callable[[str], SecretValue | None]) -> Credential:
    """Make the credential that the files of the credentials directory hold; a token comes first, as in ESO.

    Args:
        read: gives a file's content, None if there is no such file.

    Raises:
        UnauthenticatedError: the files make no credential; the message begins with what is missing.
    """
    if (token := _line(read, "token")) is not None:
        return Token(token=token)
    role_id, secret_id = _line(read, "role-id"), _line(read, "secret-id")
    if role_id is None or secret_id is None:
        raise UnauthenticatedError(
            "this provider server has no Vault credential: mount the file token, or role-id and secret-id, "
            "into its credentials directory"
        )
    mount = _line(read, "approle-mount")
    return AppRole(
        role_id=role_id,
        secret_id=secret_id,
        mount="approle" if mount is None else mount.reveal().decode().strip("/"),
    )


def lease_from_login(body: bytes, *, now: float) -> Lease:
    """Read the reply to a login.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    auth = msgspec.json.decode(body, type=_AuthReply).auth
    return _lease(
        SecretValue(auth.client_token.encode()), auth.lease_duration, renewable=auth.renewable, now=now, ours=True
    )


def lease_from_lookup(token: SecretValue, body: bytes, *, now: float) -> Lease:
    """Read what the server says about a token that was given to us.

    Raises:
        msgspec.DecodeError: the reply is not that of a look-up.
    """
    data = msgspec.json.decode(body, type=_LookupReply).data
    return _lease(token, data.ttl, renewable=data.renewable, now=now, ours=False)


def lease_of_unknown_life(token: SecretValue, *, now: float) -> Lease:
    """Take a token that may not look itself up; it is used until it is refused."""
    return _lease(token, 0, renewable=False, now=now, ours=False)


def lease_renewed(lease: Lease, body: bytes, *, now: float) -> Lease:
    """Read the reply to a renewal.

    A token near its longest life gets less and less; it is then not renewed again.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    auth = msgspec.json.decode(body, type=_AuthReply).auth
    capped = auth.lease_duration < lease.ttl_s * _RENEW_AFTER
    return _lease(lease.token, auth.lease_duration, renewable=auth.renewable and not capped, now=now, ours=lease.ours)


def lease_postponed(lease: Lease, *, now: float) -> Lease:
    """Put the next step off after one that failed, to a third of what is left, but not to this very moment."""
    again_at = now + max(_RETRY_S, (lease.expires_at - now) / 3)
    return replace(lease, next_step_at=again_at)


def decide_step(lease: Lease, *, can_login: bool, now: float) -> Step:
    """Say what to do about a lease now."""
    if now < lease.next_step_at:
        return Step.KEEP
    if lease.renewable and now < lease.expires_at:
        return Step.RENEW
    return Step.LOGIN if can_login else Step.KEEP


def _lease(token: SecretValue, ttl_s: float, *, renewable: bool, now: float, ours: bool) -> Lease:
    return Lease(
        token=token,
        ttl_s=ttl_s,
        renewable=renewable,
        next_step_at=now + ttl_s * _RENEW_AFTER if ttl_s else inf,
        expires_at=now + ttl_s if ttl_s else inf,
        ours=ours,
    )


def _line(read: Callable[[str], SecretValue | None], name: str) -> SecretValue | None:
    """Read a file of one line; an empty one counts as missing."""
    content = read(name)
    stripped = b"" if content is None else content.reveal().strip()
    if not stripped:
        return None
    if not stripped.isascii() or any(byte <= 0x20 for byte in stripped):
        raise UnauthenticatedError(f"the credential file {name} must hold one line of ASCII text")
    return SecretValue(stripped)
