"""Reads the layout of `printf`: text, and verbs with flags, width, precision and indexes of arguments.

Source: Go, package fmt, "Printing", "Explicit argument indexes" and "Format errors".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.formatting import Layout, put_together
from bulkhead_templating.kinds import INTEGER_KINDS
from bulkhead_templating.limits import Meter
from bulkhead_templating.printer import print_argument
from bulkhead_templating.runes import REPLACEMENT, is_stray_byte
from bulkhead_templating.values import kind_of, type_of

_FLAGS: Final = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}
_MAX_NUMBER: Final = 1_000_000


@dataclass(slots=True)
class Directives:
    """One call of `printf`, with its place in the layout and among the arguments."""

    text: str
    arguments: Sequence[object]
    meter: Meter
    position: int = 0
    argument: int = 0
    reordered: bool = False
    """Whether any index of an argument was read, so that arguments left over are no mistake."""
    good_index: bool = True
    after_index: bool = False

    def printed(self) -> str:
        """Print all of it."""
        pieces: list[str] = []
        while (percent := self.text.find("%", self.position)) >= 0:
            pieces.append(self.text[self.position : percent])
            self.position = percent + 1
            self.meter.step()
            pieces.append(self._verb())
            # Flags and digits are read one by one, however many there are.
            self.meter.walk(self.position - percent)
        pieces.append(self.text[self.position :])
        pieces.append(self._left_over())
        return put_together(pieces, meter=self.meter)

    def _verb(self) -> str:
        layout = Layout(meter=self.meter)
        self.good_index = True
        self.after_index = False
        while (flag := self._peek()) and flag in _FLAGS:
            setattr(layout, _FLAGS[flag], True)
            self.position += 1
        self._index()
        mistakes = self._width(layout) + self._precision(layout)
        if not self.after_index:
            self._index()
        if self.position >= len(self.text):
            return mistakes + "%!(NOVERB)"
        verb = REPLACEMENT if is_stray_byte(self._peek()) else self._peek()
        self.position += 1
        return mistakes + self._one(layout, verb)

    def _one(self, layout: Layout, verb: str) -> str:
        if verb == "%":
            return "%"
        if not self.good_index:
            return f"%!{verb}(BADINDEX)"
        if self.argument >= len(self.arguments):
            return f"%!{verb}(MISSING)"
        if verb in ("v", "w"):
            layout.sharp_v, layout.sharp = layout.sharp, False
            layout.plus_v, layout.plus = layout.plus, False
        value = self.arguments[self.argument]
        self.argument += 1
        return print_argument(layout, value, verb)

    def _left_over(self) -> str:
        if self.reordered or self.argument >= len(self.arguments):
            return ""
        shown = (
            "<nil>"
            if value is None
            else f"{type_of(value).name}={print_argument(Layout(meter=self.meter), value, 'v')}"
            for value in self.arguments[self.argument :]
        )
        return f"%!(EXTRA {', '.join(shown)})"

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _width(self, layout: Layout) -> str:
        """Read a width; gives what is printed if it is none."""
        if self._peek() == "*":
            self.position += 1
            layout.width = self._number_argument()
            self.after_index = False
            if layout.width is None:
                return "%!(BADWIDTH)"
            if layout.width < 0:
                layout.width = -layout.width
                layout.minus = True
                layout.zero = False
            return ""
        layout.width = self._number(len(self.text))
        if self.after_index and layout.width is not None:
            self.good_index = False
        return ""

    def _precision(self, layout: Layout) -> str:
        """Read a precision; gives what is printed if it is none."""
        # A point at the very end is the verb.
        if self._peek() != "." or self.position + 1 == len(self.text):
            return ""
        self.position += 1
        if self.after_index:
            self.good_index = False
        self._index()
        if self._peek() == "*":
            self.position += 1
            layout.precision = self._number_argument()
            self.after_index = False
            if layout.precision is None or layout.precision < 0:
                layout.precision = None
                return "%!(BADPREC)"
            return ""
        layout.precision = self._number(len(self.text)) or 0
        return ""

    def _number(self, end: int) -> int | None:
        """Read digits; None if there are none, or too many, which uses up all of the layout."""
        start = self.position
        number = 0
        while self.position < end and self._peek() in tuple("0123456789"):
            if number > _MAX_NUMBER:
                self.position = end
                return None
            number = number * 10 + int(self._peek())
            self.position += 1
        return number if self.position > start else None

    def _number_argument(self) -> int | None:
        """Take an argument as a number; None if it is none, or too large."""
        if self.argument >= len(self.arguments):
            return None
        value = self.arguments[self.argument]
        self.argument += 1
        if not isinstance(value, int) or kind_of(value) not in INTEGER_KINDS:
            return None
        return int(value) if abs(value) <= _MAX_NUMBER else None

    def _index(self) -> None:
        """Read the index of an argument, `[2]`, if there is one."""
        self.after_index = False
        if self._peek() != "[":
            return
        self.reordered = True
        start = self.position
        close = self.text.find("]", start + 1)
        if close < 0 or len(self.text) - start < len("[n]"):
            self.position = start + 1
            self.good_index = False
            return
        self.position = start + 1
        number = self._number(close)
        is_whole = number is not None and self.position == close
        self.position = close + 1
        self.after_index = is_whole
        if number is not None and is_whole and 1 <= number <= len(self.arguments):
            self.argument = number - 1
        else:
            self.good_index = False
