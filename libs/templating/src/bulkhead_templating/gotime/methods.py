"""The methods of Go's `time.Time` that templates can call, and the two named numbers that they give.

What gives several values (`Date`, `Clock`, `ISOWeek`, `Zone`) is refused by text/template. What is not here: forms of
a date as bytes (`MarshalBinary`, `AppendFormat` and their like), which no template has a use for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from bulkhead_templating import kinds
from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import Function
from bulkhead_templating.gotime.layout import MONTHS, WEEK_DAYS, charge_for_layout
from bulkhead_templating.gotime.zones import UTC, Location, local
from bulkhead_templating.kinds import GoType, Kind
from bulkhead_templating.numbers import Duration, Int64
from bulkhead_templating.values import GoObject

if TYPE_CHECKING:
    from bulkhead_templating.gotime.moment import Time


class _Named(Int64, GoObject):
    """An int with a name, whose text is a word."""

    __slots__ = ()
    words: ClassVar[tuple[str, ...]]
    first: ClassVar[int]

    def go_text(self) -> str:
        """Give the word."""
        return self.words[int(self) - self.first]

    def go_method(self, name: str) -> Function | None:
        """Give the one method that there is."""
        return Function(name=name, call=self.go_text, returns=kinds.STRING) if name == "String" else None


class Month(_Named):
    """Go's time.Month."""

    __slots__ = ()
    go_type = GoType("time.Month", Kind.INT)
    words = MONTHS
    first = 1


class Weekday(_Named):
    """Go's time.Weekday."""

    __slots__ = ()
    go_type = GoType("time.Weekday", Kind.INT)
    words = WEEK_DAYS
    first = 0


@dataclass(frozen=True, slots=True)
class _Method:
    call: Callable[..., object]
    returns: GoType
    parameters: tuple[GoType, ...] = ()


def method_of(moment: "Time", name: str) -> Function | None:
    """Give a method bound to a moment."""
    if name == "Local":
        return Function(
            name=name,
            call=lambda environment: moment.at(local(environment.local_zone)),
            returns=_TIME,
            with_environment=True,
        )
    if name in _REFUSED:
        return Function(name=name, call=moment.go_text, refusal=_REFUSED[name])
    method = _METHODS.get(name)
    if method is None:
        return None

    def call(environment: Environment, *arguments: object) -> object:
        for argument in arguments:
            if isinstance(argument, str):
                charge_for_layout(argument, environment.meter)
        return method.call(moment, *arguments)

    return Function(name=name, call=call, parameters=method.parameters, returns=method.returns, with_environment=True)


def _json(moment: "Time") -> bytes:
    try:
        return moment.go_json().encode()
    except ValueError as error:
        raise TemplateFunctionError(str(error)) from error


def _text(moment: "Time") -> bytes:
    try:
        return moment.go_json()[1:-1].encode()
    except ValueError as error:
        raise TemplateFunctionError(str(error).replace("MarshalJSON", "MarshalText")) from error


def go_string(moment: "Time") -> str:
    """Give the Go that makes the moment."""
    shown = moment.shown()
    date = shown.date
    place = f'time.Location("{moment.location.name}")'
    if moment.location.is_local:
        place = "time.Local"
    elif moment.location is UTC:
        place = "time.UTC"
    return (
        f"time.Date({date.year}, time.{MONTHS[date.month - 1]}, {date.day}, {shown.hour}, {shown.minute}, "
        f"{shown.second}, {moment.nanosecond}, {place})"
    )


_DURATION: Final = Duration.go_type
_TIME: Final = GoType("time.Time", Kind.STRUCT)
_MONTH, _WEEKDAY, _LOCATION = Month.go_type, Weekday.go_type, Location.go_type
_INT, _INT64, _BOOL, _STRING = kinds.INT, kinds.INT64, kinds.BOOL, kinds.STRING

_SECOND: Final = "invalid function signature for {}: second return value should be error; is {}"
_REFUSED: Final = {
    "Date": "function Date has 3 return values; should be 1 or 2",
    "Clock": "function Clock has 3 return values; should be 1 or 2",
    "ISOWeek": _SECOND.format("ISOWeek", "int"),
    "Zone": _SECOND.format("Zone", "int"),
    "ZoneBounds": _SECOND.format("ZoneBounds", "time.Time"),
}
_METHODS: Final[dict[str, _Method]] = {
    "String": _Method(lambda t: t.go_text(), _STRING),
    "GoString": _Method(go_string, _STRING),
    "Format": _Method(lambda t, layout: t.format(layout), _STRING, (_STRING,)),
    "MarshalJSON": _Method(_json, kinds.BYTES),
    "MarshalText": _Method(_text, kinds.BYTES),
    "Unix": _Method(lambda t: Int64.wrap(t.unix_s), _INT64),
    "UnixMilli": _Method(lambda t: Int64.wrap(t.total_ns // 1_000_000), _INT64),
    "UnixMicro": _Method(lambda t: Int64.wrap(t.total_ns // 1_000), _INT64),
    "UnixNano": _Method(lambda t: Int64.wrap(t.total_ns), _INT64),
    "Year": _Method(lambda t: t.shown().date.year, _INT),
    "Month": _Method(lambda t: Month(t.shown().date.month), _MONTH),
    "Day": _Method(lambda t: t.shown().date.day, _INT),
    "YearDay": _Method(lambda t: t.shown().date.year_day, _INT),
    "Weekday": _Method(lambda t: Weekday(t.shown().date.week_day), _WEEKDAY),
    "Hour": _Method(lambda t: t.shown().hour, _INT),
    "Minute": _Method(lambda t: t.shown().minute, _INT),
    "Second": _Method(lambda t: t.shown().second, _INT),
    "Nanosecond": _Method(lambda t: t.nanosecond, _INT),
    "IsDST": _Method(lambda t: t.shown().offset.daylight_saving, _BOOL),
    "IsZero": _Method(lambda t: t.is_zero, _BOOL),
    "UTC": _Method(lambda t: t.at(UTC), _TIME),
    "Location": _Method(lambda t: t.location, _LOCATION),
    "In": _Method(lambda t, location: t.at(location), _TIME, (_LOCATION,)),
    "Add": _Method(lambda t, duration: t.add(int(duration)), _TIME, (_DURATION,)),
    "AddDate": _Method(lambda t, y, m, d: t.add_date(y, m, d), _TIME, (_INT, _INT, _INT)),
    "Sub": _Method(lambda t, other: t.since(other), _DURATION, (_TIME,)),
    "Round": _Method(lambda t, duration: t.to_multiple(int(duration), rounded=True), _TIME, (_DURATION,)),
    "Truncate": _Method(lambda t, duration: t.to_multiple(int(duration), rounded=False), _TIME, (_DURATION,)),
    "After": _Method(lambda t, other: t.total_ns > other.total_ns, _BOOL, (_TIME,)),
    "Before": _Method(lambda t, other: t.total_ns < other.total_ns, _BOOL, (_TIME,)),
    "Equal": _Method(lambda t, other: t.total_ns == other.total_ns, _BOOL, (_TIME,)),
    "Compare": _Method(lambda t, other: (t.total_ns > other.total_ns) - (t.total_ns < other.total_ns), _INT, (_TIME,)),
}
