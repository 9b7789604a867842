"""What processes say of the certificate that they really use, and whether that is what a rotation waits for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from bulkhead_certcontroller.rotation import Awaits


class TlsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The reply to `GET /tls`: public facts of one identity that the process has loaded."""

    identity: str
    """SPIFFE id."""
    serial: str
    """Lower hex, as the next two."""
    issuer: str
    """Authority key identifier of the certificate."""
    roots: list[str]
    """Subject key identifiers of all that it trusts."""
    denylist: int | None = None
    """Version of the list in use; None if it uses none."""


class Silence(StrEnum):
    """Why an address gave no answer."""

    NOBODY_THERE = "NobodyThere"
    """The name leads nowhere, or the connection is refused: no process runs there."""
    NOTHING_LOADED = "NothingLoaded"
    """A process runs and uses no certificate yet: it will read what its place holds."""
    NO_ANSWER = "NoAnswer"
    """Somebody may run there, and did not say what it uses in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one identity's addresses said."""

    answers: tuple[TlsAnswer, ...] = ()
    """Of this identity, one for each process."""
    silences: frozenset[Silence] = frozenset()


class Verdict(StrEnum):
    """Whether an identity holds a rotation up."""

    ACKNOWLEDGED = "Acknowledged"
    NOT_WRITTEN = "NotWritten"
    """Its place does not hold yet what its process should use."""
    OLD_STATE = "OldState"
    """A process says that it uses something older."""
    NO_ANSWER = "NoAnswer"
    """A process may run and does not say what it uses."""
    SETTLING = "Settling"
    """Nobody can say it, so time is given to whoever may be reading the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a process uses that has done what is waited for."""

    awaits: Awaits
    signer: str
    """Key id of the root that signs."""
    next: str | None
    """Key id of the root that will sign."""
    roots: frozenset[str]
    """Key ids of all roots that are trusted now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInputs:
    """Everything the verdict on one identity looks at."""

    written_at: datetime | None
    """When its place got what it should hold now, UTC; None if it does not hold it."""
    asked: Asked
    settle: timedelta


def decide_acknowledged(seen: AnswerInputs, expected: Expected, *, now: datetime) -> Verdict:
    """Say whether an identity's processes have done what the rotation waits for.

    Whoever answers with an older state is waited for without an end: to go on would cut it off.
    """
    if seen.written_at is None:
        return Verdict.NOT_WRITTEN
    if not all(does(answer, expected) for answer in seen.asked.answers):
        return Verdict.OLD_STATE
    if Silence.NO_ANSWER in seen.asked.silences:
        return Verdict.NO_ANSWER
    if seen.asked.answers and not seen.asked.silences:
        return Verdict.ACKNOWLEDGED
    # A moment in the future: the clock went back, and the time is counted from now on by whoever writes next.
    return Verdict.ACKNOWLEDGED if now - seen.written_at >= seen.settle else Verdict.SETTLING


def does(answer: TlsAnswer, expected: Expected) -> bool:
    """Say whether one process has done what is waited for."""
    match expected.awaits:
        case Awaits.NOTHING:
            return True
        case Awaits.TRUST_OF_NEXT:
            return expected.next in answer.roots
        case Awaits.LEAF_OF_SIGNER:
            return answer.issuer == expected.signer
        case Awaits.NO_OTHER_ROOT:
            return frozenset(answer.roots) == expected.roots and answer.issuer == expected.signer


def uses(answers: Sequence[TlsAnswer], serial: str, expected: Expected, version: int | None) -> bool | None:
    """Say whether all processes use just what their place holds; None if none answered."""
    if not answers:
        return None
    return all(
        answer.serial.lstrip("0") == serial
        and frozenset(answer.roots) == expected.roots
        and answer.denylist in {None, version}
        for answer in answers
    )
