"""Which door catches which object of the table of rules: tried anew, and compared with the committed list."""

from collections.abc import Callable, Sequence

import pytest
from doors import LIST, Line, lines_found, lines_in, text_of

from bulkhead_testkit.rules import Outcome, all_rules

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("two-doors")]

SEVERITY = (Outcome.ALLOWED, Outcome.WARNED, Outcome.DENIED)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Line]:
    return lines_found(tmp_path_factory.mktemp("doors"))


def test_the_list_is_what_the_doors_say(found: Sequence[Line]) -> None:
    assert text_of(found) == LIST.read_text(), "run `make doors` and look at what changed"


def test_the_webhook_says_what_the_table_does(found: Sequence[Line]) -> None:
    said = {(line.kind, line.id): (line.webhook_strict, line.webhook_eso_compat) for line in found}
    assert said == {
        (rule.kind, rule.id): (rule.verdicts["strict"], rule.verdicts["eso-compat"]) for rule in all_rules()
    }


@pytest.mark.parametrize(
    ("policy", "webhook"),
    [
        pytest.param(lambda line: line.policy_strict, lambda line: line.webhook_strict, id="strict"),
        pytest.param(lambda line: line.policy_eso_compat, lambda line: line.webhook_eso_compat, id="eso-compat"),
    ],
)
def test_no_policy_is_stricter_than_the_webhook(
    policy: Callable[[Line], Outcome], webhook: Callable[[Line], Outcome]
) -> None:
    lines = lines_in(LIST.read_text())
    assert [line.id for line in lines if SEVERITY.index(policy(line)) > SEVERITY.index(webhook(line))] == []


def test_what_the_rules_of_our_definitions_refuse_the_webhook_refuses_where_there_are_none() -> None:
    lines = lines_in(LIST.read_text())
    by_rule = [line for line in lines if line.schema is Outcome.DENIED and line.types is Outcome.ALLOWED]
    assert [line.id for line in by_rule if line.webhook_strict is not Outcome.DENIED] == []


def test_what_is_right_passes_each_door() -> None:
    right = [line for line in lines_in(LIST.read_text()) if line.webhook_strict is Outcome.ALLOWED]
    said = {
        outcome for line in right for outcome in (line.schema, line.types, line.policy_strict, line.policy_eso_compat)
    }
    assert said == {Outcome.ALLOWED}
