"""What the elements of a layout find in the text of a date, and the table of those who read them.

Source: Go, package time, `parse`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


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


Reader: TypeAlias = Callable[[Found, str, str], str]
"""Gets what was found so far, the text and the element; writes what it found and gives the rest of the text."""


class Readers(dict[str, Reader]):
    """Readers by the elements that they read; `.` stands for fractions."""

    def reads(self, *elements: str) -> Callable[[Reader], Reader]:
        """Declare a reader by decorating it."""

        def declare(reader: Reader) -> Reader:
            self.update(dict.fromkeys(elements, reader))
            return reader

        return declare
