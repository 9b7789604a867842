"""The elements of a layout that say a day or a time of day, each read from the text of a date.

Source: Go, package time, `parse`.
"""

import re
from typing import Final

from bulkhead_templating.gotime.found import BadValueError, Found, RangeError, Readers
from bulkhead_templating.gotime.layout import MONTHS, WEEK_DAYS

READERS: Final = Readers()


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


@READERS.reads("06")
def _short_year(found: Found, text: str, _element: str) -> str:
    if len(text) < 2:
        raise BadValueError
    year = _signed(text[:2])
    found.year = year + (1900 if year >= 69 else 2000)
    return text[2:]


@READERS.reads("2006")
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


@READERS.reads("January", "Jan")
def _month_name(found: Found, text: str, element: str) -> str:
    month, rest = _named(MONTHS if element == "January" else tuple(name[:3] for name in MONTHS), text)
    found.month = month + 1
    return rest


@READERS.reads("Monday", "Mon")
def _week_day(_found: Found, text: str, element: str) -> str:
    return _named(WEEK_DAYS if element == "Monday" else tuple(name[:3] for name in WEEK_DAYS), text)[1]


@READERS.reads("1", "01")
def _month(found: Found, text: str, element: str) -> str:
    found.month, rest = _number(text, is_fixed=element == "01")
    if not 1 <= found.month <= 12:
        raise RangeError("month")
    return rest


@READERS.reads("2", "_2", "02")
def _day(found: Found, text: str, element: str) -> str:
    found.day, rest = _number(text.removeprefix(" ") if element == "_2" else text, is_fixed=element == "02")
    return rest


@READERS.reads("__2", "002")
def _year_day(found: Found, text: str, element: str) -> str:
    if element == "__2":
        text = text.removeprefix(" ").removeprefix(" ")
    found.year_day, rest = _number(text, is_fixed=element == "002", digits=3)
    return rest


@READERS.reads("15", "3", "03")
def _hour(found: Found, text: str, element: str) -> str:
    found.hour, rest = _number(text, is_fixed=element == "03")
    if found.hour > (23 if element == "15" else 12):
        raise RangeError("hour")
    return rest


@READERS.reads("4", "04")
def _minute(found: Found, text: str, element: str) -> str:
    found.minute, rest = _number(text, is_fixed=element == "04")
    if found.minute > 59:
        raise RangeError("minute")
    return rest


@READERS.reads("5", "05")
def _second(found: Found, text: str, element: str) -> str:
    found.second, rest = _number(text, is_fixed=element == "05")
    if found.second > 59:
        raise RangeError("second")
    return rest


@READERS.reads("PM", "pm")
def _half(found: Found, text: str, element: str) -> str:
    if text[:2] == element:
        found.afternoon = True
    elif text[:2] == ("AM" if element == "PM" else "am"):
        # Both may stand in one layout; the afternoon wins.
        found.afternoon = bool(found.afternoon)
    else:
        raise BadValueError
    return text[2:]


@READERS.reads(".")
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
