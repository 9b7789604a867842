"""The calendar of Go's package time: Gregorian at all times, with a year zero and years before it.

Python's `datetime` knows the years 1 to 9999 alone, and a template may make others.

Source: Go, package time, `absSeconds`.
"""

from dataclasses import dataclass
from typing import Final

SECONDS_PER_DAY: Final = 86_400
_DAYS_PER_ERA: Final = 146_097
"""Of 400 years, after which the calendar begins anew."""
_DAYS_TO_1970: Final = 719_468
"""From March 1st of the year zero."""
# Go counts from March 1st of a year so early that 64 bits without a sign are enough; what is beyond them wraps around.
_ORIGIN_S: Final = 62_135_596_800 + (292_277_022_400 // 400 * _DAYS_PER_ERA + 306) * SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar."""

    year: int
    month: int
    """One to twelve."""
    day: int
    year_day: int
    """Counted from one."""
    week_day: int
    """Zero is Sunday."""


def date_of(days: int) -> Date:
    """Give the date of a day, counted from 1970-01-01."""
    era, of_era = divmod(days + _DAYS_TO_1970, _DAYS_PER_ERA)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    from_march = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * from_march + 2) // 153
    day = from_march - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (month <= 2)
    return Date(year, month, day, days - days_of(year, 1, 1) + 1, (days + 4) % 7)


def days_of(year: int, month: int, day: int) -> int:
    """Give the day of a date, counted from 1970-01-01; months and days beyond their range count on, as in Go."""
    years, month_from_zero = divmod(month - 1, 12)
    year, month = year + years, month_from_zero + 1
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    from_march = (153 * ((month + 9) % 12) + 2) // 5
    of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + from_march
    return era * _DAYS_PER_ERA + of_era - _DAYS_TO_1970 + day - 1


def is_leap(year: int) -> bool:
    """Say whether a year has a February 29th."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year: int, month: int) -> int:
    """Give the number of days of a month."""
    return days_of(year, month + 1, 1) - days_of(year, month, 1)


def iso_week(date: Date) -> tuple[int, int]:
    """Give the year and the week by ISO 8601."""
    thursday = date_of(days_of(date.year, date.month, date.day) + 3 - (date.week_day + 6) % 7)
    return thursday.year, (thursday.year_day - 1) // 7 + 1


def seconds_within_range(seconds: int) -> int:
    """Wrap seconds since 1970 around where Go's do, when they are turned into a date."""
    return (seconds + _ORIGIN_S) % (1 << 64) - _ORIGIN_S
