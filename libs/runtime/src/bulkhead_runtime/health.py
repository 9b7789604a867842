"""The small HTTP server beside a process, for the kubelet's probes, Prometheus and the certcontroller.

It shows no object and no secret.
"""

import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import web

from bulkhead_runtime.metrics import CONTENT_TYPE, exposition
from bulkhead_runtime.tls_facts import TlsFacts

_ADDRESS: Final = re.compile(r"(?P<host>|[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})")
_SHUTDOWN_S: Final = 1.0


class AddressError(ValueError):
    """An address is not HOST:PORT."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, or where somebody listens."""

    host: str
    """A name or an IP address; empty means all addresses of the machine."""
    port: int
    """0 means any free one."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address_from_text(text: str) -> Address:
    """Read `HOST:PORT`, `:PORT` or `[IPV6]:PORT`.

    Raises:
        AddressError: the text is none of these.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise AddressError(f"{text[:64]!r} is not an address such as 127.0.0.1:8080 or :8080")
    return Address(match["host"].strip("[]"), int(match["port"]))


@asynccontextmanager
async def serve_http(
    address: str,
    *,
    live: Callable[[], bool],
    ready: Callable[[], bool],
    metrics: bool = True,
    tls: Callable[[], TlsFacts | Sequence[TlsFacts] | None] | None = None,
) -> AsyncIterator[Address]:
    """Answer /healthz, /livez, /readyz, /metrics and /tls while the context is open; gives where it listens.

    Args:
        address: as `address_from_text` reads it.
        live: whether the process should go on; if not, /livez and /healthz answer 503.
        ready: whether the process does its work; if not, /readyz answers 503.
        metrics: whether /metrics is there; false where `metrics_server` guards it.
        tls: what /tls tells of the process's certificate, or of each if it has several; while it gives None, /tls
            answers 503. None means that the process has no certificate, and that there is no /tls.

    Raises:
        AddressError: the address is not one.
        OSError: the address is taken or not this machine's.
    """
    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", _probe(live)),
            web.get("/livez", _probe(live)),
            web.get("/readyz", _probe(ready)),
            *([web.get("/metrics", _metrics)] if metrics else []),
            *([web.get("/tls", _tls(tls))] if tls is not None else []),
        ]
    )
    async with serve_app(address, app) as listening:
        yield listening


@asynccontextmanager
async def serve_app(address: str, app: web.Application, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Address]:
    """Serve any small application while the context is open; see `serve_http` for the rest.

    Raises:
        AddressError: the address is not one.
        OSError: the address is taken or not this machine's.
    """
    wanted = address_from_text(address)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, wanted.host or None, wanted.port, ssl_context=tls).start()
        yield Address(wanted.host, runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _probe(check: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n") if check() else web.Response(status=503, text="not ok\n")

    return answer


async def _metrics(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=exposition(), headers={"Content-Type": CONTENT_TYPE})


def _tls(
    facts: Callable[[], TlsFacts | Sequence[TlsFacts] | None],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        known = facts()
        if known is None:
            return web.Response(status=503, text="no certificate yet\n")
        return web.Response(body=msgspec.json.encode(known), content_type="application/json")

    return answer
