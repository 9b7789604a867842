"""The status document: what it says, and that it stays the same while nothing happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bulkhead_certcontroller.answers import Verdict
from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.decide import AuthorityState, Standing
from bulkhead_certcontroller.denylist import DenylistTerms, sign_denylist
from bulkhead_certcontroller.rotation import Rotation, RotationReason, Wanted, begun
from bulkhead_certcontroller.status import Seen, StatusInputs, build_status
from bulkhead_certcontroller.status_writer import conditions_from_text, text_from_status
from bulkhead_runtime.leaf import subject_key_id

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)
CA, NEXT = (make_authority("td", 365 * DAY, now=NOW) for _ in range(2))
STABLE = Rotation(authority=CA)
ROTATING = begun(STABLE, Wanted(reason=RotationReason.REQUESTED, request="r1"), NEXT, now=NOW)
WELL = StatusInputs(
    rotation=STABLE,
    authority_state=AuthorityState.USABLE,
    denylist=sign_denylist(CA, 7, DenylistTerms(trust_domain="td", lifetime=DAY, denials=()), now=NOW),
    identities=[
        Seen(name="controller", spiffe_id="spiffe://td/controller", serial=0xABC, not_after=NOW + DAY, renew_at=LATER)
    ],
)
FAILED = Seen(name="b", spiffe_id="spiffe://td/b", failed=True)


def conditions(seen: StatusInputs) -> dict[str, tuple[str, str, str]]:
    return {each.type: (each.status, each.reason, each.message) for each in build_status(seen, (), now=NOW).conditions}


@pytest.mark.parametrize(
    ("seen", "kind", "want"),
    [
        pytest.param(WELL, "AuthorityReady", ("True", "Usable", ""), id="a-usable-ca"),
        pytest.param(WELL, "RotationProgressing", ("False", "Stable", ""), id="no-rotation"),
        pytest.param(WELL, "IdentitiesReady", ("True", "AllIssued", ""), id="all-issued"),
        pytest.param(WELL, "DenylistCurrent", ("True", "Signed", ""), id="a-signed-list"),
        pytest.param(
            StatusInputs(authority_error="it is broken"),
            "AuthorityReady",
            ("False", "NotUsable", "it is broken"),
            id="a-broken-ca",
        ),
        pytest.param(
            StatusInputs(authority_error="it is broken"),
            "IdentitiesReady",
            ("False", "AuthorityNotUsable", ""),
            id="identities-without-a-ca",
        ),
        pytest.param(
            StatusInputs(authority_error="it is broken"), "DenylistCurrent", ("False", "NotSigned", ""), id="no-list"
        ),
        pytest.param(
            replace(WELL, rotation=ROTATING, waiting={"b": Verdict.SETTLING, "a": Verdict.OLD_STATE}),
            "RotationProgressing",
            ("True", "Distributing", "waiting for a, b"),
            id="a-rotation-that-waits",
        ),
        pytest.param(
            replace(WELL, read_only="cannot be written"),
            "RotationProgressing",
            ("False", "AuthorityReadOnly", "cannot be written"),
            id="a-ca-that-cannot-be-replaced",
        ),
        pytest.param(
            replace(WELL, identities=[FAILED, replace(FAILED, name="a")]),
            "IdentitiesReady",
            ("False", "NotAllIssued", "without a current certificate: a, b"),
            id="identities-that-failed",
        ),
        pytest.param(
            replace(WELL, identities=[replace(FAILED, failed=False, standing=Standing.REVOKED)]),
            "IdentitiesReady",
            ("True", "AllIssued", ""),
            id="an-identity-that-is-revoked-on-purpose",
        ),
        pytest.param(
            replace(WELL, problems=["two", "one"]),
            "DenylistCurrent",
            ("False", "RequestNotUnderstood", "one; two"),
            id="requests-that-mean-nothing",
        ),
    ],
)
def test_a_condition(seen: StatusInputs, kind: str, want: tuple[str, str, str]) -> None:
    assert conditions(seen)[kind] == want


def test_roots_and_the_step_of_a_rotation_are_told() -> None:
    status = build_status(replace(WELL, rotation=ROTATING, waiting={"b": Verdict.OLD_STATE}), (), now=NOW)

    assert (status.phase, status.signer, status.handled_rotation) == (
        "Distributing",
        subject_key_id(CA.certificate),
        "r1",
    )
    assert [(each.key_id, each.signs) for each in status.roots] == [
        (subject_key_id(CA.certificate), True),
        (subject_key_id(NEXT.certificate), False),
    ]
    assert status.rotation is not None
    assert (status.rotation.step, status.rotation.reason, status.rotation.since) == (
        "Distributing",
        "Requested",
        "2026-11-01T12:00:00Z",
    )
    assert (status.rotation.waiting_for, status.rotation.answers) == (["b"], {"b": "OldState"})


def test_an_identity_is_told_with_its_certificate() -> None:
    told = build_status(WELL, (), now=NOW).identities[0]

    assert (told.serial, told.not_after, told.renew_at, told.state) == (
        "abc",
        "2026-11-02T12:00:00Z",
        "2026-11-01T13:00:00Z",
        "Current",
    )


def test_nothing_changes_while_nothing_happens() -> None:
    first = text_from_status(build_status(WELL, (), now=NOW))

    assert text_from_status(build_status(WELL, conditions_from_text(first), now=LATER)) == first


def test_the_time_of_a_condition_changes_with_its_status_alone() -> None:
    first = build_status(WELL, (), now=NOW)
    second = build_status(replace(WELL, rotation=ROTATING), first.conditions, now=LATER)
    times = {each.type: each.last_transition_time for each in second.conditions}

    assert times["AuthorityReady"] == "2026-11-01T12:00:00Z"
    assert times["RotationProgressing"] == "2026-11-01T13:00:00Z"


@pytest.mark.parametrize("text", ["", "[", "a: b", "\x00"])
def test_a_status_that_cannot_be_read_is_written_anew(text: str) -> None:
    assert conditions_from_text(text) == ()
