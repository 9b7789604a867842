"""The rotation of the CA: a table of phases, and the pure decision which of them comes next.

Three roots play a part: the one that signs (SIGNER), one that will (NEXT) and one that did (PREVIOUS).

| phase        | trusted           | left when                                           | for          |
|--------------|-------------------|-----------------------------------------------------|--------------|
| Stable       | SIGNER            | a new CA is wanted                                  | Distributing |
| Distributing | SIGNER + NEXT     | every process trusts NEXT                           | Moving       |
|              |                   | NEXT is not valid by the clock: another is made     | Distributing |
| Moving       | SIGNER + PREVIOUS | every process uses a leaf that SIGNER signed        | Withdrawing  |
| Withdrawing  | SIGNER            | no process trusts any other root                    | Stable       |
| any          |                   | an emergency: a fresh SIGNER, nobody is waited for  | Withdrawing  |

A phase is written to the CA's place before anything that depends on it is written anywhere else, so a program that
dies at any moment finds on its return what it was about to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bulkhead_certcontroller.authority import Authority


class Phase(StrEnum):
    """Where a rotation stands."""

    STABLE = "Stable"
    DISTRIBUTING = "Distributing"
    MOVING = "Moving"
    WITHDRAWING = "Withdrawing"


class Event(StrEnum):
    """What makes a phase end."""

    START = "Start"
    """A new CA is wanted, and there is time."""
    ACKNOWLEDGED = "Acknowledged"
    """Every process has done what the phase waits for."""
    NEXT_UNUSABLE = "NextUnusable"
    """The root that will sign is not valid now: it was made while the clock was wrong."""
    EMERGENCY = "Emergency"
    """A person wants the present CA out at once."""


class Awaits(StrEnum):
    """What a phase waits for."""

    NOTHING = "Nothing"
    TRUST_OF_NEXT = "TrustOfNext"
    LEAF_OF_SIGNER = "LeafOfSigner"
    NO_OTHER_ROOT = "NoOtherRoot"


class RotationReason(StrEnum):
    """Why a rotation was begun."""

    REQUESTED = "Requested"
    EMERGENCY = "Emergency"
    RENEWAL_DUE = "RenewalDue"
    """About two thirds of the CA's life are over."""
    NAMES_NOT_PERMITTED = "NamesNotPermitted"
    """The CA's name constraints are too narrow for the identities file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One phase."""

    awaits: Awaits
    on: Mapping[Event, Phase]
    """What comes next; an event that is not here changes nothing."""


TABLE: Final[Mapping[Phase, Row]] = {
    Phase.STABLE: Row(awaits=Awaits.NOTHING, on={Event.START: Phase.DISTRIBUTING, Event.EMERGENCY: Phase.WITHDRAWING}),
    Phase.DISTRIBUTING: Row(
        awaits=Awaits.TRUST_OF_NEXT,
        on={
            Event.ACKNOWLEDGED: Phase.MOVING,
            Event.NEXT_UNUSABLE: Phase.DISTRIBUTING,
            Event.EMERGENCY: Phase.WITHDRAWING,
        },
    ),
    Phase.MOVING: Row(
        awaits=Awaits.LEAF_OF_SIGNER, on={Event.ACKNOWLEDGED: Phase.WITHDRAWING, Event.EMERGENCY: Phase.WITHDRAWING}
    ),
    Phase.WITHDRAWING: Row(
        awaits=Awaits.NO_OTHER_ROOT, on={Event.ACKNOWLEDGED: Phase.STABLE, Event.EMERGENCY: Phase.WITHDRAWING}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The CA and where its rotation stands."""

    authority: Authority
    """SIGNER; its `roots` are what is trusted."""
    next: Authority | None = None
    """NEXT, which is among the roots; None in all phases but Distributing."""
    phase: Phase = Phase.STABLE
    reason: RotationReason | None = None
    """Why the last rotation was begun; None if there never was one."""
    since: datetime | None = None
    """When the phase began, UTC; None if there never was a rotation."""
    handled: str | None = None
    """The `id` of the last request that was taken up; None if none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A new CA is wanted."""

    reason: RotationReason
    request: str | None = None
    """The `id` of the request; None if nobody asked."""

    @property
    def event(self) -> Event:
        """The event that it is."""
        return Event.EMERGENCY if self.reason is RotationReason.EMERGENCY else Event.START


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationInputs:
    """Everything that can make a new CA wanted."""

    request: str | None
    """The `id` of the request that stands there now; None if none does."""
    request_now: bool
    """It is an emergency."""
    handled: str | None
    due: bool
    """The signer's life is far enough over."""
    names_too_narrow: bool
    """The signer may not sign for all names of the identities file."""


def decide_wanted(seen: RotationInputs) -> Wanted | None:
    """Say whether a new CA is wanted, and why; a person's word comes first."""
    if seen.request is not None and seen.request != seen.handled:
        reason = RotationReason.EMERGENCY if seen.request_now else RotationReason.REQUESTED
        return Wanted(reason=reason, request=seen.request)
    if seen.names_too_narrow:
        return Wanted(reason=RotationReason.NAMES_NOT_PERMITTED)
    return Wanted(reason=RotationReason.RENEWAL_DUE) if seen.due else None


def can_begin(rotation: Rotation, wanted: Wanted) -> bool:
    """Say whether a wanted CA can be begun in this phase; if not, it waits until the rotation under way is over."""
    return wanted.event in TABLE[rotation.phase].on


def begun(rotation: Rotation | None, wanted: Wanted, fresh: Authority, *, now: datetime) -> Rotation:
    """Bring a fresh CA in: beside the present one, or in its place.

    Args:
        rotation: the present CA, in a phase in which `can_begin`; None if there is none that can be used.
        wanted: why; without a present CA it must be an emergency.
        fresh: a CA that nobody knows yet, trusted by its own root alone.
        now: the current time, UTC.
    """
    handled = wanted.request or (rotation.handled if rotation is not None else None)
    if rotation is None or wanted.event is Event.EMERGENCY:
        return Rotation(authority=fresh, phase=Phase.WITHDRAWING, reason=wanted.reason, since=now, handled=handled)
    signer = rotation.authority
    return Rotation(
        authority=replace(signer, roots=(signer.certificate, fresh.certificate)),
        next=fresh,
        phase=TABLE[rotation.phase].on[wanted.event],
        reason=wanted.reason,
        since=now,
        handled=handled,
    )


def with_another_next(rotation: Rotation, fresh: Authority, *, now: datetime) -> Rotation:
    """Distribute another root in the place of one that is not valid by the clock; whoever trusts that one forgets it.

    Args:
        rotation: one that is in Distributing.
        fresh: a CA that nobody knows yet.
        now: the current time, UTC.
    """
    signer = rotation.authority
    return replace(
        rotation,
        authority=replace(signer, roots=(signer.certificate, fresh.certificate)),
        next=fresh,
        phase=TABLE[rotation.phase].on[Event.NEXT_UNUSABLE],
        since=now,
    )


def advanced(rotation: Rotation, *, now: datetime) -> Rotation:
    """Take the step that every process has acknowledged."""
    phase = TABLE[rotation.phase].on[Event.ACKNOWLEDGED]
    signer = rotation.authority
    match phase:
        case Phase.MOVING if rotation.next is not None:
            # The key of PREVIOUS is gone from here on: nothing is signed by it any more.
            authority = replace(rotation.next, roots=(rotation.next.certificate, signer.certificate))
        case _:
            authority = replace(signer, roots=(signer.certificate,))
    return replace(rotation, authority=authority, next=None, phase=phase, since=now)
