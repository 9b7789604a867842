"""The functions of sprig for dates and durations.

Source: sprig 3.3, date.go.
"""

import re
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.gotime import zones
from bulkhead_templating.gotime.durations import SECOND_NS, DurationFormatError, TimeDuration, parse_duration, rounded
from bulkhead_templating.gotime.layout import charge_for_layout
from bulkhead_templating.gotime.moment import ZERO, Time
from bulkhead_templating.gotime.parsing import DateFormatError, parse
from bulkhead_templating.kinds import ANY, STRING
from bulkhead_templating.numbers import Int32, Int64, wrapped

FUNCTIONS: Final = FunctionMap()

_DAY: Final = "2006-01-02"
# Each element of a layout copies what is left of the text.
_BYTES_READ_PER_UNIT: Final = 16
_LARGEST: Final = (1 << 63) - 1
_SPANS: Final = (
    ("y", 365 * 86_400 * SECOND_NS),
    ("mo", 30 * 86_400 * SECOND_NS),
    ("d", 86_400 * SECOND_NS),
    ("h", 3_600 * SECOND_NS),
    ("m", 60 * SECOND_NS),
    ("s", SECOND_NS),
)


@FUNCTIONS.function("now", returns=Time.go_type, with_environment=True)
def now(environment: Environment) -> Time:
    """Give the moment of the render."""
    seconds, nanosecond = divmod(environment.now_ns, SECOND_NS)
    return Time(seconds, nanosecond, zones.local(environment.local_zone), monotonic_ns=0)


@FUNCTIONS.function("date", STRING, ANY, returns=STRING, with_environment=True)
def date(environment: Environment, layout: str, when: object) -> str:
    """Write a date in the local zone."""
    return _written(environment, layout, when, "Local")


@FUNCTIONS.function("dateInZone", STRING, ANY, STRING, returns=STRING, with_environment=True)
@FUNCTIONS.function("date_in_zone", STRING, ANY, STRING, returns=STRING, with_environment=True)
def date_in_zone(environment: Environment, layout: str, when: object, zone: str) -> str:
    """Write a date in a zone; in UTC if there is no such zone."""
    return _written(environment, layout, when, zone)


@FUNCTIONS.function("htmlDate", ANY, returns=STRING, with_environment=True)
def html_date(environment: Environment, when: object) -> str:
    """Write a day as date pickers of HTML want it."""
    return _written(environment, _DAY, when, "Local")


@FUNCTIONS.function("htmlDateInZone", ANY, STRING, returns=STRING, with_environment=True)
def html_date_in_zone(environment: Environment, when: object, zone: str) -> str:
    """Write the day that it is in a zone."""
    return _written(environment, _DAY, when, zone)


@FUNCTIONS.function("dateModify", STRING, Time.go_type, returns=Time.go_type, with_environment=True)
@FUNCTIONS.function("date_modify", STRING, Time.go_type, returns=Time.go_type, with_environment=True)
def date_modify(environment: Environment, duration: str, when: Time) -> Time:
    """Move a date by a duration; what is no duration does not move it."""
    try:
        return when.add(_read_duration(environment, duration))
    except DurationFormatError:
        return when


@FUNCTIONS.function("mustDateModify", STRING, Time.go_type, returns=Time.go_type, with_environment=True)
@FUNCTIONS.function("must_date_modify", STRING, Time.go_type, returns=Time.go_type, with_environment=True)
def must_date_modify(environment: Environment, duration: str, when: Time) -> Time:
    """Move a date by a duration."""
    try:
        return when.add(_read_duration(environment, duration))
    except DurationFormatError as error:
        raise TemplateFunctionError(str(error)) from error


@FUNCTIONS.function("toDate", STRING, STRING, returns=Time.go_type, with_environment=True)
def to_date(environment: Environment, layout: str, text: str) -> Time:
    """Read a date; what is none gives the zero date."""
    try:
        return _read_date(environment, layout, text)
    except DateFormatError:
        return ZERO


