"""The elements of a layout, each read from the text of a date.

Source: Go, package time, `parse`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from bulkhead_templating.gotime.layout import MONTHS, WEEK_DAYS


class BadValueError(Exception):
    """The text is not what the element says."""


class RangeError(Exception):
    """A number is too large."""

    def __init__(self, what: str) -> None:
        """Say of what."""
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class Found:
    """What was read so far."""

    year: int = 0
    month: int | None = None
    day: int | None = None
    year_day: int | None = None
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0
    afternoon: bool | None = None
    """True for PM, False for AM, None if neither was written."""
    is_utc: bool = False
    offset_s: int | None = None
    zone: str = ""
    """An abbreviation."""


_Reader: TypeAlias = Callable[[Found, str, str], str]
READERS: Final[dict[str, _Reader]] = {}
"""By element; `.` reads fractions. Each writes what it found and gives the rest of the text."""


def _reads(*elements: str) -> Callable[[_Reader], _Reader]:
    def declare(reader: _Reader) -> _Reader:
        READERS.update(dict.fromkeys(elements, reader))
        return reader

    return declare


def _number(text: str, *, is_fixed: bool, digits: int = 2) -> tuple[int, str]:
    """Read up to so many digits, exactly so many if it is fixed."""
    found = re.match(f"[0-9]{{1,{digits}}}", text)
    if found is None or (is_fixed and found.end() < digits):
        raise BadValueError
    return int(found.group()), text[found.end() :]


def _signed(text: str) -> int:
    if not re.fullmatch("[+-]?[0-9]+|[+-]", text):
        # Go reads a sign without digits as zero.
        raise BadValueError
    return int(text) if text[-1].isdigit() else 0


@_reads("06")
def _short_year(found: Found, text: str, _element: str) -> str:
    if len(text) < 2:
        raise BadValueError
    year = _signed(text[:2])
    found.year = year + (1900 if year >= 69 else 2000)
    return text[2:]


@_reads("2006")
def _year(found: Found, text: str, _element: str) -> str:
    if not re.match("[0-9]{4}", text):
        raise BadValueError
    found.year = int(text[:4])
    return text[4:]


def _named(names: tuple[str, ...], text: str) -> tuple[int, str]:
    for position, name in enumerate(names):
        if text[: len(name)].lower() == name.lower():
            return position, text[len(name) :]
    raise BadValueError


@_reads("January", "Jan")
def _month_name(found: Found, text: str, element: str) -> str:
    month, rest = _named(MONTHS if element == "January" else tuple(name[:3] for name in MONTHS), text)
    found.month = month + 1
    return rest


@_reads("Monday", "Mon")
def _week_day(_found: Found, text: str, element: str) -> str:
    return _named(WEEK_DAYS if element == "Monday" else tuple(name[:3] for name in WEEK_DAYS), text)[1]


@_reads("1", "01")
def _month(found: Found, text: str, element: str) -> str:
    found.month, rest = _number(text, is_fixed=element == "01")
    if not 1 <= found.month <= 12:
        raise RangeError("month")
    return rest


@_reads("2", "_2", "02")
def _day(found: Found, text: str, element: str) -> str:
    found.day, rest = _number(text.removeprefix(" ") if element == "_2" else text, is_fixed=element == "02")
    return rest


@_reads("__2", "002")
def _year_day(found: Found, text: str, element: str) -> str:
    if element == "__2":
        text = text.removeprefix(" ").removeprefix(" ")
    found.year_day, rest = _number(text, is_fixed=element == "002", digits=3)
    return rest


@_reads("15", "3", "03")
def _hour(found: Found, text: str, element: str) -> str:
    found.hour, rest = _number(text, is_fixed=element == "03")
    if found.hour > (23 if element == "15" else 12):
        raise RangeError("hour")
    return rest


@_reads("4", "04")
def _minute(found: Found, text: str, element: str) -> str:
    found.minute, rest = _number(text, is_fixed=element == "04")
    if found.minute > 59:
        raise RangeError("minute")
    return rest


@_reads("5", "05")
def _second(found: Found, text: str, element: str) -> str:
    found.second, rest = _number(text, is_fixed=element == "05")
    if found.second > 59:
        raise RangeError("second")
    return rest


@_reads("PM", "pm")
def _half(found: Found, text: str, element: str) -> str:
    if text[:2] == element:
        found.afternoon = True
    elif text[:2] == ("AM" if element == "PM" else "am"):
        # Both may stand in one layout; the afternoon wins.
        found.afternoon = bool(found.afternoon)
    else:
        raise BadValueError
    return text[2:]


@_reads(".")
def _fraction(found: Found, text: str, element: str) -> str:
    digits = re.match("[.,]([0-9]+)", text)
    if element[1] == "9":
        return fraction_after_second(found, text)
    width = len(element)
    if len(text) < width or text[0] not in ".," or digits is None or digits.end() < width:
        raise BadValueError
    found.nanosecond = _nanoseconds(text[1:width])
    return text[width:]


def fraction_after_second(found: Found, text: str) -> str:
    """Read a fraction if there is one, which may follow seconds even if the layout has none."""
    digits = re.match("[.,]([0-9]+)", text)
    if digits is None:
        return text
    found.nanosecond = _nanoseconds(digits[1])
    return text[digits.end() :]


def _nanoseconds(digits: str) -> int:
    return int(digits[:9].ljust(9, "0"))


_OFFSETS: Final = {
    "-0700": "([+-])(..)(..)()",
    "-07:00": "([+-])(..):(..)()",
    "-07": "([+-])(..)()()",
    "-070000": "([+-])(..)(..)(..)",
    "-07:00:00": "([+-])(..):(..):(..)",
}


@_reads(*_OFFSETS, *(element.replace("-", "Z") for element in _OFFSETS))
def _offset(found: Found, text: str, element: str) -> str:
    if element[0] == "Z" and text[:1] == "Z":
        found.is_utc = True
        return text[1:]
    parts = re.match(_OFFSETS["-" + element[1:]].replace("[+-]", "."), text, re.DOTALL)
    if parts is None:
        raise BadValueError
    numbers = [part or "00" for part in parts.groups()[1:]]
    values = _leading_numbers(numbers)
    for value, limit, what in zip(values, (24, 60, 60), ("hour", "minute", "second"), strict=False):
        if value > limit:
            raise RangeError(f"time zone offset {what}")
    if len(values) < len(numbers) or parts[1] not in "+-":
        raise BadValueError
    hours, minutes, seconds = values
    found.offset_s = ((hours * 60 + minutes) * 60 + seconds) * (-1 if parts[1] == "-" else 1)
    # Go takes this very offset for none.
    if found.offset_s == -1:
        found.offset_s = None
    return text[parts.end() :]


def _leading_numbers(parts: list[str]) -> list[int]:
    """Read numbers of two digits up to the first that is none."""
    numbers = []
    for part in parts:
        if not re.fullmatch("[0-9]{2}", part):
            break
        numbers.append(int(part))
    return numbers


_ABBREVIATION: Final = re.compile("ChST|MeST|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z])")
_SIGNED_HOURS: Final = re.compile("[+-]0*(?:2[0-3]|1[0-9]|[0-9])(?![0-9])")


@_reads("MST")
def _zone(found: Found, text: str, _element: str) -> str:
    if text[:3] == "UTC":
        found.is_utc = True
        return text[3:]
    if text[:3] == "GMT":
        hours = _SIGNED_HOURS.match(text, 3)
        end = hours.end() if hours else 3
    elif text[:1] in ("+", "-") and len(text) >= 3:
        signed = _SIGNED_HOURS.match(text)
        end = signed.end() if signed else 0
    else:
        name = _ABBREVIATION.match(text)
        end = name.end() if name else 0
    if not end:
        raise BadValueError
    found.zone = text[:end]
    return text[end:]
