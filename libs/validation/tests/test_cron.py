"""Schedules parse and fire as robfig/cron does it; tests/differential/golibs/record.py wrote its answers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_validation.cron import Every, Fields, ScheduleError, schedule_from

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "cron_answers.jsonl").read_text().splitlines()
]
NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def cases(outcome: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{number}-{case['schedule']}")
        for number, case in enumerate(CASES)
        if outcome in case["answer"]
    ]


@pytest.mark.parametrize("case", cases("result"))
def test_schedule_fires_when_the_original_does(case: dict[str, Any]) -> None:
    want = case["answer"]["result"]
    found = schedule_from(case["schedule"]).first_after(datetime.fromisoformat(case["after"]))
    assert found == (None if want == "never" else datetime.fromisoformat(want))


@pytest.mark.parametrize("case", cases("error"))
def test_schedule_that_the_original_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ScheduleError):
        schedule_from(case["schedule"])


def test_there_are_enough_cases_to_speak_of_agreement() -> None:
    assert len(CASES) >= 120


@pytest.mark.parametrize("schedule", ["TZ=Europe/Berlin 0 5 * * *", "CRON_TZ=UTC @daily", "TZ=UTC 0 5 * * *"])
def test_schedule_with_a_time_zone_of_its_own_is_refused(schedule: str) -> None:
    with pytest.raises(ScheduleError):
        schedule_from(schedule)


@pytest.mark.parametrize("number", ["9" * 100_000, "0" * 100_000 + "5", "5/" + "9" * 100_000])
def test_numbers_of_any_length_are_read_at_once(number: str) -> None:
    if number.endswith("5"):
        assert schedule_from(f"{number} * * * *") == schedule_from("5 * * * *")
    else:
        with pytest.raises(ScheduleError):
            schedule_from(f"{number} * * * *")


def test_last_firing_counts_one_at_the_moment_itself() -> None:
    daily = schedule_from("0 12 * * *")
    assert isinstance(daily, Fields)
    assert daily.last_at(NOW) == NOW
    assert daily.last_at(NOW - timedelta.resolution) == NOW - timedelta(days=1)
    assert daily.last_at(NOW + timedelta.resolution) == NOW


def test_search_ends_at_both_ends_of_the_calendar() -> None:
    daily = schedule_from("0 12 * * *")
    assert isinstance(daily, Fields)
    assert daily.first_after(datetime(9999, 12, 31, 13, tzinfo=UTC)) is None
    assert daily.last_at(datetime(1, 1, 1, tzinfo=UTC)) is None
    assert daily.last_at(datetime.max.replace(tzinfo=UTC)) is None
    assert Every(timedelta(days=400)).first_after(datetime(9999, 12, 31, tzinfo=UTC)) is None


FIELD = st.sampled_from(["*", "?", "0", "5", "1-5", "*/7", "2/3", ",", "12", "1,6", "mon", "feb"])


@pytest.mark.slow
@given(st.lists(FIELD, min_size=5, max_size=5), st.datetimes(timezones=st.just(UTC)))
def test_first_firing_is_after_the_moment_and_is_the_last_one_then(fields: list[str], moment: datetime) -> None:
    try:
        schedule = schedule_from(" ".join(fields))
    except ScheduleError:
        return
    assert isinstance(schedule, Fields)
    found = schedule.first_after(moment)
    if found is not None:
        assert found > moment
        assert schedule.last_at(found) == found
        before = schedule.last_at(found - timedelta.resolution)
        assert before is None or before <= moment
