"""Go's `*time.Location`: places with their offsets from UTC, by the database of the package tzdata.

The database of the machine is never looked at, so a template gives the same everywhere.

Source: Go, package time, LoadLocation and FixedZone.
"""

from dataclasses import dataclass, replace
from datetime import UTC as PYTHON_UTC
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from bulkhead_templating.functions import Function
from bulkhead_templating.gotime.calendar import SECONDS_PER_DAY, date_of, days_of
from bulkhead_templating.kinds import STRING, GoType, Kind
from bulkhead_templating.values import GoObject

_CYCLE_YEARS: Final = 400
_LAST_YEAR: Final = 9_998
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=PYTHON_UTC)


class UnknownZoneError(Exception):
    """There is no zone of that name."""


@dataclass(frozen=True, slots=True)
class Offset:
    """What holds at a place at a moment."""

    abbreviation: str
    seconds: int
    """East of UTC."""
    daylight_saving: bool = False


@dataclass(frozen=True, slots=True)
class Location(GoObject):
    """A place, or an offset that somebody wrote down."""

    go_type: ClassVar[GoType] = GoType("*time.Location", Kind.POINTER, GoType("time.Location", Kind.STRUCT))

    name: str
    rules: ZoneInfo | Offset
    is_local: bool = False
    """Whether it is the place of the process."""

    def go_text(self) -> str:
        """Give the name."""
        return self.name

    def go_method(self, name: str) -> Function | None:
        """Give the one method that there is."""
        return Function(name=name, call=self.go_text, returns=STRING) if name == "String" else None

    def offset_at(self, unix_s: int) -> Offset:
        """Give what holds at a moment."""
        if isinstance(self.rules, Offset):
            return self.rules
        there = (_EPOCH + timedelta(seconds=_within_python(unix_s))).astimezone(self.rules)
        offset, saving = there.utcoffset() or timedelta(), there.dst()
        return Offset(there.tzname() or "", int(offset.total_seconds()), daylight_saving=bool(saving))

    def offset_named(self, abbreviation: str, local_s: int) -> int | None:
        """Give the offset that an abbreviation means here, None if it means nothing.

        Args:
            abbreviation: for example `CEST`.
            local_s: what the clock on the wall shows, as seconds since 1970.
        """
        days = local_s // SECONDS_PER_DAY
        for shift in (0, 182, -182, 91, -91):
            near = self.offset_at((days + shift) * SECONDS_PER_DAY)
            if (
                near.abbreviation == abbreviation
                and self.offset_at(local_s - near.seconds).abbreviation == abbreviation
            ):
                return near.seconds
        for shift in (0, 182, -182, 91, -91):
            near = self.offset_at((days + shift) * SECONDS_PER_DAY)
            if near.abbreviation == abbreviation:
                return near.seconds
        return None


UTC: Final = Location("UTC", Offset("UTC", 0))
_LOCAL_UTC: Final = replace(UTC, is_local=True)


class _NilLocation(GoObject):
    """No pointer to a place, which is how a moment keeps UTC."""

    __slots__ = ()
    go_type: ClassVar[GoType] = Location.go_type
    is_nil = True


NIL_LOCATION: Final = _NilLocation()


def fixed(abbreviation: str, offset_s: int) -> Location:
    """Make a place that has always the same offset; an empty abbreviation shows as the offset."""
    return Location(abbreviation, Offset(abbreviation, offset_s))


def local(zone: str) -> Location:
    """Give the place that Go calls Local; it is UTC if the zone is not known."""
    if zone in ("", "UTC"):
        # A process that is told no zone calls it by the name of the zone that it falls back to.
        return _LOCAL_UTC
    try:
        return Location("Local", _rules(zone), is_local=True)
    except UnknownZoneError:
        return _LOCAL_UTC


def load(name: str, *, local_zone: str) -> Location:
    """Find a place by its name in the database.

    Args:
        name: for example `Europe/Berlin`; empty means UTC.
        local_zone: what `Local` means.

    Raises:
        UnknownZoneError: there is none.
    """
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return local(local_zone)
    return Location(name, _rules(name))


def _rules(name: str) -> ZoneInfo:
    if name not in _names():
        raise UnknownZoneError(f"unknown time zone {name}")
    return _read(name)


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


@cache
def _read(name: str) -> ZoneInfo:
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def _within_python(unix_s: int) -> int:
    """Give a moment that Python can tell, at which the same holds as at another one."""
    days, second = divmod(unix_s, SECONDS_PER_DAY)
    date = date_of(days)
    if date.year > _LAST_YEAR:
        year = _LAST_YEAR - _CYCLE_YEARS + 1 + (date.year - _LAST_YEAR - 1) % _CYCLE_YEARS
        return days_of(year, date.month, date.day) * SECONDS_PER_DAY + second
    # Before clocks had zones there are no changes to miss.
    return max(unix_s, -SECONDS_PER_DAY * 700_000)
