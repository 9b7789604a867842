"""Dates from text, by a layout of Go.

Everything here is about bytes, each a character (`one_byte_each`), as Go cuts text where it wants.

Source: Go, package time, ParseInLocation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.byte_text import one_byte_each, text_from_bytes_each
from bulkhead_templating.gotime import elements, zone_elements
from bulkhead_templating.gotime.calendar import SECONDS_PER_DAY, date_of, days_in, days_of, is_leap
from bulkhead_templating.gotime.found import BadValueError, Found, RangeError
from bulkhead_templating.gotime.layout import chunks, quoted
from bulkhead_templating.gotime.moment import Time, moment
from bulkhead_templating.gotime.zones import UTC, Location, fixed

_READERS: Final = elements.READERS | zone_elements.READERS
_FIRST_AFTER_FEBRUARY: Final = 60


class DateFormatError(ValueError):
    """A text is not as the layout says; the message is Go's."""


def parse(layout: str, text: str, *, location: Location) -> Time:
    """Read a date.

    Args:
        layout: what it looks like.
        text: the date.
        location: where it is if it does not say so; Go's Local.

    Raises:
        DateFormatError: it looks otherwise.
    """
    found, rest = _found(one_byte_each(layout), one_byte_each(text))

    def refusal(problem: str) -> DateFormatError:
        return DateFormatError(f"parsing time {quoted(one_byte_each(text))}: {problem}")

    if rest:
        raise refusal(f"extra text: {quoted(rest)}")
    month, day = _day(found, refusal)
    hour = found.hour
    if found.afternoon is not None:
        hour = hour + 12 if found.afternoon and hour < 12 else 0 if not found.afternoon and hour == 12 else hour
    local_s = days_of(found.year, month, day) * SECONDS_PER_DAY + hour * 3600 + found.minute * 60 + found.second
    return _placed(found, local_s, location)


def _found(layout: str, text: str) -> tuple[Found, str]:
    """Read all elements, in their order; what is left over is given too."""
    found, rest = Found(), text

    def refusal(at: str, element: str) -> DateFormatError:
        return DateFormatError(
            f"parsing time {quoted(text)} as {quoted(layout)}: cannot parse {quoted(at)} as {quoted(element)}"
        )

    all_chunks = list(chunks(layout))
    for position, chunk in enumerate(all_chunks):
        rest, matched = _without_prefix(rest, chunk.literal)
        if not matched:
            raise refusal(rest, chunk.literal)
        if not chunk.element:
            break
        hold = rest
        try:
            rest = _READERS["." if chunk.is_fraction else chunk.element](found, rest, chunk.element)
            if chunk.element in ("5", "05") and not all_chunks[position + 1].is_fraction:
                rest = elements.fraction_after_second(found, rest)
        except RangeError as error:
            raise DateFormatError(f"parsing time {quoted(text)}: {error.what} out of range") from error
        except BadValueError as error:
            raise refusal(hold, chunk.element) from error
    return found, rest


def _without_prefix(text: str, prefix: str) -> tuple[str, bool]:
    """Skip a literal, whose runs of spaces stand for any number of them; give what is left and whether it is there."""
    position = at = 0
    while at < len(prefix):
        if prefix[at] == " ":
            if position < len(text) and text[position] != " ":
                return text[position:], False
            at = _after_spaces(prefix, at)
            position = _after_spaces(text, position)
            continue
        if position >= len(text) or text[position] != prefix[at]:
            return text[position:], False
        position, at = position + 1, at + 1
    return text[position:], True


def _after_spaces(text: str, position: int) -> int:
    while position < len(text) and text[position] == " ":
        position += 1
    return position


@dataclass(frozen=True, slots=True)
class _MonthAndDay:
    month: int
    day: int


def _day(found: Found, refusal: Callable[[str], DateFormatError]) -> tuple[int, int]:
    month, day = found.month, found.day
    if found.year_day is not None:
        if not 1 <= found.year_day <= 365 + (is_leap(found.year)):
            raise refusal("day-of-year out of range")
        of_year = date_of(days_of(found.year, 1, 1) + found.year_day - 1)
        if month not in (None, of_year.month):
            raise refusal("day-of-year does not match month")
        if day not in (None, of_year.day):
            raise refusal("day-of-year does not match day")
        month, day = of_year.month, of_year.day
    month, day = 1 if month is None else month, 1 if day is None else day
    if not 1 <= day <= days_in(found.year, month):
        raise refusal("day out of range")
    return month, day


def _placed(found: Found, local_s: int, location: Location) -> Time:
    if found.is_utc:
        return Time(local_s, found.nanosecond, UTC)
    if found.offset_s is not None:
        unix_s = local_s - found.offset_s
        there = location.offset_at(unix_s)
        if there.seconds == found.offset_s and found.zone in ("", there.abbreviation):
            return Time(unix_s, found.nanosecond, location)
        return Time(unix_s, found.nanosecond, fixed(text_from_bytes_each(found.zone), found.offset_s))
    if found.zone:
        offset_s = location.offset_named(found.zone, local_s)
        if offset_s is not None:
            return Time(local_s - offset_s, found.nanosecond, location)
        hours = int(found.zone[3:]) if found.zone[:3] == "GMT" and len(found.zone) > 3 else 0
        # Go takes the offset for the place alone: the moment stays what the clock shows in UTC.
        return Time(local_s, found.nanosecond, fixed(found.zone, hours * 3600))
    return moment(local_s, found.nanosecond, location)
