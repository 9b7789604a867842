"""The slow lane: what takes longer is rendered by worker processes, tenants in turn."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.process import Worker, WorkerLostError, WorkerStuckError
from bulkhead_controller.rendering.turns import Turns
from bulkhead_controller.rendering.wire import Answer, Done, Failed, Order, order_of
from bulkhead_runtime.logging import get_logger
from bulkhead_target.template.job import Fault, Job, Outputs, RenderError

_LOG: Final = get_logger("rendering")
_BUSY: Final = "too many templates of this namespace wait to be rendered"
_STUCK: Final = "rendering takes too long"
_LOST: Final = "the process that renders templates ended"
_NO_TEXT: Final = "a name of a template or of a value is no UTF-8"
_ENDING: Final = "the controller ends"


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    job: Job
    answer: "asyncio.Future[Outputs]"


class SlowLane:
    """Lets worker processes render; each is started when it is first needed, and replaced when it is lost."""

    def __init__(
        self, bounds: SlowBounds, start: Callable[[], Awaitable[Worker]], *, on_restart: Callable[[], None]
    ) -> None:
        """Start nothing yet.

        Args:
            bounds: what it may cost.
            start: starts a worker; raises `WorkerLostError` where that fails.
            on_restart: called for each worker that is lost.
        """
        self._bounds = bounds
        self._start = start
        self._on_restart = on_restart
        self._turns: Turns[_Ticket] = Turns(per_tenant=bounds.per_tenant, together=bounds.together)
        self._changed = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._running: list[asyncio.Task[None]] = []
        self._is_closed = False

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Say where its tasks run."""
        self._tasks = tasks

    @property
    def waiting(self) -> int:
        """How many jobs wait for a worker."""
        return len(self._turns)

    async def render(self, tenant: str, job: Job) -> Outputs:
        """Render a job when its turn comes.

        Raises:
            RenderError: one of its templates fails, or there is no room, or no worker that lives long enough.
        """
        if self._tasks is None or self._is_closed:
            raise RenderError(_ENDING, fault=Fault.UNAVAILABLE)
        self._check_size(job)
        if not self._running:
            self._running = [self._tasks.create_task(self._work()) for _ in range(self._bounds.workers)]
        ticket = _Ticket(job, asyncio.get_running_loop().create_future())
        refused = self._turns.join(tenant, ticket)
        if refused is not None:
            _fail(refused, RenderError(_BUSY, fault=Fault.UNAVAILABLE))
        self._changed.set()
        try:
            return await ticket.answer
        finally:
            # A caller that was cancelled wants no answer; if it is being made, it is thrown away.
            self._turns.leave(tenant, ticket)

    async def close(self) -> None:
        """End the workers; whoever waits gets a failure."""
        self._is_closed = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        while (found := self._turns.take()) is not None:
            tenant, ticket = found
            self._turns.done(tenant)
            _fail(ticket, RenderError(_ENDING, fault=Fault.UNAVAILABLE))

    async def _work(self) -> None:
        """Be one worker: take one job after the other, and replace the process when it is lost."""
        worker: Worker | None = None
        try:
            while True:
                tenant, ticket = await self._next()
                try:
                    worker = worker or await self._start()
                    _settle(ticket, await worker.ask(self._order(ticket.job)))
                except WorkerLostError as lost:
                    _fail(ticket, self._failure_of(lost))
                    if worker is not None:
                        await worker.end()
                    worker = None
                except UnicodeEncodeError:
                    # It was not sent, so the worker is as it was.
                    _fail(ticket, RenderError(_NO_TEXT, fault=Fault.TEMPLATE))
                except asyncio.CancelledError:
                    _fail(ticket, RenderError(_ENDING, fault=Fault.UNAVAILABLE))
                    raise
                finally:
                    self._turns.done(tenant)
                    self._changed.set()
        finally:
            if worker is not None:
                await worker.end()

    async def _next(self) -> tuple[str, _Ticket]:
        while (found := self._turns.take()) is None:
            self._changed.clear()
            await self._changed.wait()
        return found

    def _check_size(self, job: Job) -> None:
        """Refuse what a worker would not have the memory to read, as it would end by it."""
        values = sum(len(value) for row in job.rows for value in row.values())
        if values + sum(len(piece.text) for piece in job.pieces) > self._bounds.given_bytes:
            message = f"templates and values are larger than {self._bounds.given_bytes} bytes"
            raise RenderError(message, fault=Fault.LIMIT)

    def _order(self, job: Job) -> Order:
        return order_of(job, self._bounds.limits, timeout_s=self._bounds.timeout_s)

    def _failure_of(self, lost: WorkerLostError) -> RenderError:
        self._on_restart()
        _LOG.warning("render worker lost", because=str(lost))
        return RenderError(_STUCK if isinstance(lost, WorkerStuckError) else _LOST, fault=Fault.UNAVAILABLE)


def _settle(ticket: _Ticket, answer: Answer) -> None:
    match answer:
        case Done():
            if not ticket.answer.done():
                ticket.answer.set_result(answer.read())
        case Failed():
            _fail(ticket, answer.failure())
        case _:
            _fail(ticket, RenderError(_LOST, fault=Fault.UNAVAILABLE))


def _fail(ticket: _Ticket, failure: RenderError) -> None:
    if not ticket.answer.done():
        ticket.answer.set_exception(failure)
