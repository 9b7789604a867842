"""Every object of the table of rules gets the verdicts, the places and the words that stand beside it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, cast

import pytest

from bulkhead_testkit.helm import CHART
from bulkhead_testkit.rules import RULES, Outcome, Rule, all_rules, rules_of
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.generators.kinds import CHECKS
from bulkhead_validation.node import Json
from bulkhead_validation.review import faults_of

DENIED: Final[Mapping[str, frozenset[Verdict]]] = {
    "strict": frozenset({Verdict.ESO_REFUSES, Verdict.NEVER_WORKS}),
    "eso-compat": frozenset({Verdict.ESO_REFUSES}),
}
"""The verdicts that each profile refuses."""
TABLE: Final = all_rules()
GENERATORS: Final = "generators.external-secrets.io"
KIND: Final = re.compile(r"^    kind: (\w+)$", re.MULTILINE)
"""In a definition, whose own kind is less indented."""


def faults_of_rule(rule: Rule) -> list[Fault]:
    return faults_of(rule.kind, cast("dict[str, Json]", rule.object))


def outcome(faults: Sequence[Fault], profile: str) -> Outcome:
    if any(fault.verdict in DENIED[profile] for fault in faults):
        return Outcome.DENIED
    return Outcome.WARNED if faults else Outcome.ALLOWED


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: f"{rule.kind}-{rule.id}")
def test_an_object_gets_its_verdicts_places_and_words(rule: Rule) -> None:
    faults = faults_of_rule(rule)
    assert sorted({fault.path for fault in faults}) == sorted(rule.paths)
    assert {profile: outcome(faults, profile) for profile in DENIED} == rule.verdicts
    assert any(rule.says in fault.message for fault in faults) or (not faults and not rule.says)


def test_no_two_rules_of_a_kind_have_the_same_name() -> None:
    assert [name for name, times in Counter((rule.kind, rule.id) for rule in TABLE).items() if times > 1] == []


def test_every_object_is_of_the_kind_that_its_file_is_named_by() -> None:
    assert [rule.id for rule in TABLE if rule.object["kind"] != rule.kind] == []
    files = {file.stem: {rule.kind.lower() for rule in rules_of(file.stem)} for file in RULES.glob("*.yaml")}
    assert files == {name: {name} for name in files}


def test_every_kind_of_the_generators_has_a_check_and_rules() -> None:
    definitions = [file.read_text() for file in (CHART / "files" / "crds").glob("*.yaml")]
    kinds = {kind for text in definitions if f"group: {GENERATORS}\n" in text for kind in KIND.findall(text)}
    assert set(CHECKS) == kinds
    assert kinds <= {rule.kind for rule in TABLE}
