"""spec.syncWindows: schedules and durations that can open. Pure. Source: robfig/cron, ParseStandard."""

from datetime import timedelta
from typing import Final

from bulkhead_validation.allowance import MAX_CHARS
from bulkhead_validation.cron import Fields, ScheduleError, schedule_from
from bulkhead_validation.durations import duration_at
from bulkhead_validation.node import Node

_WITH_ZONE: Final = ("TZ=", "CRON_TZ=")


def check_windows(spec: Node) -> None:
    """Note windows that never open."""
    windows = spec.at("syncWindows")
    if windows.present and spec.at("refreshPolicy").text() not in ("", "Periodic"):
        windows.doubtful("has no effect, as refreshPolicy is not Periodic")
    for window in windows.at("windows").items():
        _check_schedule(window.at("schedule"))
        length = duration_at(window.at("duration"))
        if length is not None and length < timedelta(0):
            window.at("duration").doubtful("is negative, so the window never opens")


def _check_schedule(node: Node) -> None:
    if not node.text():
        return
    node.scope.allowance.schedules -= 1
    if len(node.text()) > MAX_CHARS or node.scope.allowance.schedules < 0:
        node.doubtful("was not checked: it is too long, or there are too many")
        return
    if node.text().startswith(_WITH_ZONE):
        node.never_works("may have no time zone, all schedules are in UTC: leave it out and write five fields")
        return
    try:
        schedule = schedule_from(node.text())
    except ScheduleError as error:
        node.never_works(f"is no cron schedule, so the window never opens: {error}")
        return
    if isinstance(schedule, Fields) and schedule.expression is None:
        node.doubtful("never comes, so the window never opens")
