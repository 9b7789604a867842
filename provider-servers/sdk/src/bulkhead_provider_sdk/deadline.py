"""The deadline of the call that is being answered, for code below the servicer that has its own timeouts to set."""

import asyncio
import contextvars
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_DEADLINE: Final[contextvars.ContextVar[float | None]] = contextvars.ContextVar("deadline", default=None)


def remaining_s() -> float | None:
    """Give the seconds left for this call, 0 if none are; None outside of a call.

    Works in the functions that `BlockingPool.run` runs, too, where an SDK's own timeout is set.
    """
    deadline = _DEADLINE.get()
    return None if deadline is None else max(0.0, deadline - time.monotonic())


@asynccontextmanager
async def deadline_in(seconds: float) -> AsyncIterator[None]:
    """Limit the block to `seconds`.

    Raises:
        TimeoutError: the time is over.
    """
    token = _DEADLINE.set(time.monotonic() + seconds)
    try:
        async with asyncio.timeout(seconds):
            yield
    finally:
        _DEADLINE.reset(token)