@FUNCTIONS.function("mustToDate", STRING, STRING, returns=Time.go_type, with_environment=True)
def must_to_date(environment: Environment, layout: str, text: str) -> Time:
    """Read a date."""
    try:
        return _read_date(environment, layout, text)
    except DateFormatError as error:
        raise TemplateFunctionError(str(error)) from error


@FUNCTIONS.function("unixEpoch", Time.go_type, returns=STRING)
def unix_epoch(when: Time) -> str:
    """Give the seconds since 1970."""
    return str(when.wrapped_unix_s)


@FUNCTIONS.function("ago", ANY, returns=STRING, with_environment=True)
def ago(environment: Environment, when: object) -> str:
    """Say how long ago a date is, to the second."""
    # Unlike `date`, the original takes no int32 here.
    since = now(environment).since(now(environment) if isinstance(when, Int32) else _moment(environment, when))
    return TimeDuration(rounded(since, SECOND_NS)).go_text()


@FUNCTIONS.function("duration", ANY, returns=STRING)
def duration_of(seconds: object) -> str:
    """Write a number of seconds as a duration; only text and int64 count."""
    number = 0
    if type(seconds) is Int64:
        number = int(seconds)
    elif isinstance(seconds, str):
        number = _int64(seconds)
    return TimeDuration(wrapped(number * SECOND_NS)).go_text()


@FUNCTIONS.function("durationRound", ANY, returns=STRING, with_environment=True)
def duration_round(environment: Environment, duration: object) -> str:
    """Write a duration, or the age of a date, in its largest unit."""
    nanoseconds = abs(_nanoseconds(environment, duration))
    for unit, size in _SPANS:
        if nanoseconds > size:
            return f"{nanoseconds // size}{unit}"
    return "0s"


def _read_date(environment: Environment, layout: str, text: str) -> Time:
    meter = environment.meter
    meter.allocate(len(layout) * len(text) // _BYTES_READ_PER_UNIT)
    # Both are read byte by byte, and quoted where one does not fit the other.
    meter.take_apart(layout)
    meter.take_apart(text)
    meter.walk(3 * (len(layout) + len(text)))
    return parse(layout, text, location=zones.local(environment.local_zone))


def _read_duration(environment: Environment, text: str) -> TimeDuration:
    # What is none is quoted byte by byte.
    environment.meter.take_apart(text)
    environment.meter.walk(2 * len(text))
    return parse_duration(text)


def _nanoseconds(environment: Environment, duration: object) -> int:
    if isinstance(duration, Time):
        return int(now(environment).since(duration))
    if isinstance(duration, str):
        try:
            return int(_read_duration(environment, duration))
        except DurationFormatError:
            return 0
    return int(duration) if type(duration) is Int64 else 0


def _written(environment: Environment, layout: str, when: object, zone: str) -> str:
    try:
        location = zones.load(zone, local_zone=environment.local_zone)
    except zones.UnknownZoneError:
        location = zones.UTC
    charge_for_layout(layout, environment.meter)
    text = _moment(environment, when).at(location).format(layout)
    environment.meter.allocate(len(text))
    return text


def _moment(environment: Environment, when: object) -> Time:
    """Give a date or seconds since 1970; anything else is now."""
    if isinstance(when, Time):
        return when
    if type(when) in (int, Int64, Int32) and isinstance(when, int):
        return Time(int(when), 0, zones.local(environment.local_zone))
    return now(environment)


def _int64(text: str) -> int:
    """Read a number as Go's ParseInt does, which gives the nearest that fits, and zero for what is no number."""
    if not re.fullmatch("[+-]?[0-9]+", text):
        return 0
    digits = text.lstrip("+-").lstrip("0")
    number = int(digits or "0") if len(digits) < 20 else _LARGEST + 1
    return max(-number, -_LARGEST - 1) if text[0] == "-" else min(number, _LARGEST)
