"""How Go writes down what a date looks like: the parts of a layout, by the moment that stands for all others.

Source: Go, package time, `nextStdChunk`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.limits import Meter

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEK_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

# An underscore before a whole year is only an underscore. A fraction of a second is one digit repeated.
_ELEMENT: Final = re.compile(
    "January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm"
    "|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07"
    "|[.,](?:0++|9++)(?![0-9])"
)


# An element may have a single character, and takes a few microseconds.
_STEPS_A_WALK: Final = 4
_BYTES_OF_ELEMENT: Final = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a layout: text as it is, then one element."""

    literal: str
    element: str
    """As it stands in the layout; empty for the end."""

    @property
    def is_fraction(self) -> bool:
        """Whether the element is a fraction of a second."""
        return self.element[:1] in (".", ",")


def chunks(layout: str) -> Iterator[Chunk]:
    """Split a layout; the last chunk has no element."""
    position = 0
    for found in _ELEMENT.finditer(layout):
        yield Chunk(layout[position : found.start()], found.group())
        position = found.end()
    yield Chunk(layout[position:], "")


def charge_for_layout(layout: str, meter: Meter) -> None:
    """Charge a render for writing by a layout, element by element.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    meter.walk(_STEPS_A_WALK * len(layout))
    meter.allocate(len(layout) * _BYTES_OF_ELEMENT)


def quoted(byte_text: str) -> str:
    """Quote a text of `one_byte_each` as the messages of the package time do."""
    shown = (
        f"\\x{ord(byte):02x}" if not " " <= byte <= "\x7f" else f"\\{byte}" if byte in '"\\' else byte
        for byte in byte_text
    )
    return f'"{"".join(shown)}"'
