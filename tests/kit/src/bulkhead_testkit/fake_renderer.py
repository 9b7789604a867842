"""Rendering without processes: what renders a job at once, and a worker that a test holds back or loses."""

import asyncio

from bulkhead_controller.rendering.attempt import Bounds, World, render_job
from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.process import WorkerLostError
from bulkhead_controller.rendering.templates import Templates
from bulkhead_controller.rendering.wire import HEADER_BYTES, Answer, Order, answer_from, framed, order_from
from bulkhead_controller.rendering.worker import answer_to
from bulkhead_target.template.job import Job, Outputs

FIXED_WORLD = World(now_ns=lambda: 1_800_000_000_000_000_000, random_bytes=bytes, monotonic=lambda: 0.0)
"""Time stands still and chance is zeros."""
TENANT = "tenant"
"""Key of the value by which a fake worker knows whose job it has."""


class InProcessRenderer:
    """Renders every job at once, with the limits of the slow lane. Implements `templating.Renderer`."""

    def __init__(self, world: World = FIXED_WORLD, *, bounds: SlowBounds | None = None) -> None:
        """Begin with no job."""
        self.tenants: list[str] = []
        """Who asked, in their order."""
        self._world = world
        self._limits = (bounds or SlowBounds()).limits
        self._templates = Templates(max_bytes=1_000_000)

    async def render(self, tenant: str, job: Job) -> Outputs:
        """Render a job; see `templating.Renderer`."""
        self.tenants.append(tenant)
        bounds = Bounds(limits=self._limits, parse_steps=self._limits.steps, timeout_s=10.0)
        return render_job(job, templates=self._templates, world=self._world, bounds=bounds)


class FakeWorker:
    """Answers orders as a worker process does, when the test lets it. Implements `process.Worker`."""

    def __init__(self) -> None:
        """Begin open: orders are answered at once."""
        self.open = asyncio.Event()
        self.open.set()
        self.tenants: list[str] = []
        """Whose orders came, in their order, by the value `TENANT`."""
        self.lost: WorkerLostError | None = None
        """What the next orders find; None means that the worker is there."""
        self.is_ended = False
        self._templates = Templates(max_bytes=1_000_000)

    async def ask(self, order: Order) -> Answer:
        """Render a job; see `process.Worker.ask`."""
        self.tenants.append(order.job.rows[0].get(TENANT, b"").decode())
        await self.open.wait()
        if self.lost is not None:
            raise self.lost
        # Through the wire, so that what a process could not be told fails here too.
        arrived = order_from(framed(order)[HEADER_BYTES:])
        return answer_from(framed(answer_to(arrived, self._templates))[HEADER_BYTES:])

    async def end(self) -> None:
        """Note that it was ended."""
        self.is_ended = True
