"""What the check of one object may cost, so that no object of anybody holds up the admission of everybody. Pure.

What is left over is not checked, which is said; the controller, which has more time, finds it in any case.
"""

from dataclasses import dataclass, field
from typing import Final

from bulkhead_templating.limits import Limits, Meter

_TEMPLATE_STEPS: Final = 16_000
"""Two for each token of a template: about 60 ms."""
_REGEXP_INSTRUCTIONS: Final = 300_000
"""Of RE2's programs: about 40 ms."""
INSTRUCTIONS_OF_NONE: Final = 1_000
"""What an expression that is none costs."""
INSTRUCTIONS_OF_TOO_LARGE: Final = 250_000
"""What an expression costs that RE2 gives up."""


def _meter() -> Meter:
    return Meter(Limits(steps=_TEMPLATE_STEPS))


@dataclass(slots=True)
class Allowance:
    """What may still be spent on one object."""

    templates: Meter = field(default_factory=_meter)
    """Of all templates together."""
    regexp_instructions: int = _REGEXP_INSTRUCTIONS
    """Of all expressions together."""

    def spend_on_regexp(self, instructions: int) -> None:
        """Take off what one expression took; an expression costs a little in any case."""
        self.regexp_instructions -= instructions + INSTRUCTIONS_OF_NONE
