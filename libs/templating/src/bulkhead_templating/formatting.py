"""The flags, width and precision of one verb of `printf`, and padding.

Source: Go, package fmt, "Printing".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bulkhead_templating.limits import Meter


def put_together(pieces: Iterable[str], *, meter: Meter, between: str = "") -> str:
    """Put texts together; a template may have one text stand in many places, so the whole is charged before it is made.

    Raises:
        LimitError: the pieces or the whole are more than there may be.
    """
    made = list(pieces)
    if len(made) == 1:
        return made[0]
    meter.allocate(sum(map(len, made)) + len(between) * len(made))
    return between.join(made)


@dataclass(slots=True, kw_only=True)
class Layout:
    """How the current value is to be printed."""

    meter: Meter = field(default_factory=Meter)
    width: int | None = None
    precision: int | None = None
    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    plus_v: bool = False
    """`%+v`: structs with the names of their fields."""
    sharp_v: bool = False
    """`%#v`: as Go would write the value."""

    without_methods: bool = False
    """Whether methods are not asked for a text: so it is within the message about a bad verb."""

    def padded(self, text: str) -> str:
        """Fill up to the width, counted in runes: on the left, or with the flag `-` on the right."""
        missing = (self.width or 0) - len(text)
        if missing <= 0:
            return text
        return text + self.padding(missing) if self.minus else self.padding(missing) + text

    def padding(self, count: int) -> str:
        """Give what fills so many places: spaces, or zeros if asked for and on the left."""
        self.charge(count)
        return ("0" if self.zero and not self.minus else " ") * max(count, 0)

    def charge(self, count: int) -> None:
        """Say that so many characters are made that no value has.

        Raises:
            MemoryLimitError: that is more than there may be.
        """
        if count > 0:
            self.meter.allocate(count)

    def without_zero(self) -> "Layout":
        """Give the same with spaces for padding."""
        return replace(self, zero=False)

    def truncated(self, text: str) -> str:
        """Cut to the precision, counted in runes."""
        return text if self.precision is None else text[: self.precision]
