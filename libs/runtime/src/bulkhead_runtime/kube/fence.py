"""Stops writes of a process that may not write any more, at the last moment before they leave it."""

from collections.abc import Callable
from types import SimpleNamespace

import aiohttp


class ClosedFenceError(Exception):
    """The call was not sent."""


def fence_at_connection(is_open: Callable[[], bool]) -> aiohttp.TraceConfig:
    """Ask `is_open` for each call that is no GET, once it has its connection and before its first byte is sent.

    Not earlier: to wait for a free connection or to make one can take long, above all when the process is stopped
    meanwhile. The session's calls carry their method as `trace_request_ctx`.
    """

    async def check(_session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: object) -> None:
        if context.trace_request_ctx not in (None, "GET") and not is_open():
            raise ClosedFenceError

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(check)
    trace.on_connection_reuseconn.append(check)
    # Asked at the beginning too, so that nothing is connected in vain.
    trace.on_request_start.append(check)
    return trace
