"""When an ExternalSecret is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.external_secret import RefreshPolicy, SyncWindow, SyncWindows, WindowKind
from bulkhead_controller.externalsecret.refresh import (
    SHORTEST_INTERVAL,
    Refresh,
    RefreshInputs,
    Wait,
    decide_refresh,
    refresh_interval,
    wait_after_sync,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SYNCED = RefreshInputs(
    policy=RefreshPolicy.PERIODIC,
    interval=HOUR,
    refreshed_at=NOW - timedelta(minutes=10),
    synced_version="1-a",
    current_version="1-a",
    failed=False,
)
ONCE = replace(SYNCED, policy=RefreshPolicy.CREATED_ONCE)
ON_CHANGE = replace(SYNCED, policy=RefreshPolicy.ON_CHANGE)
NO_TIMER = replace(SYNCED, interval=timedelta(0))
CLOSED = SyncWindows(kind=WindowKind.ALLOW, windows=[SyncWindow(schedule="0 18 * * *", duration="1h")])
OPENS = NOW + timedelta(hours=6)


@pytest.mark.parametrize(
    ("seen", "want"),
    [
        pytest.param(SYNCED, Wait(NOW + timedelta(minutes=50)), id="periodic-waits-for-the-rest-of-the-interval"),
        pytest.param(replace(SYNCED, refreshed_at=NOW - HOUR), Refresh("IntervalElapsed"), id="periodic-elapsed"),
        pytest.param(replace(SYNCED, current_version="2-a"), Refresh("ObjectChanged"), id="periodic-changed"),
        pytest.param(replace(SYNCED, synced_version=""), Refresh("NeverSynced"), id="periodic-new"),
        pytest.param(replace(SYNCED, refreshed_at=None), Refresh("RefreshTimeUnusable"), id="periodic-without-a-time"),
        pytest.param(
            replace(SYNCED, refreshed_at=NOW + HOUR), Refresh("RefreshTimeUnusable"), id="periodic-clock-went-back"
        ),
        pytest.param(replace(SYNCED, templates_changed=True), Refresh("TemplateChanged"), id="periodic-new-template"),
        pytest.param(
            replace(SYNCED, templates_changed=True, windows=CLOSED),
            Wait(OPENS),
            id="a-closed-window-holds-templates-too",
        ),
        pytest.param(replace(NO_TIMER, templates_changed=True), Wait(None), id="no-timer-waits-with-a-new-template"),
        pytest.param(replace(ONCE, templates_changed=True), Wait(None), id="created-once-waits-with-a-new-template"),
        pytest.param(NO_TIMER, Wait(None), id="no-timer-waits"),
        pytest.param(replace(NO_TIMER, current_version="2-a"), Wait(None), id="no-timer-waits-even-if-changed"),
        pytest.param(replace(NO_TIMER, synced_version=""), Refresh("NeverSynced"), id="no-timer-new"),
        pytest.param(replace(NO_TIMER, interval=-HOUR), Wait(None), id="negative-interval-is-no-timer"),
        pytest.param(
            replace(SYNCED, interval=timedelta.max), Wait(None), id="an-interval-beyond-all-dates-is-no-timer"
        ),
        pytest.param(ONCE, Wait(None), id="created-once-waits"),
        pytest.param(replace(ONCE, current_version="2-a"), Wait(None), id="created-once-waits-even-if-changed"),
        pytest.param(replace(ONCE, refreshed_at=NOW - 9 * HOUR), Wait(None), id="created-once-has-no-timer"),
        pytest.param(replace(ONCE, synced_version=""), Refresh("NeverSynced"), id="created-once-new"),
        pytest.param(replace(ONCE, refreshed_at=None), Refresh("NeverSynced"), id="created-once-without-a-time"),
        pytest.param(ON_CHANGE, Wait(None), id="on-change-waits"),
        pytest.param(replace(ON_CHANGE, current_version="2-a"), Refresh("ObjectChanged"), id="on-change-changed"),
        pytest.param(replace(ON_CHANGE, refreshed_at=NOW - 9 * HOUR), Wait(None), id="on-change-has-no-timer"),
        pytest.param(replace(ON_CHANGE, synced_version=""), Refresh("NeverSynced"), id="on-change-new"),
        pytest.param(replace(ONCE, failed=True), Refresh("LastSyncFailed"), id="what-failed-is-still-due"),
    ],
)
def test_refresh(seen: RefreshInputs, want: Refresh | Wait) -> None:
    assert decide_refresh(seen, now=NOW) == want


SEEN = st.builds(
    RefreshInputs,
    policy=st.sampled_from(RefreshPolicy),
    interval=st.timedeltas(min_value=-HOUR, max_value=timedelta(days=100_000)),
    refreshed_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    synced_version=st.sampled_from(["", "1-a"]),
    current_version=st.sampled_from(["1-a", "2-a"]),
    failed=st.booleans(),
)


@given(SEEN)
def test_a_sync_is_not_due_again_at_once(seen: RefreshInputs) -> None:
    after = replace(seen, refreshed_at=NOW, synced_version=seen.current_version, failed=False)
    assert decide_refresh(after, now=NOW) == wait_after_sync(seen, now=NOW)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("1h", HOUR, id="is-what-is-said"),
        pytest.param("1ns", SHORTEST_INTERVAL, id="of-a-nanosecond-keeps-nobody-busy"),
        pytest.param("999ms", SHORTEST_INTERVAL, id="is-never-shorter-than-the-least"),
        pytest.param("0", timedelta(0), id="of-nothing-stays-nothing"),
        pytest.param("-1ns", timedelta(microseconds=-1), id="below-nothing-is-no-timer"),
    ],
)
def test_a_refresh_interval(text: str, want: timedelta) -> None:
    assert refresh_interval(text) == want
