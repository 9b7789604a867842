"""What regular expressions cost a render: told to its meter before RE2, which nothing interrupts, begins.

RE2 reads a text with an automaton that it builds on the way. A small expression has few states, so that a character
takes a nanosecond or two; a larger one may need a new state for each character, and one that is larger still is
followed instruction by instruction, with a copy of the places of all groups for each.
"""

from typing import Final

from bulkhead_regexp import Budget, Regexp
from bulkhead_templating.limits import Meter

_SEARCH_STEPS: Final = 2
_CHARS_A_STEP: Final = 1_000
# Of instructions; up to the first a text is read at full speed, beyond the second each instruction counts.
_SMALL: Final = 16
_LARGE: Final = 200
_INSTRUCTIONS_A_CHAR: Final = 2
_GROUPS_OF_DOUBLE_COST: Final = 32
_INSTRUCTIONS_A_STEP: Final = 20
_TOO_LARGE_STEPS: Final = 20_000


class SearchBudget(Budget):
    """Charges a render for each search of an expression."""

    def __init__(self, expression: Regexp, meter: Meter) -> None:
        """Find out what a character costs."""
        super().__init__(chars=0)
        self._meter = meter
        self._weight = _weight(expression)

    def spend(self, chars: int) -> None:
        """Charge for one search of so many characters.

        Raises:
            LimitError: it is more than the render may still cost.
        """
        self._meter.step(_SEARCH_STEPS + chars * self._weight // _CHARS_A_STEP)


def charge_for_compiling(expression: Regexp, meter: Meter) -> None:
    """Charge for an expression that was compiled, which takes a tenth of a second at most.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    meter.step(expression.size // _INSTRUCTIONS_A_STEP)


def charge_for_refusal(reason: str, meter: Meter) -> None:
    """Charge for an expression that RE2 does not take; that one is too large is found out as late as can be.

    Raises:
        LimitError: it is more than the render may still cost.
    """
    if reason.startswith("pattern too large"):
        meter.step(_TOO_LARGE_STEPS)


def _weight(expression: Regexp) -> int:
    """Say how many times as much as for a small expression a character may cost."""
    # Where groups begin and end is found out in a second way through what was matched.
    if expression.size <= _SMALL and not expression.groups:
        return 1
    size = expression.size if expression.size > _LARGE else expression.size // _INSTRUCTIONS_A_CHAR
    return size * (_GROUPS_OF_DOUBLE_COST + expression.groups) // _GROUPS_OF_DOUBLE_COST
