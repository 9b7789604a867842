"""Sync windows: when they are open, and when a refresh may happen next."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_api.external_secret import SyncWindow, SyncWindows, WindowKind
from bulkhead_controller.externalsecret.sync_windows import admits, opens_at
from bulkhead_validation.cron import Fields, schedule_from

ALLOW, DENY = WindowKind.ALLOW, WindowKind.DENY
TICK = timedelta.resolution
NIGHT = ("0 22 * * *", "2h")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}Z")


def windows(kind: WindowKind, *pairs: tuple[str, str]) -> SyncWindows:
    return SyncWindows(
        kind=kind, windows=[SyncWindow(schedule=schedule, duration=duration) for schedule, duration in pairs]
    )


OPEN = [
    pytest.param(*NIGHT, "2026-06-01T22:00:00", True, id="at-its-opening"),
    pytest.param(*NIGHT, "2026-06-01T21:59:59.999999", False, id="not-just-before-its-opening"),
    pytest.param(*NIGHT, "2026-06-01T22:30:00", True, id="inside"),
    pytest.param(*NIGHT, "2026-06-02T00:00:00", True, id="at-its-close"),
    pytest.param(*NIGHT, "2026-06-02T00:00:00.000001", False, id="not-just-after-its-close"),
    pytest.param(*NIGHT, "2026-06-02T03:00:00", False, id="not-between-two-firings"),
    pytest.param(*NIGHT, "2026-06-02T22:30:00", True, id="inside-the-next-day"),
    pytest.param("0 22 * * *", "0s", "2026-06-01T22:00:00", True, id="of-no-length-at-its-moment"),
    pytest.param("0 22 * * *", "0s", "2026-06-01T22:00:01", False, id="of-no-length-not-after-its-moment"),
    pytest.param("0 22 * * *", "-1ns", "2026-06-01T22:00:00", False, id="not-of-negative-length"),
    pytest.param("* * * * *", "-1m", "2026-06-01T22:00:00", False, id="not-of-a-negative-minute"),
    pytest.param("* * * * *", "-2000h", "2026-06-01T22:00:00", False, id="not-of-negative-months"),
    pytest.param("* * * * *", "10m", "2026-06-01T22:00:00.5", True, id="held-by-a-later-firing"),
    pytest.param("0 0 * * *", "48h", "2026-06-01T23:59:59.999999", True, id="longer-than-its-schedule"),
    pytest.param("30 2 * * *", "10m", "2026-03-29T02:35:00", True, id="in-the-hour-that-europe-skips"),
    pytest.param("30 2 * * *", "10m", "2026-03-08T02:35:00", True, id="in-the-hour-that-america-skips"),
    pytest.param("30 1 * * *", "10m", "2026-10-25T01:35:00", True, id="in-the-hour-that-europe-has-twice"),
    pytest.param("30 1 * * *", "10m", "2026-10-25T02:35:00", False, id="not-an-hour-later-when-clocks-change"),
    pytest.param("0 0 29 2 *", "24h", "2028-02-29T12:00:00", True, id="on-a-leap-day"),
    pytest.param("0 0 29 2 *", "24h", "2027-03-01T12:00:00", False, id="not-on-a-leap-day-that-is-none"),
    pytest.param("0 0 29 2 *", "2400h", "2028-05-01T00:00:00", True, id="long-after-a-leap-day"),
    pytest.param("0 0 30 2 *", "100000h", "2026-06-01T00:00:00", False, id="not-if-its-day-never-comes"),
    pytest.param("0 0 1 1 *", "2540400h", "2026-06-01T00:00:00", True, id="of-290-years"),
    pytest.param("0 0 1 1 *", "2628000h", "2026-06-01T00:00:00", False, id="not-of-300-years-which-go-cannot-read"),
    pytest.param("0 0 1 1 *", "-2540400h", "9990-06-01T00:00:00", False, id="not-beyond-the-end-of-the-calendar"),
    pytest.param("0 0 1 1 *", "2540400h", "0100-06-01T00:00:00", False, id="not-before-the-calendar-begins"),
    pytest.param("@daily", "1h", "2026-06-01T00:30:00", True, id="of-a-macro"),
    pytest.param("@every 1h", "1h", "2026-06-01T00:30:00.5", True, id="always-if-every-is-no-longer-than-it"),
    pytest.param("@every 3601s", "1h", "2026-06-01T00:30:00", True, id="always-if-every-is-a-second-longer"),
    pytest.param("@every 3602s", "1h", "2026-06-01T00:30:00", False, id="never-if-every-is-longer"),
    pytest.param("@every 1s", "1s", "2026-06-01T00:30:00.5", True, id="always-if-every-is-a-second"),
    pytest.param("not-a-cron", "1h", "2026-06-01T00:30:00", False, id="not-if-the-schedule-does-not-parse"),
    pytest.param("0 0 * * 7", "24h", "2026-06-01T00:30:00", False, id="not-on-day-7"),
    pytest.param("* * * * *", "1 hour", "2026-06-01T00:30:00", False, id="not-if-the-duration-does-not-parse"),
]


@pytest.mark.parametrize(("schedule", "duration", "now", "is_open"), OPEN)
def test_window_is_open(schedule: str, duration: str, now: str, is_open: bool) -> None:
    assert admits(windows(ALLOW, (schedule, duration)), now=at(now)) is is_open
    assert admits(windows(DENY, (schedule, duration)), now=at(now)) is not is_open


@pytest.mark.parametrize("kind", WindowKind)
def test_no_window_at_all_admits(kind: WindowKind) -> None:
    now = at("2026-06-01T00:00:00")
    assert admits(windows(kind), now=now)
    assert opens_at(windows(kind), now=now) == now


def test_one_open_window_of_several_is_enough_to_allow_or_to_deny() -> None:
    several = [("not-a-cron", "1h"), ("0 3 * * *", "1h"), NIGHT]
    assert admits(windows(ALLOW, *several), now=at("2026-06-01T23:00:00"))
    assert not admits(windows(DENY, *several), now=at("2026-06-01T23:00:00"))


def test_windows_are_in_utc_whatever_zone_the_clock_has() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert admits(windows(ALLOW, NIGHT), now=datetime(2026, 6, 2, 7, 30, tzinfo=tokyo))
    assert not admits(windows(ALLOW, NIGHT), now=datetime(2026, 6, 1, 22, 30, tzinfo=tokyo))
    assert opens_at(windows(ALLOW, NIGHT), now=datetime(2026, 6, 1, 22, 30, tzinfo=tokyo)) == at("2026-06-01T22:00:00")


@pytest.mark.parametrize(
    ("seen", "now", "want"),
    [
        pytest.param(windows(ALLOW, NIGHT), "2026-06-01T23:00:00", "2026-06-01T23:00:00", id="now"),
        pytest.param(windows(ALLOW, NIGHT), "2026-06-02T03:00:00", "2026-06-02T22:00:00", id="at-the-next-opening"),
        pytest.param(
            windows(ALLOW, NIGHT, ("0 5 * * *", "1m"), ("0 4 * * *", "-1m"), ("x", "1m")),
            "2026-06-02T03:00:00",
            "2026-06-02T05:00:00",
            id="at-the-first-opening-of-several",
        ),
        pytest.param(windows(ALLOW, ("0 0 30 2 *", "1h")), "2026-06-02T03:00:00", None, id="never-without-a-firing"),
        pytest.param(windows(ALLOW, ("0 4 * * *", "-1s")), "2026-06-02T03:00:00", None, id="never-of-negative-length"),
        pytest.param(windows(ALLOW, ("@every 2h", "1h")), "2026-06-02T03:00:00", None, id="never-with-a-longer-every"),
        pytest.param(windows(ALLOW, ("x", "1h")), "2026-06-02T03:00:00", None, id="never-if-nothing-parses"),
        pytest.param(windows(DENY, NIGHT), "2026-06-02T03:00:00", "2026-06-02T03:00:00", id="now-if-nothing-denies"),
        pytest.param(windows(DENY, NIGHT), "2026-06-01T23:00:00", "2026-06-02T00:00:00.000001", id="after-the-close"),
        pytest.param(
            windows(DENY, NIGHT, ("30 23 * * *", "1h"), ("0 0 * * *", "45m")),
            "2026-06-01T22:00:00",
            "2026-06-02T00:45:00.000001",
            id="after-the-close-of-the-last-that-overlaps",
        ),
        pytest.param(
            windows(DENY, ("*/5 9-16 * * *", "5m")),
            "2026-06-02T09:00:00",
            "2026-06-02T17:00:00.000001",
            id="after-a-chain",
        ),
        pytest.param(windows(DENY, ("* * * * *", "1m")), "2026-06-02T09:00:00", None, id="never-between-minutes"),
        pytest.param(windows(DENY, ("0 0 1 1 *", "2540400h")), "2026-06-02T09:00:00", None, id="not-in-this-calendar"),
        pytest.param(windows(DENY, ("@every 1h", "1h")), "2026-06-02T09:00:00", None, id="never-with-a-shorter-every"),
    ],
)
def test_refresh_may_next_happen(seen: SyncWindows, now: str, want: str | None) -> None:
    assert opens_at(seen, now=at(now)) == (None if want is None else at(want))


def test_many_windows_that_never_close_do_not_make_the_search_longer() -> None:
    # Each window is looked at once, and none is followed.
    assert opens_at(windows(DENY, *[("* * * * *", "1m")] * 2_000), now=at("2026-06-02T09:00:00")) is None


SCHEDULES = st.sampled_from(
    [
        "* * * * *",
        "*/7 * * * *",
        "0 22 * * *",
        "30 2 29 2 *",
        "0 9-17 * * 1-5",
        "0 0 1,15 * 3",
        "0 0 31 * *",
        ", * * * *",
    ]
)
SECONDS = st.integers(-100, 3 * 86_400)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (st adds it)


@pytest.mark.slow
@settings(deadline=None)
@given(SCHEDULES, SECONDS, MOMENTS)
def test_window_is_open_exactly_if_the_last_firing_is_recent_enough(schedule: str, seconds: int, now: datetime) -> None:
    fields = schedule_from(schedule)
    assert isinstance(fields, Fields)
    last = fields.last_at(now)
    is_open = last is not None and now <= last + timedelta(seconds=seconds)
    assert admits(windows(ALLOW, (schedule, f"{seconds}s")), now=now) is is_open


@pytest.mark.slow
@settings(deadline=None)
@given(st.sampled_from(WindowKind), st.lists(st.tuples(SCHEDULES, SECONDS), min_size=1, max_size=3), MOMENTS)
def test_the_next_moment_admits_and_none_before_it_does(
    kind: WindowKind, pairs: list[tuple[str, int]], now: datetime
) -> None:
    seen = windows(kind, *((schedule, f"{seconds}s") for schedule, seconds in pairs))
    moment = opens_at(seen, now=now)
    if moment is None or moment == now:
        assert admits(seen, now=now) is (moment == now)
        return
    assert admits(seen, now=moment)
    for before in (now, now + (moment - now) / 10, now + (moment - now) / 2, moment - TICK):
        assert before == moment or not admits(seen, now=before)
