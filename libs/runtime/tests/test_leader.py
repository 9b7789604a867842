"""Who may lead: the pure part, by table and by any course of events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_runtime.kube.leader import (
    Acquire,
    Decision,
    ElectionTimes,
    Lease,
    LeaseSpec,
    Observation,
    Renew,
    Wait,
    decide,
    micro_time,
    observe,
    released,
)

WALL = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
STAMP = "2026-01-02T03:04:05.000678Z"
THEN = "2026-01-01T00:00:00.000000Z"
TIMES = ElectionTimes()
OTHERS = LeaseSpec(
    holder_identity="other", lease_duration_seconds=15, acquire_time=THEN, renew_time=THEN, lease_transitions=3
)
OURS = msgspec.structs.replace(OTHERS, holder_identity="me")


def lease(spec: LeaseSpec, version: str = "1") -> Lease:
    return Lease(metadata=msgspec.Raw(msgspec.json.encode({"name": "l", "resourceVersion": version})), spec=spec)


def held(acquired: str, transitions: int) -> LeaseSpec:
    return LeaseSpec(
        holder_identity="me",
        lease_duration_seconds=15,
        acquire_time=acquired,
        renew_time=STAMP,
        lease_transitions=transitions,
    )


@pytest.mark.parametrize(
    ("spec", "age_s", "want"),
    [
        pytest.param(None, 0, Acquire(held(STAMP, 0)), id="is-made-where-there-is-none"),
        pytest.param(OURS, 0, Renew(held(THEN, 3)), id="is-renewed-by-its-holder-who-keeps-the-time-of-acquiring"),
        pytest.param(OURS, 100, Renew(held(THEN, 3)), id="is-renewed-by-its-holder-however-old-it-is"),
        pytest.param(OTHERS, 0, Wait("other"), id="is-another's-though-its-own-time-is-long-past"),
        pytest.param(OTHERS, 14.9, Wait("other"), id="is-another's-until-it-stood-still-for-its-duration"),
        pytest.param(OTHERS, 15, Acquire(held(STAMP, 4)), id="is-taken-from-a-holder-who-is-silent"),
        pytest.param(released(OTHERS, wall=WALL), 0, Acquire(held(STAMP, 4)), id="is-taken-at-once-when-given-back"),
        pytest.param(
            msgspec.structs.replace(OTHERS, lease_duration_seconds=60), 30, Wait("other"), id="lasts-as-its-holder-says"
        ),
        pytest.param(
            msgspec.structs.replace(OTHERS, lease_duration_seconds=0),
            14,
            Wait("other"),
            id="lasts-as-we-say-if-it-does-not",
        ),
    ],
)
def test_a_lease(spec: LeaseSpec | None, age_s: float, want: Decision) -> None:
    seen = Observation(lease=None if spec is None else lease(spec), since=1000)
    assert decide(seen, "me", now=1000 + age_s, wall=WALL, times=TIMES) == want


def test_a_lease_is_as_old_as_our_knowledge_of_it_whatever_else_of_the_object_changes() -> None:
    first = observe(None, lease(OTHERS, "1"), now=10)
    same = observe(first, lease(OTHERS, "2"), now=20)
    renewed = observe(same, lease(msgspec.structs.replace(OTHERS, renew_time=STAMP), "3"), now=30)
    gone = observe(renewed, None, now=40)
    assert [each.since for each in (first, same, renewed, gone)] == [10, 10, 30, 40]
    assert same.lease is not None
    assert same.lease.resource_version == "2"


def test_a_lease_that_is_given_back_names_nobody_and_keeps_its_count() -> None:
    assert released(OURS, wall=WALL) == LeaseSpec(
        lease_duration_seconds=1, acquire_time=STAMP, renew_time=STAMP, lease_transitions=3
    )


@pytest.mark.parametrize("moment", [WALL, WALL.astimezone(tz=None)])
def test_times_have_six_digits_and_are_utc(moment: datetime) -> None:
    assert micro_time(moment) == STAMP
    assert micro_time(moment.replace(microsecond=0)) == "2026-01-02T03:04:05.000000Z"


@pytest.mark.parametrize(
    ("lease_s", "renew_s", "retry_s", "says"),
    [
        pytest.param(10, 10, 2, "more than the renew deadline", id="lease-as-short-as-the-renew-deadline"),
        pytest.param(15, 2.4, 2, "times the retry period", id="renew-deadline-without-room-for-jitter"),
        pytest.param(0.9, 0.5, 0.1, "at least one second", id="lease-below-a-second"),
        pytest.param(15, 10, 0, "more than zero", id="no-retry-period"),
    ],
)
def test_times_that_cannot_work_are_refused(lease_s: float, renew_s: float, retry_s: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ElectionTimes(
            lease_duration=timedelta(seconds=lease_s),
            renew_deadline=timedelta(seconds=renew_s),
            retry_period=timedelta(seconds=retry_s),
        )


@dataclass
class Process:
    """One candidate with a clock of its own, as the shell drives the decision."""

    identity: str
    clock_offset: float
    seen: Observation | None = None
    leads_until: float = field(default=float("-inf"))
    """By the clock of the test."""


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.floats(0, 40),
        st.floats(0, 5),
        st.booleans(),
    ),
    max_size=60,
)


@given(STEPS, st.tuples(*[st.floats(-1e6, 1e6)] * 3))
def test_no_two_processes_may_write_at_a_time(
    steps: list[tuple[int, float, float, bool]], offsets: tuple[float, ...]
) -> None:
    """Processes stop, wake, ask slowly and lose answers in any order, and their clocks have nothing in common."""
    processes = [Process(f"p{index}", offset) for index, offset in enumerate(offsets)]
    stored: Lease | None = None
    now, version = 0.0, 0
    for who, pause_s, lag_s, answer_lost in steps:
        now += pause_s
        process = processes[who]
        # The request is sent, and arrives `lag_s` later.
        began = now
        now += lag_s
        process.seen = observe(process.seen, stored, now=now + process.clock_offset)
        decision = decide(
            process.seen,
            process.identity,
            now=began + process.clock_offset,
            wall=WALL + timedelta(seconds=now),
            times=TIMES,
        )
        if isinstance(decision, Wait):
            continue
        others = [each for each in processes if each is not process]
        version += 1
        stored = lease(decision.spec, str(version))
        if answer_lost:
            continue
        process.seen = observe(process.seen, stored, now=now + process.clock_offset)
        process.leads_until = began + TIMES.renew_deadline.total_seconds()
        # Whoever may write from now on is alone.
        assert all(other.leads_until <= now for other in others)
