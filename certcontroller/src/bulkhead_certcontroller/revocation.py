"""Which certificates nobody shall accept, from what people ask for and what was denied before. Pure.

A denial outlives its request: a document of requests that is emptied by a mistake, or by whoever was revoked, lifts
nothing. What lifts the ban of an identity is a request with a time, which denies only what was issued before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bulkhead_api.certificates import BACKDATED, MAX_REVOCATIONS, RevocationRequest
from bulkhead_certcontroller.identities import Identity
from bulkhead_runtime.spiffe import SpiffeId

_SERIAL: Final = re.compile(r"0*([0-9a-f]{1,40})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """One entry of the denylist."""

    serial: str | None = None
    """Lower hex without leading zeros; None if it is about an identity."""
    identity: str | None = None
    """SPIFFE id; None if it is about one certificate."""
    issued_before: datetime | None = None
    """Whole seconds, UTC; None beside an identity means every certificate: a ban."""
    until: datetime | None = None
    """When the last certificate that it can mean has expired, UTC; None for a ban, which ends with a request."""

    @property
    def subject(self) -> str:
        """What there is at most one denial of."""
        return self.serial or self.identity or ""

    @property
    def bans(self) -> bool:
        """It denies an identity as such."""
        return self.identity is not None and self.issued_before is None

    def ending(self, until: datetime) -> "Denial":
        """Give the same denial with an end, UTC, unless it is a ban, which has none."""
        return self if self.bans else replace(self, until=until)

    def is_over(self, now: datetime) -> bool:
        """Say whether nothing is left that it could deny."""
        return self.until is not None and now >= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The denials after requests were taken in."""

    denials: tuple[Denial, ...]
    """Sorted by subject. Those that are over stay while they are still asked for, so that they do not begin anew."""
    problems: tuple[str, ...] = ()
    """Requests that mean nothing, one line each, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTerms:
    """What requests are read with."""

    identities: Sequence[Identity]
    trust_domain: str
    longest_life: timedelta
    """No certificate that may still be valid lives longer."""


def merge_requests(
    before: Sequence[Denial], requests: Sequence[RevocationRequest], terms: MergeTerms, *, now: datetime
) -> Merged:
    """Take requests into the denials; of several for one identity the last one counts."""
    problems: list[str] = []
    wanted: dict[str, Denial] = {}
    for number, request in enumerate(requests):
        denial = _denial_from(request, terms, now=now)
        if isinstance(denial, str):
            problems.append(f"revocations[{number}]: {denial}")
        else:
            wanted[denial.subject] = denial
    kept = {each.subject: each for each in before if not each.is_over(now) or each.subject in wanted}
    for subject, denial in wanted.items():
        if subject not in kept and len(kept) >= MAX_REVOCATIONS:
            problems.append(f"{subject}: the denylist is full: `rotate-ca --now` revokes everything at once")
            continue
        kept[subject] = _merged(kept.get(subject), denial, terms, now=now)
    return Merged(denials=tuple(kept[each] for each in sorted(kept)), problems=tuple(problems))


def _merged(before: Denial | None, asked: Denial, terms: MergeTerms, *, now: datetime) -> Denial:
    if before is None or asked.bans:
        return asked
    if before.serial is not None:
        # Its end counts from the first time that it was asked for.
        return before
    if before.bans:
        # Whatever the request says, what the ban denied stays denied: that is all there was until now.
        return _before(asked.subject, now, terms)
    moments = [each for each in (before.issued_before, asked.issued_before) if each is not None]
    return before if before.issued_before == max(moments) else asked


def _before(identity: str, moment: datetime, terms: MergeTerms) -> Denial:
    # Certificates count whole seconds.
    moment = moment.replace(microsecond=0)
    return Denial(identity=identity, issued_before=moment, until=moment + terms.longest_life)


def _denial_from(request: RevocationRequest, terms: MergeTerms, *, now: datetime) -> Denial | str:
    if (request.serial is None) == (request.identity is None):
        return "give a serial or an identity, and not both"
    if request.serial is not None:
        match = _SERIAL.fullmatch(request.serial.lower().replace(":", ""))
        if match is None:
            return f"serial {request.serial[:64]!r}: not hex"
        return Denial(serial=match[1], until=now + terms.longest_life)
    identity = _identity_from(request.identity or "", terms)
    if identity is None:
        return f"identity {(request.identity or '')[:64]!r}: unknown"
    if request.issued_before is None:
        return Denial(identity=identity)
    # Never in the future: the identity gets a new certificate at once, which must not be denied as well.
    return _before(identity, min(request.issued_before, now), terms)


def _identity_from(text: str, terms: MergeTerms) -> str | None:
    for identity in terms.identities:
        if text in {identity.name, identity.spiffe_id.path, str(identity.spiffe_id)}:
            return str(identity.spiffe_id)
    # Spelled out, it may be one that no longer has a place: its last certificate may have been stolen.
    try:
        parsed = SpiffeId.parse(text)
    except ValueError:
        return None
    return str(parsed) if parsed.trust_domain == terms.trust_domain else None


def current_denials(denials: Sequence[Denial], now: datetime) -> tuple[Denial, ...]:
    """Give those that can still deny something, which is what the denylist holds."""
    return tuple(each for each in denials if not each.is_over(now))


def is_banned(denials: Sequence[Denial], identity: Identity) -> bool:
    """Say whether an identity gets no certificate any more."""
    return any(each.bans and each.identity == str(identity.spiffe_id) for each in denials)


def is_denied(denials: Sequence[Denial], identity: Identity, serial: int, not_before: datetime) -> bool:
    """Say whether a certificate of an identity is denied; `not_before` is the certificate's, UTC."""
    return any(_denies(each, str(identity.spiffe_id), f"{serial:x}", not_before) for each in denials)


def _denies(denial: Denial, identity: str, serial: str, not_before: datetime) -> bool:
    if denial.serial is not None:
        return denial.serial == serial
    if denial.identity != identity:
        return False
    return denial.issued_before is None or not_before + BACKDATED < denial.issued_before
