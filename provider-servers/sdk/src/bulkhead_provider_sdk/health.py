"""grpc.health.v1, which says whether this server takes calls.

Not grpcio-health-checking's servicer: its Watch never ends, so that one watching client would use up the whole grace
period of every stop.
"""

import asyncio
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SERVICES: Final = ("", "bulkhead.provider.v1.ProviderService")
"""The names that may be asked for; the empty one means the whole server."""


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # generated without types
    """NOT_SERVING, then SERVING between `start` and `stop`, then NOT_SERVING for good."""

    def __init__(self) -> None:
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()

    @property
    def serving(self) -> bool:
        """Whether calls are taken now."""
        return self._started.is_set() and not self._stopped.is_set()

    def start(self) -> None:
        """Say SERVING from now on."""
        self._started.set()

    def stop(self) -> None:
        """Say NOT_SERVING from now on, and end all watches."""
        self._stopped.set()
        self._started.set()

    async def Check(  # noqa: N802  # the protocol's name
        self, request: health_pb2.HealthCheckRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> health_pb2.HealthCheckResponse:
        """Answer once."""
        if request.service not in SERVICES:
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such service")
        return self._response()

    async def Watch(  # noqa: N802  # the protocol's name
        self, request: health_pb2.HealthCheckRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> None:
        """Answer now and at every change, until the server stops."""
        if request.service not in SERVICES:
            unknown = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            await context.write(health_pb2.HealthCheckResponse(status=unknown))
            await self._stopped.wait()
            return
        await context.write(self._response())
        for change in (self._started, self._stopped):
            if not change.is_set():
                await change.wait()
                await context.write(self._response())

    def _response(self) -> health_pb2.HealthCheckResponse:
        serving = health_pb2.HealthCheckResponse.SERVING
        not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
        return health_pb2.HealthCheckResponse(status=serving if self.serving else not_serving)
