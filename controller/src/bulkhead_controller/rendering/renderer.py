"""The door to rendering: short renders at once, all others aside."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Final, Self

from prometheus_client.registry import CollectorRegistry

from bulkhead_controller.rendering.attempt import World
from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.process import Worker, start_worker
from bulkhead_controller.rendering.quick import QuickLane
from bulkhead_controller.rendering.render_metrics import Lane, RenderMetrics
from bulkhead_controller.rendering.slow import SlowLane
from bulkhead_runtime.metrics import REGISTRY
from bulkhead_target.template.job import Job, Outputs

WORLD: Final = World(now_ns=time.time_ns, random_bytes=secrets.token_bytes, monotonic=time.thread_time)
"""Deadlines are of work and not of the wall: a busy machine must not send short renders to where others come first."""


class Renderer:
    """Renders in this process what is short, and in workers what is not. Implements `templating.Renderer`.

    An asynchronous context: workers run within it, and are started when the first job needs one.
    """

    def __init__(
        self,
        bounds: SlowBounds | None = None,
        *,
        start: Callable[[], Awaitable[Worker]] | None = None,
        world: World = WORLD,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """Put it together; nothing is started.

        Args:
            bounds: of what is rendered aside; None means the defaults.
            start: starts a worker; None means a process.
            world: what templates know of the world on the event loop.
            registry: where metrics are.
        """
        slow = bounds or SlowBounds()
        self._quick = QuickLane(world)
        self._slow = SlowLane(
            slow,
            start or partial(start_worker, slow.address_bytes),
            on_restart=self._restarted,
        )
        self._metrics = RenderMetrics(lambda: self._slow.waiting, registry=registry)
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._slow.open(self._tasks)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
        # Errors of who uses it are passed on as they are, and not in a group; a cancellation may be of a task in here.
        is_cancelled = isinstance(error, asyncio.CancelledError)
        await self._tasks.__aexit__(*((kind, error, traceback) if is_cancelled else (None, None, None)))

    async def render(self, tenant: str, job: Job) -> Outputs:
        """Render a job of a namespace, which waits for its own jobs only.

        Raises:
            RenderError: a template fails, or there is no room, or no worker that lives long enough.
        """
        with self._metrics.rendering() as rendering:
            outputs = await self._quick.render(tenant, job)
            if outputs is not None:
                return outputs
            # Renders have no effects, so what was begun can be done again.
            rendering.lane = Lane.SLOW
            return await self._slow.render(tenant, job)

    async def close(self) -> None:
        """End the workers; whoever waits gets a failure, and so does whoever comes later and needs one."""
        await self._slow.close()

    def _restarted(self) -> None:
        self._metrics.restarted()
