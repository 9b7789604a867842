"""Decides what becomes of a target without keeping the other objects waiting.

The decision is pure and takes no time but for large answers and rewrites, which may take seconds. Those are made on one
thread of their own, one after the other, so that however many there are the event loop goes on. What a transform of
keys gives is rendered elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from bulkhead_api.external_secret import DataFromItem, ExternalSecret
from bulkhead_controller.backends import Fields, Outcome
from bulkhead_controller.externalsecret.contents import decide_target
from bulkhead_controller.externalsecret.plan import TargetPlan
from bulkhead_controller.externalsecret.rewrite import Asking, Transform
from bulkhead_controller.externalsecret.sources import Source
from bulkhead_target.keys import KeyValueError

Names = Callable[[str, Transform], Awaitable[Sequence[str]]]
"""Renders the new names of keys for a namespace; raises KeyValueError where there are none."""

_QUICK: Final = 64 * 1024
"""Bytes of fields that are decided about in a few milliseconds, if nothing is rewritten."""
_STEP: Final = 16
"""How much longer one step of a rewrite takes than all the rest. A long name with many matches takes the longest."""
_FIELD_BYTES: Final = 64
"""What one field costs beside its bytes."""


@dataclass(frozen=True, slots=True)
class _Decided:
    plan: TargetPlan


class Deciding:
    """Calls `decide_target`, at once or on the thread."""

    def __init__(self, names: Names) -> None:
        """Ask `names` for what transforms give. The thread starts with the first decision that needs it."""
        self._names = names
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decide-target")

    async def decide_target(
        self, external_secret: ExternalSecret, sources: Sequence[Source], outcomes: Sequence[Outcome]
    ) -> TargetPlan:
        """Say what becomes of the target; see `contents.decide_target`."""
        asking = decide_target(external_secret, sources, outcomes)
        is_aside = is_costly(sources, outcomes)
        step: Callable[[], Transform] = partial(next, asking)
        while True:
            reached = await self._take(step, is_aside=is_aside)
            if isinstance(reached, _Decided):
                return reached.plan
            step = await self._next_step(asking, external_secret.metadata.namespace, reached)

    async def _next_step(
        self, asking: Asking[TargetPlan], namespace: str, transform: Transform
    ) -> Callable[[], Transform]:
        try:
            names = await self._names(namespace, transform)
        except KeyValueError as error:
            return partial(asking.throw, error)
        return partial(asking.send, names)

    async def _take(self, step: Callable[[], Transform], *, is_aside: bool) -> Transform | _Decided:
        if not is_aside:
            return _taken(step)
        return await asyncio.get_running_loop().run_in_executor(self._thread, _taken, step)


def is_costly(sources: Sequence[Source], outcomes: Sequence[Outcome]) -> bool:
    """Say whether the decision may take longer than other objects should wait."""
    return sum(_cost(source, outcome) for source, outcome in zip(sources, outcomes, strict=True)) > _QUICK


def _taken(step: Callable[[], Transform]) -> Transform | _Decided:
    # The end of a generator is an exception, which no future can hold.
    try:
        return step()
    except StopIteration as end:
        return _Decided(end.value)


def _cost(source: Source, outcome: Outcome) -> int:
    if not isinstance(outcome, Fields) or not isinstance(source.item, DataFromItem):
        return 0
    size = sum(len(name) + len(value) + _FIELD_BYTES for name, value in outcome.fields.items())
    return size * (1 + _STEP * len(source.item.rewrite))
