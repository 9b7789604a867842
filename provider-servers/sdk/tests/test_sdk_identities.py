"""Who gets in and who may call what, with real certificates on both sides."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import CallerNotAllowedError, ProviderError, UnavailableError
from bulkhead_provider_sdk.health import Health
from bulkhead_provider_sdk.listen import UnixSocket
from bulkhead_provider_sdk.server import check_own_identity
from bulkhead_runtime.health import Address
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, SpiffeId, provider_id, pusher_id, webhook_id
from bulkhead_runtime.tls import TlsFilesError, load_identity
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.grpc_caller import open_channel, provider_stub, request_context
from bulkhead_testkit.provider_stage import CONTROLLER, SERVER_ID, ProviderStage

if TYPE_CHECKING:
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

TIMEOUT_S = 10
EXPIRED = timedelta(seconds=-5)
TLS_REFUSAL = "TLS handshake failed"

METHODS: Final[dict[str, Callable[["ProviderServiceAsyncStub"], Awaitable[object]]]] = {
    "GetInfo": lambda stub: stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S),
    "ValidateStore": lambda stub: stub.ValidateStore(
        pb.ValidateStoreRequest(context=request_context()), timeout=TIMEOUT_S
    ),
    "BatchGet": lambda stub: stub.BatchGet(
        pb.BatchGetRequest(context=request_context(), refs=[pb.Ref(key="k", shape=pb.SHAPE_VALUE)]), timeout=TIMEOUT_S
    ),
    "Find": lambda stub: stub.Find(pb.FindRequest(context=request_context()), timeout=TIMEOUT_S).read(),
}


async def outcome(call: Awaitable[object]) -> ProviderError | None:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return provider_error_from_rpc(error, where="the server")
    return None


@pytest.fixture(params=["unix", "tcp"])
def transport(stage: ProviderStage, request: pytest.FixtureRequest) -> ProviderStage:
    if request.param == "tcp":
        stage.settings = replace(stage.settings, listen=Address("127.0.0.1", 0))
    return stage


def client(path: str, trust_domain: str = DEFAULT_TRUST_DOMAIN) -> Leaf:
    return Leaf(spiffe_id=SpiffeId(trust_domain, path), usage=Usage.CLIENT)


@pytest.mark.parametrize(
    ("leaf", "allowed"),
    [
        pytest.param(client("controller"), set(METHODS), id="the-controller-reads"),
        pytest.param(client("webhook"), {"GetInfo", "ValidateStore"}, id="the-webhook-only-validates"),
        pytest.param(client("pusher"), set(), id="the-pusher-reads-nothing"),
        pytest.param(client("provider/other"), set(), id="another-provider-reads-nothing"),
        pytest.param(client("provider/tiny"), set(), id="the-provider-itself-reads-nothing"),
        pytest.param(client("controller/x"), set(), id="a-path-below-the-controllers-reads-nothing"),
        pytest.param(client("Controller"), set(), id="a-path-in-other-case-reads-nothing"),
        pytest.param(
            client("controller", "other.local"), set(), id="a-controller-of-another-trust-domain-reads-nothing"
        ),
        pytest.param(
            replace(CONTROLLER, uris=["spiffe://bulkhead.local/controller", "spiffe://bulkhead.local/webhook"]),
            set(),
            id="two-identities-in-one-certificate-read-nothing",
        ),
        pytest.param(
            replace(CONTROLLER, uris=[], dns_names=["controller.bulkhead.local"]), set(), id="a-dns-name-reads-nothing"
        ),
        pytest.param(replace(CONTROLLER, uris=["https://bulkhead.local/controller"]), set(), id="a-url-reads-nothing"),
    ],
)
async def test_an_identity_that_our_authority_signed_may_call(
    transport: ProviderStage, leaf: Leaf, allowed: set[str]
) -> None:
    async with transport.serving() as server, transport.calling(server, transport.identity(leaf)) as stub:
        outcomes = {name: await outcome(call(stub)) for name, call in METHODS.items()}
    assert {name for name, error in outcomes.items() if error is None} == allowed
    assert {type(error) for name, error in outcomes.items() if name not in allowed} <= {CallerNotAllowedError}
    assert len(transport.provider.seen) == len(allowed - {"GetInfo"})


@pytest.mark.parametrize(
    ("leaf", "over_socket", "over_network"),
    [
        pytest.param(client("controller"), True, False, id="the-controller-over-the-socket-only"),
        pytest.param(client("webhook"), True, True, id="the-webhook-over-both"),
        pytest.param(client("pusher"), False, False, id="the-pusher-over-none"),
    ],
)
async def test_beside_a_socket_an_address_of_the_network_is_the_webhooks(
    stage: ProviderStage, leaf: Leaf, over_socket: bool, over_network: bool
) -> None:
    stage.settings = replace(stage.settings, webhook_listen=Address("127.0.0.1", 0))
    identity = stage.identity(leaf)
    async with stage.serving() as server:
        assert server.webhook_listen is not None
        network = replace(server, listen=server.webhook_listen)
        for reached, allowed in ((server, over_socket), (network, over_network)):
            async with stage.calling(reached, identity) as stub:
                error = await outcome(METHODS["ValidateStore"](stub))
            assert error is None if allowed else isinstance(error, CallerNotAllowedError)


@pytest.mark.parametrize(
    ("leaf", "issuer"),
    [
        pytest.param(CONTROLLER, Authority.new(), id="whose-authority-is-another"),
        pytest.param(replace(CONTROLLER, lifetime=EXPIRED), None, id="that-has-expired"),
        pytest.param(replace(CONTROLLER, usage=Usage.SERVER, dns_names=[]), None, id="that-is-for-servers-only"),
        pytest.param(
            Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "other"), usage=Usage.SERVER),
            None,
            id="of-another-provider-server",
        ),
    ],
)
async def test_the_handshake_refuses_a_certificate(
    transport: ProviderStage, leaf: Leaf, issuer: Authority | None
) -> None:
    identity = transport.identity(leaf, issuer=issuer)
    async with transport.serving() as server, transport.calling(server, identity) as stub:
        assert isinstance(await outcome(METHODS["GetInfo"](stub)), UnavailableError)
    assert transport.provider.seen == []


async def test_the_handshake_refuses_a_caller_without_a_certificate(transport: ProviderStage) -> None:
    async with transport.serving() as server, transport.calling(server, None) as stub:
        assert isinstance(await outcome(METHODS["GetInfo"](stub)), UnavailableError)


async def test_a_caller_without_tls_gets_no_answer(transport: ProviderStage) -> None:
    async with transport.serving() as server:
        if isinstance(server.listen, UnixSocket):
            reader, writer = await asyncio.open_unix_connection(str(server.listen.path))
        else:
            reader, writer = await asyncio.open_connection(server.listen.host, server.listen.port)
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        async with asyncio.timeout(TIMEOUT_S):
            answer = await reader.read()
        writer.close()
    # At most the alert that TLS ends with; a settings frame of HTTP/2 would have type 4 at the fourth place.
    assert answer[:1] in {b"", b"\x15"}


@pytest.mark.parametrize(
    ("leaf", "issuer"),
    [
        pytest.param(
            Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "other"), usage=Usage.SERVER),
            None,
            id="of-another-provider",
        ),
        pytest.param(
            Leaf(spiffe_id=SpiffeId("o.local", "provider/tiny"), usage=Usage.SERVER), None, id="of-another-td"
        ),
        pytest.param(Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER, lifetime=EXPIRED), None, id="that-has-expired"),
        pytest.param(
            Leaf(spiffe_id=SERVER_ID, usage=Usage.CLIENT, dns_names=[SERVER_ID.server_name]),
            None,
            id="for-clients-only",
        ),
        pytest.param(Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER), Authority.new(), id="whose-authority-is-another"),
        pytest.param(Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER, dns_names=[]), None, id="without-a-dns-name"),
    ],
)
async def test_a_caller_refuses_a_server_certificate(
    stage: ProviderStage, leaf: Leaf, issuer: Authority | None
) -> None:
    tls_dir = (issuer or stage.authority).issue(leaf, stage.directory / "wrong", roots=stage.authority.roots)
    async with (
        foreign_server(tls_dir) as target,
        open_channel(target, server=SERVER_ID, identity=stage.identity()) as channel,
    ):
        error = await outcome(METHODS["GetInfo"](provider_stub(channel)))
    assert error is not None
    assert TLS_REFUSAL in error.message


@asynccontextmanager
async def foreign_server(tls_dir: Path) -> AsyncIterator[str]:
    """A server that does not check its own certificate as ours does."""
    pair = ((tls_dir / "tls.key").read_bytes(), (tls_dir / "tls.crt").read_bytes())
    server = grpc.aio.server()
    credentials = grpc.ssl_server_credentials([pair], (tls_dir / "ca.crt").read_bytes(), require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(
            Leaf(spiffe_id=SpiffeId("o.local", "provider/tiny"), usage=Usage.SERVER), id="of-another-trust-domain"
        ),
        pytest.param(CONTROLLER, id="of-a-caller"),
        pytest.param(
            Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER, dns_names=[]), id="without-the-name-that-callers-compare"
        ),
    ],
)
def test_a_server_refuses_to_start_with_a_certificate(stage: ProviderStage, leaf: Leaf) -> None:
    identity = load_identity(stage.authority.issue(leaf, stage.settings.tls_dir))
    with pytest.raises(TlsFilesError):
        check_own_identity(identity, stage.settings)


@pytest.mark.parametrize(
    ("leaf", "serving"),
    [
        pytest.param(CONTROLLER, True, id="the-controller"),
        pytest.param(Leaf(spiffe_id=webhook_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT), True, id="the-webhook"),
        pytest.param(Leaf(spiffe_id=pusher_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT), False, id="not-the-pusher"),
    ],
)
async def test_health_is_told_to(stage: ProviderStage, leaf: Leaf, serving: bool) -> None:
    request = health_pb2.HealthCheckRequest(service="bulkhead.provider.v1.ProviderService")
    identity = stage.identity(leaf)
    async with (
        stage.serving() as server,
        open_channel(server.target, server=SERVER_ID, identity=identity) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        checked = await outcome(health.Check(request, timeout=TIMEOUT_S))
        watched = await outcome(health.Watch(request, timeout=TIMEOUT_S).read())
    assert [checked is None, watched is None] == [serving, serving]


async def test_a_watch_of_health_ends_when_the_server_stops(stage: ProviderStage) -> None:
    async with (
        stage.serving() as server,
        open_channel(server.target, server=SERVER_ID, identity=stage.identity()) as channel,
    ):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
        statuses = [each.status async for each in stopping_after_one(watch, server.health)]
    assert statuses == [health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING]


async def stopping_after_one(
    watch: AsyncIterable[health_pb2.HealthCheckResponse], health: Health
) -> AsyncIterator[health_pb2.HealthCheckResponse]:
    async for each in watch:
        yield each
        health.stop()


@pytest.mark.slow
async def test_a_certificate_that_expires_on_an_open_connection_is_refused_at_the_next_call(
    stage: ProviderStage,
) -> None:
    identity = stage.identity(replace(CONTROLLER, lifetime=timedelta(seconds=2)))
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        assert await outcome(METHODS["GetInfo"](stub)) is None
        async with asyncio.timeout(TIMEOUT_S):
            # There is no event for time having passed.
            while (error := await outcome(METHODS["GetInfo"](stub))) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert isinstance(error, CallerNotAllowedError)


async def test_a_session_ticket_is_good_for_no_longer_than_a_connection(stage: ProviderStage) -> None:
    age = timedelta(milliseconds=100)
    stage.settings = replace(stage.settings, listen=Address("127.0.0.1", 0), max_connection_age=age)
    identity = stage.identity()
    context = ssl.create_default_context(cafile=str(identity / "ca.crt"))
    context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
    context.set_alpn_protocols(["h2"])
    async with stage.serving() as server:
        assert isinstance(server.listen, Address)
        session, _ = await asyncio.to_thread(handshake, server.listen, context, None)
        await asyncio.sleep(age.total_seconds())
        _, reused = await asyncio.to_thread(handshake, server.listen, context, session)
    assert session is not None
    assert not reused


def handshake(
    address: Address, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[ssl.SSLSession | None, bool | None]:
    with (
        socket.create_connection((address.host, address.port), timeout=TIMEOUT_S) as raw,
        context.wrap_socket(raw, server_hostname=SERVER_ID.server_name, session=session) as connection,
    ):
        # Tickets of TLS 1.3 come with the first data of the server, its HTTP/2 settings.
        connection.recv(1024)
        return connection.session, connection.session_reused
