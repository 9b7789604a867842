"""What many replacements together may cost.

One search is linear in its text, but a replacement searches again after every match, so a long text with many matches
costs its length times their number. A budget that is shared by all replacements for one object bounds that.
"""

from dataclasses import dataclass
from typing import Final

# A search costs as much time as reading so many characters before it reads the first.
_SEARCH_CHARS: Final = 5_000


class BudgetError(ValueError):
    """Replacements cost more than their caller has for them."""


@dataclass(slots=True)
class Budget:
    """How many characters may still be read; half a billion take about a second."""

    chars: int

    def spend(self, chars: int) -> None:
        """Take off one search of so many characters.

        Raises:
            BudgetError: there was less left.
        """
        self.chars -= _SEARCH_CHARS + chars
        if self.chars < 0:
            raise BudgetError("too many matches in too long a text")
