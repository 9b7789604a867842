"""Go's `time.Time`: a moment, and the place where it is looked at.

Source: Go, package time, Time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from bulkhead_templating.functions import Function
from bulkhead_templating.gotime.calendar import SECONDS_PER_DAY, date_of, days_of, seconds_within_range
from bulkhead_templating.gotime.durations import SECOND_NS, TimeDuration
from bulkhead_templating.gotime.formatting import Shown, formatted
from bulkhead_templating.gotime.zones import NIL_LOCATION, UTC, Location
from bulkhead_templating.kinds import GoType, Kind
from bulkhead_templating.numbers import Int64, Uint64, wrapped
from bulkhead_templating.values import GoObject

_PRINTED: Final = "2006-01-02 15:04:05.999999999 -0700 MST"
_RFC_3339_NANO: Final = "2006-01-02T15:04:05.999999999Z07:00"
_LONGEST: Final = (1 << 63) - 1


class TimeJsonError(ValueError):
    """A moment cannot be told in RFC 3339; the message is Go's."""


@dataclass(frozen=True, slots=True)
class Time(GoObject):
    """A moment."""

    go_type: ClassVar[GoType] = GoType("time.Time", Kind.STRUCT)

    unix_s: int
    """Since 1970, UTC."""
    nanosecond: int
    location: Location = UTC
    monotonic_ns: int | None = None
    """What the clock that never goes back shows, which `now` has; None for the rest."""

    def go_text(self) -> str:
        """Give the form that Go prints."""
        text = self.format(_PRINTED)
        if self.monotonic_ns is None:
            return text
        seconds, rest = divmod(abs(self.monotonic_ns), SECOND_NS)
        return f"{text} m={'-' if self.monotonic_ns < 0 else '+'}{seconds}.{rest:09d}"

    def go_source(self) -> str:
        """Give what Go prints for `%#v`."""
        # The table of methods needs the class, so it cannot be above it.
        from bulkhead_templating.gotime.methods import go_string

        return go_string(self)

    def go_fields(self) -> Mapping[str, object]:
        """Give the fields, all of them unexported: templates can only be told so."""
        place = NIL_LOCATION if self.location is UTC else self.location
        return {"wall": Uint64(self.nanosecond), "ext": Int64.wrap(self.unix_s - ZERO.unix_s), "loc": place}

    def go_method(self, name: str) -> Function | None:
        """Give a method."""
        # The table needs the class, so it cannot be above it.
        from bulkhead_templating.gotime.methods import method_of

        return method_of(self, name)

    def go_json(self) -> str:
        """Give the moment as JSON does.

        Raises:
            TimeJsonError: RFC 3339 has no form for it.
        """
        shown = self.shown()
        if not 0 <= shown.date.year <= 9_999:
            raise TimeJsonError("Time.MarshalJSON: year outside of range [0,9999]")
        if abs(shown.offset.seconds) // 3600 > 23:
            raise TimeJsonError("Time.MarshalJSON: timezone hour outside of range [0,23]")
        return f'"{formatted(shown, _RFC_3339_NANO)}"'

    def format(self, layout: str) -> str:
        """Write it by a layout."""
        return formatted(self.shown(), layout)

    def shown(self) -> Shown:
        """Give what clock and calendar show at its place."""
        offset = self.location.offset_at(self.unix_s)
        days, second = divmod(seconds_within_range(self.unix_s + offset.seconds), SECONDS_PER_DAY)
        return Shown(date=date_of(days), second_of_day=second, nanosecond=self.nanosecond, offset=offset)

    def at(self, location: Location) -> "Time":
        """Look at the same moment at another place."""
        return replace(self, location=location, monotonic_ns=None)

    def add(self, duration: int) -> "Time":
        """Go so many nanoseconds further."""
        seconds, nanosecond = divmod(self.nanosecond + duration, SECOND_NS)
        monotonic = None if self.monotonic_ns is None else self.monotonic_ns + duration
        return replace(self, unix_s=self.unix_s + seconds, nanosecond=nanosecond, monotonic_ns=monotonic)

    def since(self, other: "Time") -> TimeDuration:
        """Give the time from another moment to this one; the longest duration if it is longer."""
        nanoseconds = self.total_ns - other.total_ns
        return TimeDuration(max(-_LONGEST - 1, min(_LONGEST, nanoseconds)))

    def add_date(self, years: int, months: int, days: int) -> "Time":
        """Go further in the calendar; what a month lacks goes over into the next."""
        shown = self.shown()
        date = shown.date
        return moment(
            days_of(date.year + years, date.month + months, date.day + days) * SECONDS_PER_DAY + shown.second_of_day,
            self.nanosecond,
            self.location,
        )

    def to_multiple(self, duration: int, *, rounded: bool) -> "Time":
        """Round, or cut off, to a multiple of a duration since the year one."""
        bare = replace(self, monotonic_ns=None)
        if duration <= 0:
            return bare
        since_year_one = self.total_ns - ZERO.total_ns
        rest = since_year_one % duration
        if rounded and rest * 2 >= duration:
            return bare.add(duration - rest)
        return bare.add(-rest)

    @property
    def total_ns(self) -> int:
        """Nanoseconds since 1970."""
        return self.unix_s * SECOND_NS + self.nanosecond

    @property
    def wrapped_unix_s(self) -> int:
        """What Go's `Unix` gives."""
        return wrapped(self.unix_s)

    @property
    def is_zero(self) -> bool:
        """Whether it is the zero value."""
        return self.total_ns == ZERO.total_ns


def moment(local_s: int, nanosecond: int, location: Location) -> Time:
    """Make the moment at which the clock of a place shows something, given as seconds since 1970.

    Where clocks change, a moment that is shown twice or never becomes the one that Go takes.

    Source: Go, package time, Date.
    """
    offset = location.offset_at(local_s).seconds
    if offset:
        offset = location.offset_at(local_s - offset).seconds
    return Time(local_s - offset, nanosecond, location)


ZERO: Final = Time(days_of(1, 1, 1) * SECONDS_PER_DAY, 0)
