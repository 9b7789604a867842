"""A worker process as its parent sees it."""

import asyncio
import contextlib
import os
import sys
from typing import Final, Protocol

import msgspec

from bulkhead_controller.rendering.wire import HEADER_BYTES, Answer, Order, Ready, answer_from, framed, length_from

START_TIMEOUT_S: Final = 30.0
GRACE_S: Final = 2.0
"""How long behind the deadline of an order its answer may come."""

_MODULE: Final = "bulkhead_controller.rendering.worker"
_SLACK_BYTES: Final = 1024 * 1024
"""What an answer has beside outputs."""


class WorkerLostError(Exception):
    """A worker process does not answer any more; another one is needed."""


class WorkerStuckError(WorkerLostError):
    """It takes longer than it may."""


class Worker(Protocol):
    """What answers one order after the other."""

    async def ask(self, order: Order) -> Answer:
        """Let it do something.

        Raises:
            WorkerLostError: there is no answer and there will be none.
        """

    async def end(self) -> None:
        """Stop it, whatever it does."""


class WorkerProcess:
    """A process that was started. Implements `Worker`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Wrap it; its pipes belong to this object."""
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ask(self, order: Order) -> Answer:
        """Let it render a job; see `Worker.ask`."""
        try:
            async with asyncio.timeout(order.timeout_s + GRACE_S):
                return await self._exchange(order)
        except TimeoutError as error:
            raise WorkerStuckError("no answer in time") from error

    async def wait_until_ready(self) -> None:
        """Wait until it has imported what it needs.

        Raises:
            WorkerLostError: it ended, or takes too long.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                answer = await self._answer(_SLACK_BYTES)
        except TimeoutError as error:
            raise WorkerStuckError("it does not start in time") from error
        if not isinstance(answer, Ready):
            raise WorkerLostError("it begins with an answer")

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _exchange(self, order: Order) -> Answer:
        if self._process.stdin is None:
            raise WorkerLostError("it has no pipe")
        try:
            self._process.stdin.write(framed(order))
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise WorkerLostError("it takes no order") from error
        return await self._answer(order.output_bytes + _SLACK_BYTES)

    async def _answer(self, max_bytes: int) -> Answer:
        if self._process.stdout is None:
            raise WorkerLostError("it has no pipe")
        try:
            length = length_from(await self._process.stdout.readexactly(HEADER_BYTES))
            # Whoever got hold of the worker cannot fill this process's memory through it.
            if length > max_bytes:
                raise WorkerLostError("its answer is too long")
            return answer_from(await self._process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError) as error:
            raise WorkerLostError("it gives no answer") from error


async def start_worker(address_bytes: int) -> WorkerProcess:
    """Start a worker process that may have so many bytes of addresses.

    Raises:
        WorkerLostError: it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            # Isolated: neither the environment nor the folder that it starts in says what is imported.
            *(sys.executable, "-I", "-m", _MODULE, str(address_bytes)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What an interpreter writes when it dies may quote a value.
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd="/",
        )
    except OSError as error:
        raise WorkerLostError("it cannot be started") from error
    worker = WorkerProcess(process)
    try:
        await worker.wait_until_ready()
    except BaseException:
        await worker.end()
        raise
    return worker
