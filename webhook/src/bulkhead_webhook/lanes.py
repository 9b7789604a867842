"""Judges questions so that none keeps the event loop from others: small ones at once, large ones aside, one at a time.

A thread and not a process: rules are Python, which gives way every millisecond, and RE2, which is linear.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self

from bulkhead_validation.fault import Fault
from bulkhead_webhook.body import BusyError
from bulkhead_webhook.question import Question

LARGE_BYTES: Final = 16 * 1024
"""An object of this size or more is judged aside."""
MAX_WAITING: Final = 32
"""Large questions that may wait; more are refused, as they could not be answered in time."""

_SWITCH_S: Final = 0.001

Judge = Callable[[Question], Sequence[Fault]]
"""Finds all faults; pure, and may take long."""


class Lanes:
    """The two lanes. Use as a context manager."""

    def __init__(self, judge: Judge) -> None:
        """Judge with `judge`."""
        self._judge = judge
        self._waiting = 0
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large")

    def __enter__(self) -> Self:
        # Five milliseconds, Python's own, would be each answer's delay while a large object is judged.
        sys.setswitchinterval(_SWITCH_S)
        return self

    def __exit__(self, *_details: object) -> None:
        # What still runs cannot be ended, and nobody waits for its answer any more.
        self._aside.shutdown(wait=False, cancel_futures=True)

    async def faults_in(self, question: Question) -> Sequence[Fault]:
        """Find all faults.

        Raises:
            BusyError: too many large questions wait already.
            QuestionError: the object cannot be read.
        """
        if len(question.object_json) + len(question.old_json) < LARGE_BYTES:
            return self._judge(question)
        if self._waiting >= MAX_WAITING:
            raise BusyError("too many large objects are being judged already")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._aside, self._judge, question)
        finally:
            self._waiting -= 1
