"""/metrics over TLS, for those alone whom the API server lets read it. Without both, `health` serves it plainly."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.health import Address, serve_app
from bulkhead_runtime.kube.access import Access, Reviewer
from bulkhead_runtime.metrics import CONTENT_TYPE, exposition
from bulkhead_runtime.serving_tls import ServingCertificate

PATH: Final = "/metrics"

_BEARER: Final = "bearer "


@asynccontextmanager
async def serve_metrics(
    address: str, certificate: ServingCertificate, *, reviewer: Reviewer | None
) -> AsyncIterator[Address]:
    """Answer /metrics over TLS while the context is open; gives the address that it listens on.

    Args:
        address: as `address_from_text` reads it.
        certificate: the server's.
        reviewer: judges who may read; None means that everybody may.

    Raises:
        AddressError: the address is not one.
        OSError: the address is taken or not this machine's.
    """
    app = web.Application()
    app.add_routes([web.get(PATH, _answer(reviewer))])
    async with serve_app(address, app, tls=certificate.context) as listening:
        yield listening


def _answer(reviewer: Reviewer | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        access = Access.ALLOWED if reviewer is None else await reviewer.judge(_token(request))
        match access:
            case Access.ALLOWED:
                return web.Response(body=exposition(), headers={"Content-Type": CONTENT_TYPE})
            case Access.UNKNOWN_TOKEN:
                return web.Response(status=401, text="not authenticated\n", headers={"WWW-Authenticate": "Bearer"})
            case Access.FORBIDDEN:
                return web.Response(status=403, text="not allowed\n")
            case Access.NOT_JUDGED:
                return web.Response(status=503, text="access could not be judged\n")

    return answer


def _token(request: web.Request) -> SecretValue:
    """Give the bearer token; empty if there is none."""
    header = request.headers.get("Authorization", "")
    token = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
    # A token is ASCII; anything else is as good as none.
    return SecretValue(token.encode() if token.isascii() else b"")
