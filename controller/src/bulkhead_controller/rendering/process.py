"""A worker process as its parent sees it."""

import asyncio
import os
import socket
import subprocess
import sys
from typing import Final, Protocol

import msgspec

from bulkhead_controller.rendering.wire import (
    GRACE_S,
    HEADER_BYTES,
    Answer,
    Order,
    Ready,
    answer_from,
    framed,
    length_from,
)

START_TIMEOUT_S: Final = 30.0

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

    def __init__(
        self, process: "subprocess.Popen[bytes]", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Wrap it, and the socket that is its standard input and output; both belong to this object."""
        self._process = process
        self._reader = reader
        self._writer = writer

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
        self._writer.close()
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    async def _exchange(self, order: Order) -> Answer:
        try:
            self._writer.write(framed(order))
            await self._writer.drain()
        except ConnectionError as error:
            raise WorkerLostError("it takes no order") from error
        return await self._answer(order.output_bytes + _SLACK_BYTES)

    async def _answer(self, max_bytes: int) -> Answer:
        try:
            length = length_from(await self._reader.readexactly(HEADER_BYTES))
            # Whoever got hold of the worker cannot fill this process's memory through it.
            if length > max_bytes:
                raise WorkerLostError("its answer is too long")
            return answer_from(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError) as error:
            raise WorkerLostError("it gives no answer") from error


async def start_worker(address_bytes: int) -> WorkerProcess:
    """Start a worker process that may have so many bytes of addresses.

    Raises:
        WorkerLostError: it cannot be started.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = _spawn([sys.executable, "-I", "-m", _MODULE, str(address_bytes)], theirs)
    except OSError as error:
        ours.close()
        raise WorkerLostError("it cannot be started") from error
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    worker = WorkerProcess(process, reader, writer)
    try:
        await worker.wait_until_ready()
    except BaseException:
        await worker.end()
        raise
    return worker


def _spawn(command: list[str], end: socket.socket) -> "subprocess.Popen[bytes]":
    """Start a process that knows nothing of this one.

    Not by the event loop: uvloop runs Python between fork and exec, in a copy of a process that has threads.
    """
    return subprocess.Popen(
        # Isolated: neither the environment nor the folder that it starts in says what is imported.
        command,
        stdin=end.fileno(),
        stdout=end.fileno(),
        # What an interpreter writes when it dies may quote a value.
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        cwd="/",
    )
