"""Sync windows: whether a periodic refresh may happen now, and when it next may.

A window is open from each firing of its schedule for its duration, both ends included, in UTC; so no change of clocks
moves it. One whose schedule or duration does not parse is never open. Everything here is pure.

Where this differs from ESO on purpose: ESO asks only for the first firing after now - duration - 1 s, so that in the
last second after one firing's time it overlooks a later firing that still holds the window open. Here it does not.

Source: ESO, syncwindow evaluation of the ExternalSecret controller.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from bulkhead_api.duration import duration_from_go
from bulkhead_api.external_secret import SyncWindow, SyncWindows, WindowKind
from bulkhead_validation.cron import Every, Schedule, ScheduleError, schedule_from

_SECOND: Final = timedelta(seconds=1)
_MAX_LOOKUPS: Final = 240
"""How many windows one search looks at: a working day of two-minute windows, in a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A window that parses."""

    schedule: Schedule
    duration: timedelta

    def is_open(self, now: datetime) -> bool:
        """Say whether a firing has opened it and its duration has not passed."""
        try:
            opened_from = now - self.duration
            firing = self.schedule.first_after(opened_from - _SECOND)
        except OverflowError:
            return False
        if firing is not None and firing < opened_from:
            firing = self.schedule.first_after(firing)
        return firing is not None and opened_from <= firing <= now

    def next_opening(self, now: datetime) -> datetime | None:
        """Give when a closed window opens; None if never."""
        # `@every` counts from the moment it is asked about, so its window is open always or never.
        if isinstance(self.schedule, Every) or self.duration < timedelta(0):
            return None
        return self.schedule.first_after(now)

    def closes_at(self, now: datetime) -> datetime | None:
        """Give the first moment after the latest firing's time; None if it is open for ever.

        A firing in between may hold the window open longer.
        """
        if isinstance(self.schedule, Every):
            return None
        firing = self.schedule.last_at(now)
        if firing is None:
            return None
        try:
            return firing + self.duration + timedelta.resolution
        except OverflowError:
            return None


def admits(windows: SyncWindows, *, now: datetime) -> bool:
    """Say whether a periodic refresh may happen; without any window it always may.

    Args:
        windows: `spec.syncWindows`.
        now: the current time, with its zone.
    """
    return not windows.windows or _admits(windows.kind, list(_readable(windows.windows)), now.astimezone(UTC))


def opens_at(windows: SyncWindows, *, now: datetime) -> datetime | None:
    """Give the next moment at which a periodic refresh may happen: `now` itself if it may at once.

    Args:
        windows: `spec.syncWindows`.
        now: the current time, with its zone.

    Returns:
        The moment, UTC; None if there is none or the search for it would be long, so that the caller has to ask again.
    """
    now, readable = now.astimezone(UTC), list(_readable(windows.windows))
    if admits(windows, now=now):
        return now
    match windows.kind:
        case WindowKind.ALLOW:
            openings = [opening for window in readable if (opening := window.next_opening(now)) is not None]
            return min(openings, default=None)
        case WindowKind.DENY:
            return _all_closed_at(readable, now)
    assert_never(windows.kind)


def _admits(kind: WindowKind, windows: Sequence[_Window], now: datetime) -> bool:
    is_any_open = any(window.is_open(now) for window in windows)
    return is_any_open if kind is WindowKind.ALLOW else not is_any_open


def _all_closed_at(windows: Sequence[_Window], now: datetime) -> datetime | None:
    moment = now
    for _ in range(max(1, _MAX_LOOKUPS // max(1, len(windows)))):
        still_open = [window for window in windows if window.is_open(moment)]
        if not still_open:
            return moment
        closings = [window.closes_at(moment) for window in still_open]
        ends = [closing for closing in closings if closing is not None]
        if len(ends) < len(closings):
            return None
        moment = max(ends)
    return None


def _readable(windows: Sequence[SyncWindow]) -> Iterator[_Window]:
    for window in windows:
        try:
            yield _Window(schedule=schedule_from(window.schedule), duration=duration_from_go(window.duration))
        except (ScheduleError, ValueError):
            continue
