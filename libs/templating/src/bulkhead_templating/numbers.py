"""Go's numbers of a given size; plain `int`, `float` and `complex` are int, float64 and complex128."""

import struct
from typing import ClassVar, Final, Self

from bulkhead_templating import kinds
from bulkhead_templating.functions import Function
from bulkhead_templating.kinds import GoType, Kind
from bulkhead_templating.values import GoObject


class SizedInt(int):
    """An integer of a size other than int's; `wrap` makes one of any number as Go's conversion does."""

    __slots__ = ()
    go_type: ClassVar[GoType]
    bits: ClassVar[int]
    signed: ClassVar[bool] = True

    @classmethod
    def wrap(cls, number: int) -> Self:
        """Keep the low bits, as Go does on overflow."""
        return cls(wrapped(number, cls.bits, signed=cls.signed))


class Int8(SizedInt):
    """Go's int8."""

    __slots__ = ()
    go_type = kinds.INT8
    bits = 8


class Int16(SizedInt):
    """Go's int16."""

    __slots__ = ()
    go_type = kinds.INT16
    bits = 16


class Int32(SizedInt):
    """Go's int32, which is also its rune."""

    __slots__ = ()
    go_type = kinds.INT32
    bits = 32


class Int64(SizedInt):
    """Go's int64."""

    __slots__ = ()
    go_type = kinds.INT64
    bits = 64


class Uint(SizedInt):
    """Go's uint, 64 bits."""

    __slots__ = ()
    go_type = kinds.UINT
    bits = 64
    signed = False


class Uint8(SizedInt):
    """Go's uint8, which is also its byte."""

    __slots__ = ()
    go_type = kinds.UINT8
    bits = 8
    signed = False


class Uint16(SizedInt):
    """Go's uint16."""

    __slots__ = ()
    go_type = kinds.UINT16
    bits = 16
    signed = False


class Uint32(SizedInt):
    """Go's uint32."""

    __slots__ = ()
    go_type = kinds.UINT32
    bits = 32
    signed = False


class Uint64(SizedInt):
    """Go's uint64."""

    __slots__ = ()
    go_type = kinds.UINT64
    bits = 64
    signed = False


class Float32(float):
    """Go's float32; the number is rounded when it is made."""

    __slots__ = ()
    go_type = kinds.FLOAT32

    def __new__(cls, number: float) -> Self:
        """Round to the nearest number of 32 bits."""
        return super().__new__(cls, rounded_to_32(number))


class Duration(Int64, GoObject):
    """Go's time.Duration: nanoseconds."""

    __slots__ = ()
    go_type = GoType("time.Duration", Kind.INT64)

    def go_method(self, name: str) -> Function | None:
        """Give the methods that take no arguments."""
        if name in _UNITS_NS:
            number = int(self) / _UNITS_NS[name]
            return Function(name=name, call=lambda: number, returns=kinds.FLOAT64)
        if name in _WHOLE_UNITS_NS:
            # Go's division goes towards zero.
            count = abs(int(self)) // _WHOLE_UNITS_NS[name]
            whole = Int64(-count if self < 0 else count)
            return Function(name=name, call=lambda: whole, returns=kinds.INT64)
        return super().go_method(name)

    def go_text(self) -> str:
        """Give the form that Go prints, for example `1h2m3.5s`."""
        nanoseconds = abs(int(self))
        sign = "-" if self < 0 else ""
        if nanoseconds < _SECOND_NS:
            return sign + _below_a_second(nanoseconds)
        seconds, part = divmod(nanoseconds, _SECOND_NS)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        text = f"{second}{_decimals(part, 9)}s"
        if minutes:
            text = f"{minute}m{text}"
        return f"{sign}{hours}h{text}" if hours else sign + text


SIZED: Final[tuple[type[SizedInt | Float32], ...]] = (
    Int8, Int16, Int32, Int64, Uint, Uint8, Uint16, Uint32, Uint64, Float32, Duration,
)  # fmt: skip
_SECOND_NS: Final = 1_000_000_000
_UNITS_NS: Final = {"Hours": 3600 * _SECOND_NS, "Minutes": 60 * _SECOND_NS, "Seconds": _SECOND_NS}
_WHOLE_UNITS_NS: Final = {"Milliseconds": 1_000_000, "Microseconds": 1_000, "Nanoseconds": 1}


def wrapped(number: int, bits: int = 64, *, signed: bool = True) -> int:
    """Keep the low bits of a number; with the defaults, as Go's int does on overflow."""
    low = number & ((1 << bits) - 1)
    return low - (1 << bits) if signed and low >> (bits - 1) else low


def rounded_to_32(number: float) -> float:
    """Round to the nearest float32; infinite if it is too large for one."""
    try:
        (rounded,) = struct.unpack("<f", struct.pack("<f", number))
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
    return float(rounded)


def _below_a_second(nanoseconds: int) -> str:
    if nanoseconds == 0:
        return "0s"
    for unit, size, digits in (("ns", 1, 0), ("µs", 1_000, 3), ("ms", 1_000_000, 6)):
        if nanoseconds < size * 1_000:
            whole, part = divmod(nanoseconds, size)
            return f"{whole}{_decimals(part, digits)}{unit}"
    raise AssertionError("a second or more")


def _decimals(part: int, digits: int) -> str:
    return ("." + f"{part:0{digits}d}".rstrip("0")) if part else ""
