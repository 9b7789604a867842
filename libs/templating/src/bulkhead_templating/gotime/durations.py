"""Go's `time.Duration`: reading one, and the methods that templates can call.

Source: Go, package time, ParseDuration and the methods of Duration.
"""

import re
from collections.abc import Callable
from typing import Final

from bulkhead_templating import kinds
from bulkhead_templating.byte_text import one_byte_each
from bulkhead_templating.functions import Function
from bulkhead_templating.gotime.layout import quoted
from bulkhead_templating.kinds import GoType
from bulkhead_templating.numbers import Duration, Int64, wrapped

SECOND_NS: Final = 1_000_000_000
_LIMIT: Final = 1 << 63
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
}
_PART: Final = re.compile(r"([0-9]*+)(?:\.([0-9]*+))?([^.0-9]*+)")


class DurationFormatError(ValueError):
    """A text is no duration; the message is Go's."""


class TimeDuration(Duration):
    """A duration with its methods."""

    __slots__ = ()

    def go_method(self, name: str) -> Function | None:
        """Give a method; none of them changes the duration."""
        nanoseconds = int(self)
        plain: dict[str, tuple[GoType, Callable[..., object]]] = {
            "String": (kinds.STRING, self.go_text),
            "Nanoseconds": (kinds.INT64, lambda: Int64(nanoseconds)),
            "Microseconds": (kinds.INT64, lambda: Int64(_quotient(nanoseconds, 1_000))),
            "Milliseconds": (kinds.INT64, lambda: Int64(_quotient(nanoseconds, 1_000_000))),
            "Seconds": (kinds.FLOAT64, lambda: _in_unit(nanoseconds, SECOND_NS, 1)),
            "Minutes": (kinds.FLOAT64, lambda: _in_unit(nanoseconds, 60 * SECOND_NS, 60)),
            "Hours": (kinds.FLOAT64, lambda: _in_unit(nanoseconds, 3_600 * SECOND_NS, 3_600)),
            "Abs": (Duration.go_type, lambda: TimeDuration(min(abs(nanoseconds), _LIMIT - 1))),
        }
        if name in plain:
            returns, call = plain[name]
            return Function(name=name, call=call, returns=returns)
        steps = {"Round": rounded, "Truncate": truncated}
        if name not in steps:
            return None
        step = steps[name]
        return Function(
            name=name,
            call=lambda unit: TimeDuration(step(nanoseconds, int(unit))),
            parameters=(Duration.go_type,),
            returns=Duration.go_type,
        )


def truncated(nanoseconds: int, unit: int) -> int:
    """Round towards zero to a multiple of a unit; a unit of zero or less changes nothing."""
    return nanoseconds if unit <= 0 else _quotient(nanoseconds, unit) * unit


def rounded(nanoseconds: int, unit: int) -> int:
    """Round to the nearest multiple of a unit, halves away from zero; what is too large becomes the largest."""
    if unit <= 0:
        return nanoseconds
    whole, rest = divmod(abs(nanoseconds), unit)
    magnitude = (whole if rest * 2 < unit else whole + 1) * unit
    if nanoseconds < 0:
        return -magnitude if magnitude <= _LIMIT else -_LIMIT
    return min(magnitude, _LIMIT - 1)


def parse_duration(text: str) -> TimeDuration:
    """Read a duration, for example `1h30m`.

    Raises:
        DurationFormatError: it is none.
    """
    negative, rest = text[:1] == "-", text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return TimeDuration(0)
    if not rest:
        raise _refusal("invalid duration", text)
    total, position = 0, 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None or part.end() == position or rest[position] not in ".0123456789":
            raise _refusal("invalid duration", text)
        total += _nanoseconds(part, text)
        position = part.end()
        if total > _LIMIT:
            raise _refusal("invalid duration", text)
    if negative:
        return TimeDuration(wrapped(-total))
    if total >= _LIMIT:
        raise _refusal("invalid duration", text)
    return TimeDuration(total)


def _nanoseconds(part: re.Match[str], text: str) -> int:
    whole, fraction, name = part.groups()
    # What does not fit is refused before its unit is looked at, as in Go; a longer number must not be converted at all.
    if len(whole.lstrip("0")) > 19 or int(whole or "0") > _LIMIT or not (whole or fraction):
        raise _refusal("invalid duration", text)
    if not name:
        raise _refusal("missing unit in duration", text)
    if name not in _UNITS:
        raise _refusal(f"unknown unit {quoted(one_byte_each(name))} in duration", text)
    unit = _UNITS[name]
    value = int(whole or "0")
    if value > _LIMIT // unit:
        raise _refusal("invalid duration", text)
    digits, scale = _leading_fraction(fraction or "")
    nanoseconds = value * unit + int(float(digits) * (float(unit) / scale))
    if nanoseconds > _LIMIT:
        raise _refusal("invalid duration", text)
    return nanoseconds


def _leading_fraction(digits: str) -> tuple[int, float]:
    """Read as many digits as 63 bits hold, and what to divide them by."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > (_LIMIT - 1) // 10 or value * 10 + int(digit) > _LIMIT:
            break
        value, scale = value * 10 + int(digit), scale * 10
    return value, scale


def _refusal(problem: str, text: str) -> DurationFormatError:
    return DurationFormatError(f"time: {problem} {quoted(one_byte_each(text))}")


def _quotient(number: int, divisor: int) -> int:
    """Divide towards zero."""
    return -(-number // divisor) if number < 0 else number // divisor


def _in_unit(nanoseconds: int, unit: int, seconds: int) -> float:
    whole = _quotient(nanoseconds, unit)
    return float(whole) + float(nanoseconds - whole * unit) / (seconds * 1e9)
