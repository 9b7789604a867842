"""Dates as text, by a layout of Go.

Source: Go, package time, Time.Format.
"""

from dataclasses import dataclass
from typing import Final

from bulkhead_templating.gotime.calendar import Date
from bulkhead_templating.gotime.layout import MONTHS, WEEK_DAYS, chunks
from bulkhead_templating.gotime.zones import Offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a clock with a calendar shows at a place."""

    date: Date
    second_of_day: int
    nanosecond: int
    offset: Offset

    @property
    def hour(self) -> int:
        """Zero to 23."""
        return self.second_of_day // 3600

    @property
    def minute(self) -> int:
        """Zero to 59."""
        return self.second_of_day // 60 % 60

    @property
    def second(self) -> int:
        """Zero to 59."""
        return self.second_of_day % 60


def formatted(shown: Shown, layout: str) -> str:
    """Write a date."""
    return "".join(chunk.literal + _element(shown, chunk.element) for chunk in chunks(layout))


def padded(number: int, width: int) -> str:
    """Write a number with zeros before it, which a sign does not count among."""
    return f"{'-' if number < 0 else ''}{abs(number):0{width}d}"


def _element(shown: Shown, element: str) -> str:
    if not element:
        return ""
    if element[0] in ".,":
        return _fraction(shown.nanosecond, element)
    if element == "MST":
        return shown.offset.abbreviation or _offset(shown.offset.seconds, "-0700")
    if element[0] in "-Z":
        return _offset(shown.offset.seconds, element)
    if element in _CLOCK:
        return _clock_element(shown, element)
    return _date_element(shown.date, element)


def _clock_element(shown: Shown, element: str) -> str:
    if element in ("PM", "pm"):
        half = "PM" if shown.hour >= 12 else "AM"
        return half if element == "PM" else half.lower()
    number = {
        "15": shown.hour,
        "03": shown.hour % 12 or 12,
        "04": shown.minute,
        "05": shown.second,
    }[_CLOCK[element]]
    return str(number) if len(element) == 1 else f"{number:02d}"


_CLOCK: Final = {
    "15": "15", "3": "03", "03": "03", "4": "04", "04": "04", "5": "05", "05": "05", "PM": "PM", "pm": "pm",
}  # fmt: skip
"""Elements that show a part of the time, with that of two digits."""


def _date_element(date: Date, element: str) -> str:
    match element:
        case "2006":
            return padded(date.year, 4)
        case "06":
            return f"{abs(date.year) % 100:02d}"
        case "01" | "1":
            return f"{date.month:02d}" if element == "01" else str(date.month)
        case "02" | "2":
            return f"{date.day:02d}" if element == "02" else str(date.day)
        case "_2":
            return f"{date.day:2d}"
        case "002" | "__2":
            return f"{date.year_day:03d}" if element == "002" else f"{date.year_day:3d}"
        case _:
            return _name(date, element)


def _name(date: Date, element: str) -> str:
    name = MONTHS[date.month - 1] if element[0] == "J" else WEEK_DAYS[date.week_day]
    return name if element in ("January", "Monday") else name[:3]


def _offset(seconds: int, element: str) -> str:
    if element[0] == "Z" and seconds == 0:
        return "Z"
    # Go divides towards zero, and looks for the sign after it.
    minutes = abs(seconds) // 60
    sign = "-" if seconds < 0 and minutes else "+"
    colon = ":" if ":" in element else ""
    parts = [f"{minutes // 60:02d}"]
    if len(element) > 3:
        parts.append(f"{minutes % 60:02d}")
    if len(element) > 6:
        # What is below a minute keeps its own sign, as in Go.
        rest = abs(seconds) % 60 if sign == "-" or seconds >= 0 else -(abs(seconds) % 60)
        parts.append(padded(rest, 2))
    return sign + colon.join(parts)


def _fraction(nanosecond: int, element: str) -> str:
    if element[1] == "9" and nanosecond == 0:
        return ""
    text = element[0] + f"{nanosecond:09d}"[: len(element) - 1]
    return text.rstrip("0").removesuffix(element[0]) if element[1] == "9" else text
