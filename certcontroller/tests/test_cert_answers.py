"""When an identity's processes have done what a rotation waits for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bulkhead_certcontroller.acknowledgement import answers_from_body
from bulkhead_certcontroller.answers import (
    AnswerInputs,
    Asked,
    Expected,
    Silence,
    TlsAnswer,
    Verdict,
    decide_acknowledged,
    uses,
)
from bulkhead_certcontroller.rotation import Awaits

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SETTLE = timedelta(minutes=10)
OLD = TlsAnswer(identity="spiffe://td/a", serial="1", issuer="old", roots=["old"], denylist=1)
BOTH = TlsAnswer(identity="spiffe://td/a", serial="2", issuer="old", roots=["new", "old"], denylist=1)
MOVED = TlsAnswer(identity="spiffe://td/a", serial="3", issuer="new", roots=["new", "old"], denylist=2)
DONE = TlsAnswer(identity="spiffe://td/a", serial="4", issuer="new", roots=["new"], denylist=2)
DISTRIBUTING = Expected(awaits=Awaits.TRUST_OF_NEXT, signer="old", next="new", roots=frozenset({"old", "new"}))
MOVING = Expected(awaits=Awaits.LEAF_OF_SIGNER, signer="new", next=None, roots=frozenset({"old", "new"}))
WITHDRAWING = Expected(awaits=Awaits.NO_OTHER_ROOT, signer="new", next=None, roots=frozenset({"new"}))
JUST_NOW = AnswerInputs(written_at=NOW, asked=Asked(), settle=SETTLE)
LONG_AGO = replace(JUST_NOW, written_at=NOW - SETTLE)


def of(*answers: TlsAnswer, silences: frozenset[Silence] = frozenset()) -> Asked:
    return Asked(answers=answers, silences=silences)


NOBODY = of(silences=frozenset({Silence.NOBODY_THERE}))


@pytest.mark.parametrize(
    ("expected", "answer", "want"),
    [
        pytest.param(DISTRIBUTING, OLD, Verdict.OLD_STATE, id="distributing-old"),
        pytest.param(DISTRIBUTING, BOTH, Verdict.ACKNOWLEDGED, id="distributing-both"),
        pytest.param(MOVING, BOTH, Verdict.OLD_STATE, id="moving-both"),
        pytest.param(MOVING, MOVED, Verdict.ACKNOWLEDGED, id="moving-moved"),
        pytest.param(WITHDRAWING, OLD, Verdict.OLD_STATE, id="withdrawing-old"),
        pytest.param(WITHDRAWING, MOVED, Verdict.OLD_STATE, id="withdrawing-moved"),
        pytest.param(WITHDRAWING, DONE, Verdict.ACKNOWLEDGED, id="withdrawing-done"),
    ],
)
def test_a_process_that_answers(expected: Expected, answer: TlsAnswer, want: Verdict) -> None:
    # However long ago its place was written: an old answer never counts.
    for inputs in (JUST_NOW, LONG_AGO):
        assert decide_acknowledged(replace(inputs, asked=of(answer)), expected, now=NOW) is want


@pytest.mark.parametrize(
    ("inputs", "want"),
    [
        pytest.param(replace(JUST_NOW, written_at=None), Verdict.NOT_WRITTEN, id="nothing-was-written"),
        pytest.param(
            replace(JUST_NOW, written_at=None, asked=of(BOTH)), Verdict.NOT_WRITTEN, id="nothing-was-written-yet"
        ),
        pytest.param(JUST_NOW, Verdict.SETTLING, id="nobody-can-be-asked"),
        pytest.param(LONG_AGO, Verdict.ACKNOWLEDGED, id="nobody-could-be-asked-for-long"),
        pytest.param(replace(JUST_NOW, asked=NOBODY), Verdict.SETTLING, id="nobody-is-there"),
        pytest.param(
            replace(JUST_NOW, asked=of(silences=frozenset({Silence.NOTHING_LOADED}))),
            Verdict.SETTLING,
            id="a-process-has-nothing-yet",
        ),
        pytest.param(replace(LONG_AGO, asked=NOBODY), Verdict.ACKNOWLEDGED, id="nobody-was-there-for-long"),
        pytest.param(
            replace(LONG_AGO, asked=of(silences=frozenset({Silence.NO_ANSWER}))),
            Verdict.NO_ANSWER,
            id="somebody-is-there-and-silent",
        ),
        pytest.param(
            replace(LONG_AGO, asked=of(BOTH, silences=frozenset({Silence.NO_ANSWER}))),
            Verdict.NO_ANSWER,
            id="one-of-two-is-silent",
        ),
        pytest.param(replace(LONG_AGO, asked=of(BOTH, OLD)), Verdict.OLD_STATE, id="one-of-two-is-old"),
        pytest.param(replace(JUST_NOW, asked=of(BOTH, BOTH)), Verdict.ACKNOWLEDGED, id="both-have-done-it"),
        pytest.param(
            replace(JUST_NOW, asked=of(BOTH, silences=frozenset({Silence.NOBODY_THERE}))),
            Verdict.SETTLING,
            id="one-of-two-is-not-there",
        ),
        pytest.param(replace(JUST_NOW, written_at=NOW + SETTLE), Verdict.SETTLING, id="the-clock-went-back"),
    ],
)
def test_an_identity_while_roots_are_distributed(inputs: AnswerInputs, want: Verdict) -> None:
    assert decide_acknowledged(inputs, DISTRIBUTING, now=NOW) is want


@pytest.mark.parametrize(
    ("answers", "want"),
    [
        pytest.param([], None, id="nobody-answers"),
        pytest.param([DONE], True, id="the-present-state"),
        pytest.param([DONE, MOVED], False, id="one-of-two-has-older-roots"),
        pytest.param([TlsAnswer(identity="", serial="04", issuer="new", roots=["new"])], True, id="no-denylist-in-use"),
        pytest.param(
            [TlsAnswer(identity="", serial="4", issuer="new", roots=["new"], denylist=1)], False, id="an-older-list"
        ),
        pytest.param(
            [TlsAnswer(identity="", serial="5", issuer="new", roots=["new"], denylist=2)], False, id="another-serial"
        ),
    ],
)
def test_processes_use_what_was_written(answers: list[TlsAnswer], want: bool | None) -> None:
    assert uses(answers, "4", WITHDRAWING, 2) is want


REPLY = (
    b'{"identity":"spiffe://td/a","serial":"4","notAfter":"2026-11-01T12:00:00Z","issuer":"new","roots":["new"],'
    b'"denylist":2}'
)


@pytest.mark.parametrize("body", [REPLY, b"[" + REPLY + b"]"], ids=["an-object", "a-list"])
def test_a_reply_is_read(body: bytes) -> None:
    assert answers_from_body(body) == [DONE]


@pytest.mark.parametrize("body", [b"", b"ok", b"\xff", b"{}", REPLY[:-1], b'"a"'])
def test_anything_else_is_no_answer(body: bytes) -> None:
    assert answers_from_body(body) is Silence.NO_ANSWER
