"""One call to a provider server with any certificate, and what came of it."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_demo.certs_drill.play import NotAsExpectedError
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, provider_id
from bulkhead_testkit.grpc_caller import open_channel, provider_stub

ANSWERED: Final = "answered"
_CALL_S: Final = 3.0
_POLL_S: Final = 0.1


def outcome_of_call(target: str, provider: str, identity: Path | None, *, roots: bytes | None = None) -> str:
    """Ask a provider server who it is: `answered`, or the status that it or the handshake gave.

    Args:
        target: gRPC target.
        provider: the server's name.
        identity: directory of the caller's files; None means a caller without a certificate.
        roots: to verify the server with; None means those of the identity.
    """
    return asyncio.run(_call(target, provider, identity, roots))


def seconds_until(wanted: Callable[[], bool], *, within_s: float, what: str) -> float:
    """Ask again and again until it is so, and give the time that took.

    Raises:
        NotAsExpectedError: it was not so in time.
    """
    started = time.monotonic()
    while not wanted():
        if time.monotonic() - started > within_s:
            raise NotAsExpectedError(f"not within {within_s:g} s: {what}")
        time.sleep(_POLL_S)
    return time.monotonic() - started


class OpenConnection:
    """A connection that stays open between calls, as a thief would keep it."""

    def __init__(self, target: str, provider: str, identity: Path) -> None:
        """Describe it; it connects with the first call."""
        self._loop = asyncio.new_event_loop()
        self._opening = open_channel(target, server=provider_id(DEFAULT_TRUST_DOMAIN, provider), identity=identity)
        self._channel = self._loop.run_until_complete(self._opening.__aenter__())

    def call(self) -> str:
        """Call once more over the same connection; says as `outcome_of_call` does."""
        return self._loop.run_until_complete(_outcome(self._channel))

    def close(self) -> None:
        """Close it."""
        self._loop.run_until_complete(self._opening.__aexit__(None, None, None))
        self._loop.close()


async def _call(target: str, provider: str, identity: Path | None, roots: bytes | None) -> str:
    server = provider_id(DEFAULT_TRUST_DOMAIN, provider)
    async with open_channel(target, server=server, identity=identity, roots=roots) as channel:
        return await _outcome(channel)


async def _outcome(channel: grpc.aio.Channel) -> str:
    try:
        await provider_stub(channel).GetInfo(pb.GetInfoRequest(), timeout=_CALL_S)
    except grpc.aio.AioRpcError as error:
        return error.code().name
    return ANSWERED
