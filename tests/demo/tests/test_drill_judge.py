"""What counts as expected in the drill, and how it is told."""

from dataclasses import replace

import pytest

from bulkhead_demo.drill.judge import Drilled, Judgement, Verdict, judged
from bulkhead_demo.drill.model import Attack, Attempt, Outcome, Process, Site, Topology
from bulkhead_demo.drill.report import SITES, count_line, document, unexpected_lines

SITE = Site(topology=Topology.SIDECAR, process=Process.FAKE)
ATTACK = Attack(id="api.read", does="read a Secret", act="api.call")
DONE = Attempt(id=ATTACK.id, outcome=Outcome.DONE, how="200")
REFUSED = Attempt(id=ATTACK.id, outcome=Outcome.REFUSED, by="api server", how="403")
STUMBLED = Attempt(id=ATTACK.id, outcome=Outcome.STUMBLED, how="HTTP 404")
NOBODY: frozenset[str] = frozenset()
PERMITTED = frozenset({ATTACK.id})


@pytest.mark.parametrize(
    ("loose", "strict", "permitted", "want"),
    [
        pytest.param(DONE, REFUSED, NOBODY, Verdict.REFUSED, id="refused-where-it-was-proven-live"),
        pytest.param(DONE, DONE, PERMITTED, Verdict.PERMITTED, id="done-and-permitted"),
        pytest.param(DONE, DONE, NOBODY, Verdict.GOT, id="done-and-not-permitted-fails"),
        pytest.param(DONE, REFUSED, PERMITTED, Verdict.OVERSTATED, id="refused-though-permitted-fails"),
        pytest.param(REFUSED, REFUSED, NOBODY, Verdict.NOT_PROVEN, id="refused-in-both-proves-nothing"),
        pytest.param(STUMBLED, REFUSED, NOBODY, Verdict.NOT_PROVEN, id="stumbled-in-the-loosened-proves-nothing"),
        pytest.param(None, REFUSED, NOBODY, Verdict.NOT_PROVEN, id="not-tried-in-the-loosened-proves-nothing"),
        pytest.param(DONE, STUMBLED, NOBODY, Verdict.STUMBLED, id="stumbled-is-no-refusal"),
        pytest.param(DONE, None, NOBODY, Verdict.STUMBLED, id="no-answer-is-no-refusal"),
    ],
)
def test_an_attack_is_judged(
    loose: Attempt | None, strict: Attempt | None, permitted: frozenset[str], want: Verdict
) -> None:
    drilled = Drilled(
        site=SITE,
        strict={ATTACK.id: strict} if strict else {},
        loose={ATTACK.id: loose} if loose else {},
        permitted=permitted,
    )
    assert judged([ATTACK], drilled)[ATTACK.id].verdict is want


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(replace(ATTACK, thieves=frozenset({Process.VAULT})), id="of-another-thief"),
        pytest.param(replace(ATTACK, topologies=frozenset({Topology.ISOLATED})), id="of-another-topology"),
    ],
)
def test_an_attack_that_the_thief_does_not_try_is_no_failure(attack: Attack) -> None:
    drilled = Drilled(site=SITE, strict={}, loose={}, permitted=NOBODY)
    assert judged([attack], drilled)[attack.id].verdict is Verdict.NOT_TRIED


def test_who_refused_is_kept_and_what_was_seen_only_where_it_was_not_expected() -> None:
    drilled = Drilled(site=SITE, strict={ATTACK.id: REFUSED}, loose={ATTACK.id: DONE}, permitted=NOBODY)
    assert judged([ATTACK], drilled)[ATTACK.id] == Judgement(verdict=Verdict.REFUSED, by="api server")
    drilled = replace(drilled, loose={ATTACK.id: STUMBLED})
    assert judged([ATTACK], drilled)[ATTACK.id].why == "stumbled HTTP 404"


RESULTS = {site: {ATTACK.id: Judgement(verdict=Verdict.REFUSED, by="network")} for site in SITES} | {
    SITES[0]: {ATTACK.id: Judgement(verdict=Verdict.PERMITTED)},
    SITES[1]: {ATTACK.id: Judgement(verdict=Verdict.NOT_TRIED)},
    SITES[2]: {ATTACK.id: Judgement(verdict=Verdict.GOT, why="200")},
}


def test_the_document_has_a_row_for_each_attack_and_a_column_for_each_thief() -> None:
    text = document({"Secrets": [ATTACK]}, RESULTS)
    assert "1 attacks by 5 thieves in 2 topologies." in text
    assert "| `api.read` | read a Secret | **permitted** | · | **GOT IT** | network | network |" in text
    assert "| `api.read` | read a Secret | network | network | network | network | network |" in text


def test_the_last_line_counts_and_what_was_not_expected_is_told() -> None:
    assert count_line(RESULTS) == "9 attempts: 7 refused, 1 permitted and done, 1 not as expected"
    assert unexpected_lines(RESULTS) == ["sidecar webhook: api.read: GOT IT: 200"]
