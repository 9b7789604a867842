"""Accepts connections over TLS, so many and no more. What is beyond the bound is closed at once and costs nothing.

aiohttp's own sites accept without a bound, and a connection counts with them only after its handshake.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bulkhead_runtime.health import Address, address_from_text
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import counter, gauge
from bulkhead_webhook.memory import tidy

MAX_CONNECTIONS: Final = 1024

_HANDSHAKE_S: Final = 5.0
_BACKLOG: Final = 256
# Without a file descriptor to spare, accepting at once again would only burn time.
_PAUSE_S: Final = 0.1

_LOG: Final = get_logger("listener")
_OPEN: Final = gauge("bulkhead_webhook_connections", "Connections that are open, handshakes included.")
_REFUSED: Final = counter("bulkhead_webhook_connections_refused_total", "Connections closed as there were too many.")
_FAILED: Final = counter("bulkhead_webhook_handshakes_failed_total", "TLS handshakes that failed or took too long.")


class Listener:
    """Hands connections over to an application once they have shaken hands."""

    def __init__(self, server: web.Server, tls: ssl.SSLContext, *, max_connections: int) -> None:
        """Serve `server`'s application with `tls`."""
        self._server = server
        self._tls = tls
        self._max_connections = max_connections
        self._handshaking = 0
        self.accepted = 0
        """How many connections there have been."""

    @property
    def open_connections(self) -> int:
        """How many connections there are."""
        return self._handshaking + len(self._server.connections)

    async def accept(self, listening: socket.socket) -> None:
        """Accept connections until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as handshakes:
            while True:
                try:
                    connection, _ = await loop.sock_accept(listening)
                except OSError as error:
                    _LOG.warning("no connection could be accepted", error=error)
                    await asyncio.sleep(_PAUSE_S)
                    continue
                if self.open_connections >= self._max_connections:
                    _REFUSED.inc()
                    connection.close()
                    continue
                self.accepted += 1
                self._handshaking += 1
                handshakes.create_task(self._shake_hands(connection))

    async def _shake_hands(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                self._server, connection, ssl=self._tls, ssl_handshake_timeout=_HANDSHAKE_S
            )
        # Whoever does not speak TLS, shows no certificate or leaves is told so by TLS itself.
        except (OSError, TimeoutError):
            _FAILED.inc()
            connection.close()
        finally:
            self._handshaking -= 1


@asynccontextmanager
async def listen(
    address: str, runner: web.AppRunner, tls: ssl.SSLContext, *, max_connections: int = MAX_CONNECTIONS
) -> AsyncIterator[Address]:
    """Serve a runner's application while the context is open; gives the address that it listens on.

    Args:
        address: as `address_from_text` reads it.
        runner: of the application; set up already.
        tls: the server's.
        max_connections: how many there may be at once.

    Raises:
        AddressError: the address is not one.
        OSError: the address is taken or not this machine's.
    """
    wanted = address_from_text(address)
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    listener = Listener(server, tls, max_connections=max_connections)
    with _socket(wanted) as listening:
        _OPEN.set_function(lambda: listener.open_connections)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(listener.accept(listening)),
                group.create_task(tidy(lambda: listener.accepted + server.requests_count)),
            ]
            try:
                yield Address(wanted.host, listening.getsockname()[1])
            finally:
                for task in tasks:
                    task.cancel()


def _socket(wanted: Address) -> socket.socket:
    # A host that is empty means all addresses, of IPv6 too where the machine has it.
    family = socket.AF_INET6 if ":" in wanted.host or (not wanted.host and socket.has_dualstack_ipv6()) else None
    if not wanted.host and family is not None:
        made = socket.create_server(("", wanted.port), family=family, backlog=_BACKLOG, dualstack_ipv6=True)
    else:
        made = socket.create_server((wanted.host, wanted.port), family=family or socket.AF_INET, backlog=_BACKLOG)
    made.setblocking(False)
    return made
