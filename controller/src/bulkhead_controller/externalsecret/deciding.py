"""Decides what becomes of a target without keeping the other objects waiting.

The decision is pure and takes no time but for large answers and rewrites, which may take seconds. Those are made on one
thread of their own, one after the other, so that however many there are the event loop goes on.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bulkhead_api.external_secret import DataFromItem, ExternalSecret
from bulkhead_controller.backends import Fields, Outcome
from bulkhead_controller.externalsecret.contents import decide_target
from bulkhead_controller.externalsecret.plan import TargetPlan
from bulkhead_controller.externalsecret.sources import Source

_QUICK: Final = 64 * 1024
"""Bytes of fields that are decided about in a few milliseconds, if nothing is rewritten."""
_STEP: Final = 16
"""How much longer one step of a rewrite takes than all the rest. A long name with many matches takes the longest."""
_FIELD_BYTES: Final = 64
"""What one field costs beside its bytes."""


class Deciding:
    """Calls `decide_target`, at once or on the thread."""

    def __init__(self) -> None:
        """The thread starts with the first decision that needs it."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decide-target")

    async def decide_target(
        self, external_secret: ExternalSecret, sources: Sequence[Source], outcomes: Sequence[Outcome]
    ) -> TargetPlan:
        """Say what becomes of the target; see `contents.decide_target`."""
        if not is_costly(sources, outcomes):
            return decide_target(external_secret, sources, outcomes)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, decide_target, external_secret, sources, outcomes)


def is_costly(sources: Sequence[Source], outcomes: Sequence[Outcome]) -> bool:
    """Say whether the decision may take longer than other objects should wait."""
    return sum(_cost(source, outcome) for source, outcome in zip(sources, outcomes, strict=True)) > _QUICK


def _cost(source: Source, outcome: Outcome) -> int:
    if not isinstance(outcome, Fields) or not isinstance(source.item, DataFromItem):
        return 0
    size = sum(len(name) + len(value) + _FIELD_BYTES for name, value in outcome.fields.items())
    return size * (1 + _STEP * len(source.item.rewrite))
