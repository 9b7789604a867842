"""What the check of one object may cost, so that no object of anybody holds up the admission of everybody. Pure.

What is left over is not checked, which is said; the controller, which has more time, finds it in any case.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from bulkhead_templating.limits import Limits, Meter
from bulkhead_validation.fault import Verdict

MAX_FAULTS: Final = 1_000
"""Of each verdict; nobody reads more, and whether there are any decides."""
MAX_CHARS: Final = 1_024
"""Of a duration or a schedule."""
INSTRUCTIONS_OF_NONE: Final = 1_000
"""What an expression that is none costs."""
INSTRUCTIONS_OF_TOO_LARGE: Final = 250_000
"""What an expression costs that RE2 gives up."""

_TEMPLATE_STEPS: Final = 16_000
"""Two for each token of a template: about 60 ms."""


def _meter() -> Meter:
    return Meter(Limits(steps=_TEMPLATE_STEPS))


@dataclass(slots=True)
class Allowance:
    """What may still be spent on one object."""

    templates: Meter = field(default_factory=_meter)
    """Of all templates together."""
    action_chars: int = 150_000
    """Of all actions of templates: about 40 ms if they are few and long."""
    regexp_instructions: int = 300_000
    """Of RE2's programs: about 40 ms."""
    schedules: int = 2_000
    """How many: about 30 ms."""
    told: Counter[Verdict] = field(default_factory=Counter)
    """How many faults of each verdict were found."""

    def spend_on_regexp(self, instructions: int) -> None:
        """Take off what one expression took; an expression costs a little in any case."""
        self.regexp_instructions -= instructions + INSTRUCTIONS_OF_NONE

    def may_tell(self, verdict: Verdict) -> bool:
        """Say whether one more fault of this verdict is to be noted, and count it."""
        self.told[verdict] += 1
        return self.told[verdict] <= MAX_FAULTS
