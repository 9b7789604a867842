"""Cron schedules: what parses and when they fire, both as robfig/cron's ParseStandard has it, always in UTC.

The grammar is read here, because no Python library takes exactly this one: names, `?`, steps and ranges, but no `L`,
`W` or `#` and no day 7. The calendar is cronsim's, which gets each field as a plain list of numbers.

A time zone in front (`TZ=...`) is refused: the schema of ExternalSecret leaves no room for one before five fields.

Source: robfig/cron v3, ParseStandard, SpecSchedule and ConstantDelaySchedule.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cronsim import CronSim, CronSimError

from bulkhead_api.duration import duration_from_go

_EVERY: Final = "@every "
_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_SECOND: Final = timedelta(seconds=1)
_YEARS_AHEAD: Final = 5
"""How far robfig/cron looks; only a February 29 around a year such as 2100 is farther away."""
# What Go's strings.Fields takes for space, which is not quite what Python's split does.
_SPACE: Final = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_NUMBER: Final = re.compile(r"\+?0*([0-9]{1,19})")
_MAX_NUMBER: Final = 2**63 - 1


class ScheduleError(ValueError):
    """A schedule does not parse; the message says which part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """What one field may hold."""

    low: int
    high: int
    names: tuple[str, ...] = ()
    """In the order of their numbers, from `low` on."""


_MINUTE = _Bounds(low=0, high=59)
_HOUR = _Bounds(low=0, high=23)
_DAY = _Bounds(low=1, high=31)
_MONTH = _Bounds(
    low=1, high=12, names=("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
)
_WEEKDAY = _Bounds(low=0, high=6, names=("sun", "mon", "tue", "wed", "thu", "fri", "sat"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """The numbers of one field."""

    numbers: frozenset[int]
    """Empty for a field of commas alone, which parses and never matches."""
    star: bool
    """Whether a star was part of it; then the two fields that choose days must both match, else either."""

    def __str__(self) -> str:
        return "*" if self.star else ",".join(map(str, sorted(self.numbers)))


_ANY: Final = _Field(numbers=frozenset(), star=True)


@dataclass(frozen=True, slots=True)
class Every:
    """`@every`: fires at a distance from the moment it is asked about, so it has no moments of its own."""

    distance: timedelta
    """Whole seconds, at least one."""

    def first_after(self, moment: datetime) -> datetime | None:
        """Give the first firing after a moment, on the second; None beyond the end of the calendar."""
        try:
            return moment.replace(microsecond=0) + self.distance
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Fields:
    """Five fields, as cronsim reads them; None if they match no day or no time at all."""

    expression: str | None

    def first_after(self, moment: datetime) -> datetime | None:
        """Give the first firing after a moment, UTC; None if there is none within five years."""
        found = self._found(moment, reverse=False)
        if found is None:
            return None
        # Go's library counts its years from the second after the moment.
        return found if found.year - (moment + _SECOND).year <= _YEARS_AHEAD else None

    def last_at(self, moment: datetime) -> datetime | None:
        """Give the last firing at a moment or before it, UTC; None if there is none within fifty years."""
        return self._found(moment, reverse=True)

    def _found(self, moment: datetime, *, reverse: bool) -> datetime | None:
        if self.expression is None:
            return None
        try:
            # Either way cronsim starts a step beyond where it begins, and backwards the moment itself counts.
            start = moment + timedelta.resolution if reverse else moment
            return next(CronSim(self.expression, start.astimezone(UTC), reverse=reverse), None)
        except (CronSimError, OverflowError, ValueError):
            # A day that none of the months has, or the end of Python's calendar.
            return None


Schedule = Every | Fields


# A cluster has thousands of objects and few schedules, which are looked at in every reconcile.
@lru_cache(maxsize=1024)
def schedule_from(text: str) -> Schedule:
    """Read a schedule: five fields, a macro such as `@daily`, or `@every` with a Go duration.

    Raises:
        ScheduleError: it does not parse.
    """
    if text.startswith(_EVERY):
        return _every(text.removeprefix(_EVERY))
    if text.startswith("@") and text not in _MACROS:
        raise ScheduleError("unknown macro")
    fields = [field for field in _SPACE.split(_MACROS.get(text, text)) if field]
    if len(fields) != 5:
        raise ScheduleError(f"there are {len(fields)} fields instead of 5")
    minute, hour, day, month, weekday = map(_field, fields, (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY))
    if not (minute.numbers and hour.numbers and month.numbers):
        return Fields(None)
    days = _days(day, weekday)
    return Fields(None if days is None else f"{minute} {hour} {days[0]} {month} {days[1]}")


def _every(text: str) -> Every:
    try:
        duration = duration_from_go(text)
    except ValueError as error:
        raise ScheduleError(f"@every: {error}") from None
    return Every(max(duration - duration % _SECOND, _SECOND))


def _days(day: _Field, weekday: _Field) -> tuple[_Field, _Field] | None:
    """Give the two fields that choose days in cronsim's terms, which have no empty field; None if no day matches."""
    if day.numbers and weekday.numbers:
        return day, weekday
    if day.star or weekday.star or not (day.numbers or weekday.numbers):
        return None
    # Either may match, and one matches nothing: the other one decides alone.
    return (day, _ANY) if day.numbers else (_ANY, weekday)


def _field(text: str, bounds: _Bounds) -> _Field:
    ranges = [_range(part, bounds) for part in text.split(",") if part]
    return _Field(numbers=frozenset().union(*(part.numbers for part in ranges)), star=any(part.star for part in ranges))


def _range(text: str, bounds: _Bounds) -> _Field:
    extent, *steps = text.split("/")
    first, *last = extent.split("-")
    step = _step(steps)
    star = first in {"*", "?"}
    if star:
        # What follows a star and a hyphen is not looked at.
        start, end = bounds.low, bounds.high
    else:
        start = _number(first, bounds)
        end = _end(start, last, bounds, stepped=bool(steps))
    if not bounds.low <= start <= end <= bounds.high:
        raise ScheduleError(f"{text[:32]!r} is not within {bounds.low}-{bounds.high}")
    return _Field(numbers=frozenset(range(start, end + 1, step)), star=star and step == 1)


def _step(steps: list[str]) -> int:
    if len(steps) > 1:
        raise ScheduleError("a range has more than one step")
    step = _number(steps[0], None) if steps else 1
    if step == 0:
        raise ScheduleError("a step is zero")
    return step


def _end(start: int, last: list[str], bounds: _Bounds, *, stepped: bool) -> int:
    if len(last) > 1:
        raise ScheduleError("a range has more than two ends")
    if last:
        return _number(last[0], bounds)
    # A single number with a step goes on to the end of the field.
    return bounds.high if stepped else start


def _number(text: str, bounds: _Bounds | None) -> int:
    if bounds is not None and text.lower() in bounds.names:
        return bounds.low + bounds.names.index(text.lower())
    found = _NUMBER.fullmatch(text)
    if found is None or int(found.group(1)) > _MAX_NUMBER:
        raise ScheduleError(f"{text[:32]!r} is not a number that can stand here")
    return int(found.group(1))
