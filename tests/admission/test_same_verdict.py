"""Whatever the object, who judges it says the same: the library, the policies in CEL, and the controller."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import cel_rules
import pytest
from cel_rules import NARROWER, STANDS_FOR, found_in, said_in
from controller_says import KINDS, UnreadableError, refusal_of
from doors import api_server, bind_as, rehearsal_of
from hypothesis import HealthCheck, assume, given, settings
from shapes import KINDS as SHAPES
from shapes import Document, documents

from bulkhead_testkit.caller import Caller, admin_of
from bulkhead_validation.fault import Verdict
from bulkhead_validation.review import faults_of

REFUSED: Final = frozenset({Verdict.ESO_REFUSES, Verdict.NEVER_WORKS})
OURS: Final = "Bulkhead"
"""Stands in a warning where ESO does what Bulkhead does not."""
ON_WHOM: Final = "spec.conditions"
"""What is wrong there is met by some namespaces, while others are admitted by what comes before it."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_controller_refuses_is_refused_at_the_door(kind: str) -> None:
    # How long a check takes is measured elsewhere.
    @settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
    @given(documents(kind))
    def holds(document: Document) -> None:
        try:
            problem = refusal_of(kind, document)
        except UnreadableError:
            assume(False)
        faults = faults_of(kind, document)
        told = [each for each in faults if each.verdict in REFUSED or OURS in each.message or ON_WHOM in each.path]
        assert problem is None or told, (problem, faults)

    holds()


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """An API server on whose definitions are no rules, and whose policies warn, so that each says what it finds."""
    with api_server(tmp_path_factory.mktemp("same-verdict"), with_rules=False) as plane:
        bind_as(plane, "Warn")
        yield admin_of(plane)


def test_every_rule_of_the_policies_has_faults_that_it_stands_for() -> None:
    written = {says for kind in cel_rules.FILES for says in cel_rules.rules_of(kind)}
    assert written == STANDS_FOR.keys() | NARROWER.keys()


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHAPES)
def test_policies_find_what_the_library_finds(kind: str, talkative: Caller) -> None:
    @settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
    @given(documents(kind))
    def holds(document: Document) -> None:
        path, body = rehearsal_of(kind, document)
        reply = talkative.call("POST", path, body)
        # What has another form than its schema says gets to no other door.
        assume(reply.status == HTTPStatus.CREATED)
        said, found = said_in(kind, reply.warnings), found_in(kind, faults_of(kind, document))
        assert said - found == set(), (said, found)
        assert found - said <= set(NARROWER.values()), (said, found)

    holds()
