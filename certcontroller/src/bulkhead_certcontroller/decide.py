"""Whether a certificate is to be issued anew: a chain of small checks, each with its reason.

The first check that objects decides. They go from what makes the files useless to what will do so later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bulkhead_api.certificates import BACKDATED
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.leaf import LeafFacts, renewal_time, usage_oid

_SECOND: Final = timedelta(seconds=1)
_ASK_AGAIN: Final = timedelta(seconds=2)


class Reason(StrEnum):
    """Why a certificate is issued."""

    MISSING = "Missing"
    """There is none, or none that can be read."""
    EXPOSED = "Exposed"
    """Somebody else may have read the key."""
    KEY_MISMATCH = "KeyMismatch"
    """The key is missing, damaged or another certificate's."""
    WRONG_IDENTITY = "WrongIdentity"
    """It names somebody else, or somebody else too."""
    WRONG_USAGE = "WrongUsage"
    """It is for the other side of a connection, or for both."""
    OTHER_AUTHORITY = "OtherAuthority"
    """The present CA did not sign it."""
    REVOKED = "Revoked"
    """The denylist denies it, and not its identity."""
    OTHER_ROOTS = "OtherRoots"
    """The roots beside it are not those that are trusted now."""
    NOT_YET_VALID = "NotYetValid"
    """It begins in the future: a clock was set back."""
    LIVES_TOO_LONG = "LivesTooLong"
    """It was made under a longer lifetime than is set now."""
    RENEWAL_DUE = "RenewalDue"
    """About two thirds of its life are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Make a new key and certificate now."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Leave it as it is."""

    not_after: datetime
    """When it ends, UTC."""
    renew_at: datetime
    """When it becomes due, UTC."""
    refresh: bool = False
    """The denylist beside it has to be replaced."""


class Standing(StrEnum):
    """Whether an identity may have a new certificate."""

    GOOD = "Good"
    REVOKED = "Revoked"
    """It is banned."""
    NAMES_NOT_PERMITTED = "NamesNotPermitted"
    """The CA may not sign for its DNS names; the CA's rotation will end that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withhold:
    """Issue nothing."""

    standing: Standing
    refresh: bool
    """There is a certificate, and the roots or the denylist beside it have to be replaced: its process may run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafInputs:
    """Everything the decision looks at."""

    identity: Identity
    lifetime: timedelta
    """How long a new certificate lives."""
    facts: LeafFacts
    now: datetime


def decide_leaf(
    identity: Identity,
    facts: LeafFacts | None,
    *,
    lifetime: timedelta,
    now: datetime,
    standing: Standing = Standing.GOOD,
) -> Issue | Keep | Withhold:
    """Say whether an identity needs a new certificate.

    Args:
        identity: who it is for.
        facts: what its place holds; None if no certificate that can be read.
        lifetime: how long a new certificate lives.
        now: the current time, UTC.
        standing: whether the identity may have one.
    """
    if standing is not Standing.GOOD:
        refresh = facts is not None and not (facts.bundle_is_current and facts.denylist_is_current)
        return Withhold(standing=standing, refresh=refresh)
    if facts is None:
        return Issue(reason=Reason.MISSING)
    seen = LeafInputs(identity=identity, lifetime=lifetime, facts=facts, now=now)
    for reason, objects in _CHECKS:
        if objects(seen):
            return Issue(reason=reason)
    renew_at = renewal_time(facts.serial, facts.not_before, facts.not_after)
    return Keep(not_after=facts.not_after, renew_at=renew_at, refresh=not facts.denylist_is_current)


def _names_somebody_else(seen: LeafInputs) -> bool:
    wanted = seen.identity.certified_names
    return seen.facts.uris != (str(seen.identity.spiffe_id),) or seen.facts.dns_names != wanted


def _lives_too_long(seen: LeafInputs) -> bool:
    # Certificates count whole seconds, so a life may come out one longer than asked for.
    return seen.facts.not_after - seen.facts.not_before > seen.lifetime + BACKDATED + _SECOND


def _is_due(seen: LeafInputs) -> bool:
    return seen.now >= renewal_time(seen.facts.serial, seen.facts.not_before, seen.facts.not_after)


_CHECKS: Final[tuple[tuple[Reason, Callable[[LeafInputs], bool]], ...]] = (
    (Reason.EXPOSED, lambda seen: seen.facts.exposed),
    (Reason.KEY_MISMATCH, lambda seen: not seen.facts.key_fits),
    (Reason.WRONG_IDENTITY, _names_somebody_else),
    (Reason.WRONG_USAGE, lambda seen: seen.facts.usages != {usage_oid(seen.identity.usage)}),
    (Reason.OTHER_AUTHORITY, lambda seen: not seen.facts.signed_by_authority),
    (Reason.REVOKED, lambda seen: seen.facts.revoked),
    (Reason.OTHER_ROOTS, lambda seen: not seen.facts.bundle_is_current),
    (Reason.NOT_YET_VALID, lambda seen: seen.now < seen.facts.not_before),
    (Reason.LIVES_TOO_LONG, _lives_too_long),
    (Reason.RENEWAL_DUE, _is_due),
)


class AuthorityState(StrEnum):
    """What the CA is good for."""

    USABLE = "Usable"
    RENEWAL_DUE = "RenewalDue"
    """It works; about two thirds of its life are over, so it is replaced."""
    EXPIRED = "Expired"
    """Nobody accepts what it signed."""
    NOT_YET_VALID = "NotYetValid"
    """It begins in the future: a clock was set back."""


def decide_authority(serial: int, not_before: datetime, not_after: datetime, *, now: datetime) -> AuthorityState:
    """Say what a CA with this serial and these limits, UTC, is good for now; due as `renewal_time` says."""
    if now >= not_after:
        return AuthorityState.EXPIRED
    if now < not_before:
        return AuthorityState.NOT_YET_VALID
    if now >= renewal_time(serial, not_before, not_after):
        return AuthorityState.RENEWAL_DUE
    return AuthorityState.USABLE


def decide_wait(
    *,
    all_well: bool,
    renew_at: datetime | None,
    interval: timedelta,
    hurry: timedelta,
    now: datetime,
    rotating: bool = False,
) -> timedelta:
    """Say how long to wait before the next pass.

    Args:
        all_well: whether the last pass failed nowhere.
        renew_at: when the next certificate becomes due, UTC; None if none is known.
        interval: between two passes when all is well; damage is found that soon.
        hurry: between two passes otherwise, and the shortest wait there is.
        now: the current time, UTC.
        rotating: a rotation of the CA waits for processes, which are asked again soon.
    """
    if rotating:
        return min(_ASK_AGAIN, interval)
    if not all_well:
        return min(hurry, interval)
    until_due = interval if renew_at is None else renew_at - now
    return max(min(interval, until_due), min(hurry, interval))
