"""Asking real HTTP servers which certificate they use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web

from bulkhead_certcontroller.acknowledgement import HttpAcknowledgements
from bulkhead_certcontroller.answers import Asked, Silence, TlsAnswer
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_runtime.health import serve_app
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.ports import free_port

ID = SpiffeId("td", "controller")
ANSWER = TlsAnswer(identity=str(ID), serial="1", issuer="old", roots=["old"])


def identity(*addresses: str) -> Identity:
    return Identity(name="controller", spiffe_id=ID, usage=Usage.CLIENT, acknowledge=addresses)


@asynccontextmanager
async def serving(body: bytes, status: int = 200) -> AsyncIterator[str]:
    async def tls(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status)

    app = web.Application()
    app.add_routes([web.get("/tls", tls)])
    async with serve_app("127.0.0.1:0", app) as address:
        yield str(address)


async def ask(*addresses: str) -> Asked:
    found = await HttpAcknowledgements().ask([identity(*addresses)])
    return found["controller"]


async def test_a_process_is_asked_what_it_uses() -> None:
    async with serving(msgspec.json.encode(ANSWER)) as address:
        assert await ask(address) == Asked(answers=(ANSWER,))


async def test_every_address_is_asked() -> None:
    async with serving(msgspec.json.encode(ANSWER)) as one, serving(msgspec.json.encode([ANSWER])) as other:
        assert await ask(one, other) == Asked(answers=(ANSWER, ANSWER))


async def test_nobody_is_there_when_the_connection_is_refused_or_the_name_leads_nowhere() -> None:
    nobody = Asked(silences=frozenset({Silence.NOBODY_THERE}))

    assert await ask(f"127.0.0.1:{free_port()}") == nobody


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"ok", 200, id="is-no-answer"),
        pytest.param(msgspec.json.encode(ANSWER), 404, id="is-not-found"),
        pytest.param(msgspec.json.encode(ANSWER), 302, id="leads-elsewhere"),
        pytest.param(b" " * 100_000 + msgspec.json.encode(ANSWER), 200, id="is-longer-than-any-answer"),
        pytest.param(
            msgspec.json.encode(TlsAnswer(identity="spiffe://td/other", serial="1", issuer="old", roots=[])),
            200,
            id="is-anothers",
        ),
    ],
)
async def test_a_process_is_silent_whose_reply(body: bytes, status: int) -> None:
    async with serving(body, status) as address:
        assert await ask(address) == Asked(silences=frozenset({Silence.NO_ANSWER}))


async def test_a_process_without_a_certificate_says_so() -> None:
    async with serving(b"no certificate yet", 503) as address:
        assert await ask(address) == Asked(silences=frozenset({Silence.NOTHING_LOADED}))


@pytest.mark.slow
async def test_a_process_that_does_not_answer_is_waited_for_two_seconds_with_all_others() -> None:
    held = asyncio.Event()

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with serving(msgspec.json.encode(ANSWER)) as address, asyncio.timeout(4):
        found = await ask(f"127.0.0.1:{port}", f"127.0.0.1:{port}", address)
    held.set()
    silent.close()

    assert found == Asked(answers=(ANSWER,), silences=frozenset({Silence.NO_ANSWER}))


async def test_an_identity_without_addresses_says_nothing() -> None:
    assert await ask() == Asked()
