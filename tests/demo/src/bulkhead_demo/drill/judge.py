"""Whether the drill went as expected: attack by attack, thief by thief. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bulkhead_demo.drill.model import Attack, Attempt, Outcome, Site, is_tried


class Verdict(StrEnum):
    """What became of one attack by one thief."""

    REFUSED = "refused"
    PERMITTED = "permitted"
    NOT_TRIED = "not tried"
    """The thief has no reason to: the thing is its own, or is not there in this topology."""
    GOT = "GOT IT"
    """It was expected to be refused."""
    OVERSTATED = "OVERSTATED"
    """The boundary report permits it, and it was refused."""
    NOT_PROVEN = "NOT PROVEN"
    """It was refused, or it stumbled, even where nothing stood in the way."""
    STUMBLED = "STUMBLED"
    """It went wrong in a way that says nothing."""


AS_EXPECTED: Final = frozenset({Verdict.REFUSED, Verdict.PERMITTED, Verdict.NOT_TRIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One cell of the table."""

    verdict: Verdict
    by: str = ""
    """Who refused; empty if nobody did."""
    why: str = ""
    """What was seen, where it was not as expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """All that one thief's attempts came to, in both installations."""

    site: Site
    strict: Mapping[str, Attempt]
    """By the attack's id."""
    loose: Mapping[str, Attempt]
    permitted: frozenset[str]
    """Ids of the attacks that the boundary report permits this process."""


def judged(attacks: Sequence[Attack], drilled: Drilled) -> Mapping[str, Judgement]:
    """Judge every attack of one thief, by its id."""
    return {attack.id: _judged(attack, drilled) for attack in attacks}


def _judged(attack: Attack, drilled: Drilled) -> Judgement:
    if not is_tried(attack, drilled.site):
        return Judgement(verdict=Verdict.NOT_TRIED)
    strict, loose = drilled.strict.get(attack.id), drilled.loose.get(attack.id)
    if strict is None or strict.outcome is Outcome.STUMBLED:
        return Judgement(verdict=Verdict.STUMBLED, why=_said(strict))
    if loose is None or loose.outcome is not Outcome.DONE:
        return Judgement(verdict=Verdict.NOT_PROVEN, why=_said(loose))
    permitted = attack.id in drilled.permitted
    if strict.outcome is Outcome.DONE:
        return Judgement(verdict=Verdict.PERMITTED if permitted else Verdict.GOT, why="" if permitted else strict.how)
    if permitted:
        return Judgement(verdict=Verdict.OVERSTATED, why=_said(strict))
    return Judgement(verdict=Verdict.REFUSED, by=strict.by)


def _said(attempt: Attempt | None) -> str:
    if attempt is None:
        return "no answer of the thief"
    return f"{attempt.outcome} {attempt.by} {attempt.how}".replace("  ", " ").strip()
