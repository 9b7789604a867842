"""Where blocking SDKs run: a bounded pool of threads that never holds up the event loop or the deadline."""

import asyncio
import contextlib
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


class BlockingPool:
    """Runs blocking functions in threads, so many at a time and no more.

    A caller whose deadline passes gets its TimeoutError at once. The thread cannot be stopped and keeps its place in
    the pool until the function returns, so that a hanging backend cannot fill the process with threads: give the SDK
    a timeout too, from `bulkhead_provider_sdk.deadline.remaining_s`.
    """

    def __init__(self, threads: int = 32) -> None:
        """Allow `threads` functions to run at the same time; further ones wait their turn."""
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="blocking")
        self._slots = asyncio.Semaphore(threads)

    async def run(self, function: Callable[[], _T]) -> _T:
        """Run the function in a thread and give what it returns, or raise what it raises.

        Context variables, the deadline among them, are the caller's. Waiting for a free thread counts against the
        deadline, too.

        Raises:
            RuntimeError: the pool is closed.
        """
        await self._slots.acquire()
        loop = asyncio.get_running_loop()

        def release(_: Future[_T]) -> None:
            # A thread may end after the loop has, when nobody waits for its place any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._slots.release)

        try:
            future = self._executor.submit(contextvars.copy_context().run, function)
        except RuntimeError:
            self._slots.release()
            raise
        future.add_done_callback(release)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no further functions and drop those that wait; running ones end by themselves."""
        self._executor.shutdown(wait=False, cancel_futures=True)
