"""Requests to Vault that failed for a moment are made again, within the deadline of the call that needs them.

The waiting is done here and not in the threads that make requests: a Vault that is down must not keep other stores'
requests from the pool.

Source: ESO sets MaxRetries, MinRetryWait and MaxRetryWait of Vault's own Go client from spec.retrySettings. Without
them that client makes 2 more tries after 1 to 1.5 s and twice that; with settings that name no number ESO makes none.
What it tries again: connections that fail but for lack of trust, 412, and all of 5xx but 501. Its 429 is left out here,
since the controller waits as long as Vault asks for without holding a call open.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bulkhead_api.provider import Retry
from bulkhead_provider_sdk.deadline import remaining_s
from bulkhead_provider_vault.failures import Answer
from bulkhead_provider_vault.transport import Reply, UnreachableError, UntrustedError

_MAX_RETRIES: Final = 2
_SHORTEST_S: Final = 1.0
_LONGEST_S: Final = 1.5
# An interval of nothing would hammer a Vault that is down until the deadline.
_FLOOR_S: Final = 0.1
# What the last try itself may take.
_TRY_S: Final = 0.5


class Retries:
    """How one store's requests are tried again."""

    def __init__(
        self,
        retry: Retry | None,
        *,
        draw: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Read the settings of the store.

        Args:
            retry: None means the way of Vault's own client.
            draw: gives a number in [0, 1).
            sleep: waits so many seconds.
        """
        self._max_retries = _MAX_RETRIES if retry is None else max(0, retry.max_retries or 0)
        interval_s = None if retry is None or retry.interval is None else retry.interval.total_seconds()
        self._shortest_s = _SHORTEST_S if interval_s is None else interval_s
        self._longest_s = _LONGEST_S if interval_s is None else interval_s
        self._draw = draw
        self._sleep = sleep

    async def settled(
        self, answers: Sequence[Answer], again: Callable[[Sequence[int]], Awaitable[Sequence[Answer]]]
    ) -> list[Answer]:
        """Give the answers, those to requests that failed for a moment from a later try.

        All of them wait together, so that a batch takes no longer than one request.

        Args:
            answers: of the first try.
            again: makes the requests at these positions once more and gives their answers.
        """
        settled = list(answers)
        for attempt in range(1, self._max_retries + 1):
            failed = [at for at, answer in enumerate(settled) if is_passing(answer)]
            wait_s = self._wait_s(attempt, [settled[at] for at in failed])
            # Outside of a call nobody waits for the answer, and whoever asked comes again by himself.
            left_s = remaining_s()
            if not failed or left_s is None or left_s < wait_s + _TRY_S:
                break
            await self._sleep(wait_s)
            for at, answer in zip(failed, await again(failed), strict=True):
                settled[at] = answer
        return settled

    def _wait_s(self, attempt: int, failed: Sequence[Answer]) -> float:
        drawn_s = self._shortest_s + self._draw() * (self._longest_s - self._shortest_s)
        hints_s = [answer.retry_after_s or 0.0 for answer in failed if isinstance(answer, Reply)]
        return max(_FLOOR_S, drawn_s * attempt, *hints_s)


def is_passing(answer: Answer) -> bool:
    """Say whether the same request may well succeed a moment later."""
    match answer:
        case UntrustedError():
            return False
        case UnreachableError():
            return True
        case Reply(status=412):
            return True
        case Reply(status=status):
            return status >= 500 and status != 501
        case _:
            return False
