"""The denylist at a real server: callers whose certificate a handshake took and who are let through no more."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import CallerNotAllowedError, ProviderError, UnavailableError
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import Capability, Found
from bulkhead_provider_sdk.server import running_server
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, webhook_id
from bulkhead_runtime.tls import TlsSource
from bulkhead_runtime.trust import Trust
from bulkhead_testkit.authority import Authority, Denied, Leaf, Usage, serial_in
from bulkhead_testkit.grpc_caller import open_channel, request_context
from bulkhead_testkit.provider_stage import CONTROLLER, SERVER_ID, ProviderStage

if TYPE_CHECKING:
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

TIMEOUT_S = 10
WEBHOOK = Leaf(spiffe_id=webhook_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)


async def ask(stub: "ProviderServiceAsyncStub") -> ProviderError | None:
    """Call, and say what became of it."""
    return await outcome(stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S))


async def outcome(call: Awaitable[object]) -> ProviderError | None:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return provider_error_from_rpc(error, where="the server")
    return None


@pytest.mark.parametrize(
    ("denied", "says"),
    [
        pytest.param(lambda serial: Denied(serials=[serial], version=2), "its certificate", id="by-its-serial"),
        pytest.param(
            lambda _: Denied(identities=[CONTROLLER.spiffe_id], version=2), "its identity is", id="by-its-identity"
        ),
        pytest.param(
            lambda _: Denied(issued_before={CONTROLLER.spiffe_id: datetime.now(UTC) + timedelta(hours=1)}, version=2),
            "older certificates",
            id="with-all-that-are-older",
        ),
    ],
)
async def test_a_caller_who_is_revoked_on_a_running_connection_gets_no_further_call(
    stage: ProviderStage, denied: Callable[[int], Denied], says: str
) -> None:
    identity, webhook = stage.identity(), stage.identity(WEBHOOK)
    async with (
        stage.serving() as server,
        stage.calling(server, identity) as revoked,
        stage.calling(server, webhook) as other,
    ):
        assert await ask(revoked) is None
        stage.deny(denied(serial_in(identity)))
        begun = time.monotonic()
        error = await ask(revoked)
        assert time.monotonic() - begun < 1
        assert isinstance(error, CallerNotAllowedError)
        assert error.message.startswith('caller "spiffe://bulkhead.local/controller": not let through')
        assert says in error.message
        assert await ask(other) is None
        stage.deny(Denied(version=3))
        assert await ask(revoked) is None


async def test_a_revoked_caller_reaches_no_method_and_no_provider(stage: ProviderStage) -> None:
    identity = stage.identity()
    stage.deny(Denied(serials=[serial_in(identity)], version=2))
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        for call in (
            stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S),
            stub.ValidateStore(pb.ValidateStoreRequest(context=request_context()), timeout=TIMEOUT_S),
            stub.BatchGet(pb.BatchGetRequest(context=request_context()), timeout=TIMEOUT_S),
            stub.Find(pb.FindRequest(context=request_context()), timeout=TIMEOUT_S).read(),
        ):
            assert isinstance(await outcome(call), CallerNotAllowedError)
    assert stage.provider.seen == []


async def test_a_new_certificate_of_an_identity_whose_older_ones_are_revoked_is_let_through(
    stage: ProviderStage,
) -> None:
    identity = stage.identity()
    # Both issuers count the time of issue from a notBefore that lies 65 minutes before it.
    stage.deny(Denied(issued_before={CONTROLLER.spiffe_id: datetime.now(UTC) - timedelta(hours=2)}, version=2))
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        assert await ask(stub) is None


async def test_without_its_file_the_list_counts_until_it_expires_and_then_nobody_is_let_through(
    stage: ProviderStage,
) -> None:
    ahead = timedelta(0)
    identity = stage.identity()
    stage.deny(Denied(version=2, lifetime=timedelta(minutes=10)))
    trust = Trust(TlsSource(stage.settings.tls_dir), now=lambda: datetime.now(UTC) + ahead)
    policy = PolicySource(stage.policy_file)
    async with (
        running_server(stage.settings, stage.provider, policy, trust) as server,
        stage.calling(server, identity) as stub,
    ):
        assert await ask(stub) is None
        (stage.settings.tls_dir / "denylist.jws").unlink()
        assert await ask(stub) is None
        ahead = timedelta(minutes=11)
        error = await ask(stub)
        assert isinstance(error, UnavailableError)
        assert "no denylist in date: look at the certcontroller" in error.message
        stage.deny(Denied(version=3))
        assert await ask(stub) is None


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(
            lambda stage: Authority.new().deny(stage.settings.tls_dir, Denied(version=9)), id="by-another-root"
        ),
        pytest.param(lambda stage: stage.deny(Denied(version=1)), id="by-playing-back-an-older-one"),
        pytest.param(lambda stage: (stage.settings.tls_dir / "denylist.jws").write_bytes(b"{}"), id="by-no-signature"),
    ],
)
async def test_a_revoked_caller_is_not_brought_back_by_a_forged_list(
    stage: ProviderStage, forge: Callable[[ProviderStage], object]
) -> None:
    identity = stage.identity()
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        stage.deny(Denied(serials=[serial_in(identity)], version=2))
        assert isinstance(await ask(stub), CallerNotAllowedError)
        forge(stage)
        assert isinstance(await ask(stub), CallerNotAllowedError)


async def test_a_server_that_needs_no_list_lets_callers_through_without_one(stage: ProviderStage) -> None:
    (stage.settings.tls_dir / "denylist.jws").unlink()
    identity = stage.identity()
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        assert isinstance(await ask(stub), UnavailableError)
    stage.settings = replace(stage.settings, require_denylist=False)
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        assert await ask(stub) is None


async def test_the_audit_line_of_a_revoked_caller_says_who_and_why(
    stage: ProviderStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    identity = stage.identity()
    stage.deny(Denied(serials=[serial_in(identity)], version=2))
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        await ask(stub)
    (line,) = [record for record in caplog.records if record.name == "bulkhead.audit"]
    fields = line.__dict__["bulkhead_fields"]
    assert fields["caller"] == "spiffe://bulkhead.local/controller"
    assert fields["outcome"] == "CallerNotAllowedError"
    assert f"{serial_in(identity):x} is revoked" in fields["because"]


@pytest.mark.slow
async def test_an_open_stream_ends_within_seconds_after_its_caller_was_revoked(stage: ProviderStage) -> None:
    identity = stage.identity()
    async with (
        stage.serving() as server,
        open_channel(server.target, server=SERVER_ID, identity=identity) as channel,
    ):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        begun = time.monotonic()
        stage.deny(Denied(serials=[serial_in(identity)], version=2))
        error = await outcome(watch.read())
        assert isinstance(error, CallerNotAllowedError)
        assert time.monotonic() - begun < 5


@pytest.mark.slow
async def test_a_find_that_takes_long_ends_once_its_caller_is_revoked(stage: ProviderStage) -> None:
    async def find(*_: object) -> AsyncIterator[Found]:
        yield Found(name="first", data=SecretValue(b"x" * 2_000_000))
        yield Found(name="second", data=SecretValue(b"x" * 2_000_000))
        await asyncio.Event().wait()

    identity = stage.identity()
    stage.provider.capabilities = frozenset({*stage.provider.capabilities, Capability.FIND_BY_NAME})
    stage.provider.find = find  # type: ignore[method-assign,assignment]  # a stream that does not end by itself
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        stream = stub.Find(pb.FindRequest(context=request_context()), timeout=60)
        await stream.read()
        stage.deny(Denied(serials=[serial_in(identity)], version=2))
        async with asyncio.timeout(5):
            assert isinstance(await outcome(stream.read()), CallerNotAllowedError)
