"""The rotation's table: every phase with every event, and what begins a rotation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bulkhead_certcontroller.authority import make_authority
from bulkhead_certcontroller.rotation import (
    TABLE,
    Awaits,
    Event,
    Phase,
    Rotation,
    RotationInputs,
    RotationReason,
    Wanted,
    advanced,
    begun,
    can_begin,
    decide_wanted,
    with_another_next,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OLD, NEW, NEWEST = (make_authority("td", timedelta(days=365), now=NOW) for _ in range(3))
REQUESTED = Wanted(reason=RotationReason.REQUESTED, request="r1")
EMERGENCY = Wanted(reason=RotationReason.EMERGENCY, request="e1")
STABLE = Rotation(authority=OLD)
DISTRIBUTING = begun(STABLE, REQUESTED, NEW, now=NOW)
MOVING = advanced(DISTRIBUTING, now=NOW)
WITHDRAWING = advanced(MOVING, now=NOW)
EACH = {each.phase: each for each in (STABLE, DISTRIBUTING, MOVING, WITHDRAWING)}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", Event)
def test_each_event_leads_where_the_table_says(phase: Phase, event: Event) -> None:
    want = {
        (Phase.STABLE, Event.START): Phase.DISTRIBUTING,
        (Phase.STABLE, Event.EMERGENCY): Phase.WITHDRAWING,
        (Phase.DISTRIBUTING, Event.ACKNOWLEDGED): Phase.MOVING,
        (Phase.DISTRIBUTING, Event.NEXT_UNUSABLE): Phase.DISTRIBUTING,
        (Phase.DISTRIBUTING, Event.EMERGENCY): Phase.WITHDRAWING,
        (Phase.MOVING, Event.ACKNOWLEDGED): Phase.WITHDRAWING,
        (Phase.MOVING, Event.EMERGENCY): Phase.WITHDRAWING,
        (Phase.WITHDRAWING, Event.ACKNOWLEDGED): Phase.STABLE,
        (Phase.WITHDRAWING, Event.EMERGENCY): Phase.WITHDRAWING,
    }
    assert TABLE[phase].on.get(event) is want.get((phase, event))


@pytest.mark.parametrize(
    ("rotation", "signer", "trusted", "awaits"),
    [
        pytest.param(STABLE, OLD, [OLD], Awaits.NOTHING, id="stable"),
        pytest.param(DISTRIBUTING, OLD, [OLD, NEW], Awaits.TRUST_OF_NEXT, id="distributing"),
        pytest.param(MOVING, NEW, [NEW, OLD], Awaits.LEAF_OF_SIGNER, id="moving"),
        pytest.param(WITHDRAWING, NEW, [NEW], Awaits.NO_OTHER_ROOT, id="withdrawing"),
        pytest.param(advanced(WITHDRAWING, now=NOW), NEW, [NEW], Awaits.NOTHING, id="stable-again"),
    ],
)
def test_who_signs_and_who_is_trusted(
    rotation: Rotation, signer: object, trusted: list[object], awaits: Awaits
) -> None:
    assert rotation.authority.certificate == getattr(signer, "certificate", None)
    assert rotation.authority.key.public_key() == rotation.authority.certificate.public_key()
    assert list(rotation.authority.roots) == [getattr(each, "certificate", None) for each in trusted]
    assert TABLE[rotation.phase].awaits is awaits
    assert (rotation.next is not None) == (rotation.phase is Phase.DISTRIBUTING)


@pytest.mark.parametrize("phase", Phase)
def test_an_emergency_leaves_nothing_of_what_was_there(phase: Phase) -> None:
    after = begun(EACH[phase], EMERGENCY, NEWEST, now=LATER)

    assert (after.phase, after.authority, after.next) == (Phase.WITHDRAWING, NEWEST, None)
    assert (after.handled, after.reason, after.since) == ("e1", RotationReason.EMERGENCY, LATER)


@pytest.mark.parametrize("phase", Phase)
def test_only_an_emergency_begins_while_a_rotation_is_under_way(phase: Phase) -> None:
    assert can_begin(EACH[phase], REQUESTED) == (phase is Phase.STABLE)
    assert can_begin(EACH[phase], EMERGENCY)


def test_another_next_root_takes_the_place_of_the_one_that_is_not_valid() -> None:
    after = with_another_next(DISTRIBUTING, NEWEST, now=LATER)

    assert (after.phase, after.next, after.since) == (Phase.DISTRIBUTING, NEWEST, LATER)
    assert after.authority.roots == (OLD.certificate, NEWEST.certificate)
    assert (after.authority.key, after.handled) == (OLD.key, "r1")


def test_a_rotation_that_nobody_asked_for_keeps_what_was_handled_last() -> None:
    stable = replace(STABLE, handled="r0")

    assert begun(stable, Wanted(reason=RotationReason.RENEWAL_DUE), NEW, now=NOW).handled == "r0"


QUIET = RotationInputs(request=None, request_now=False, handled=None, due=False, names_too_narrow=False)


@pytest.mark.parametrize(
    ("seen", "want"),
    [
        pytest.param(QUIET, None, id="nothing-when-all-is-well"),
        pytest.param(replace(QUIET, due=True), Wanted(reason=RotationReason.RENEWAL_DUE), id="when-it-is-due"),
        pytest.param(
            replace(QUIET, names_too_narrow=True, due=True),
            Wanted(reason=RotationReason.NAMES_NOT_PERMITTED),
            id="when-names-are-not-permitted",
        ),
        pytest.param(replace(QUIET, request="r1"), REQUESTED, id="when-somebody-asks"),
        pytest.param(replace(QUIET, request="r1", handled="r0"), REQUESTED, id="when-somebody-asks-again"),
        pytest.param(replace(QUIET, request="r1", handled="r1"), None, id="nothing-when-the-request-was-handled"),
        pytest.param(replace(QUIET, request="e1", request_now=True), EMERGENCY, id="when-there-is-an-emergency"),
        pytest.param(
            replace(QUIET, request="e1", request_now=True, handled="e1"), None, id="nothing-after-the-emergency"
        ),
    ],
)
def test_a_new_ca_is_wanted(seen: RotationInputs, want: Wanted | None) -> None:
    assert decide_wanted(seen) == want
