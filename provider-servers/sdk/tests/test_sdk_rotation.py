"""Certificates change while calls go on."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api.errors import UnavailableError
from bulkhead_provider_sdk.server import RunningServer
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.grpc_caller import open_channel, provider_stub, request_context
from bulkhead_testkit.provider_stage import CONTROLLER, SERVER_ID, ProviderStage

if TYPE_CHECKING:
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

SERVER = Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER)
TIMEOUT_S = 10
ROTATIONS = 10


async def read_once(server: RunningServer, identity: Path) -> None:
    """Call on a connection of its own, with a handshake of its own."""
    async with open_channel(server.target, server=SERVER_ID, identity=identity) as channel:
        await provider_stub(channel).GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)


@pytest.mark.slow
async def test_no_call_fails_while_the_server_certificate_is_replaced_under_load(stage: ProviderStage) -> None:
    stage.settings = replace(
        stage.settings,
        max_connection_age=timedelta(milliseconds=200),
        max_connection_age_grace=timedelta(seconds=TIMEOUT_S),
    )
    identity = stage.identity()
    done = asyncio.Event()
    calls = 0

    async def call_on_one_channel(server: RunningServer) -> None:
        nonlocal calls
        request = pb.BatchGetRequest(context=request_context(), refs=[pb.Ref(key="k", shape=pb.SHAPE_VALUE)])
        async with stage.calling(server, identity) as stub:
            while not done.is_set():
                await stub.BatchGet(request, timeout=TIMEOUT_S)
                calls += 1

    async def rotate(server: RunningServer) -> None:
        for _ in range(ROTATIONS):
            stage.authority.issue(SERVER, stage.settings.tls_dir)
            await read_once(server, identity)
            await asyncio.sleep(0.1)
        done.set()

    async with stage.serving() as server, asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(call_on_one_channel(server))
        tasks.create_task(rotate(server))
    assert calls > ROTATIONS


async def test_handshakes_and_calls_follow_the_authority(stage: ProviderStage) -> None:
    before, after = stage.authority, Authority.new()
    old = stage.identity()
    new = after.issue(CONTROLLER, stage.directory / "new-controller")
    async with stage.serving() as server, stage.calling(server, old) as open_connection:
        await open_connection.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)
        with pytest.raises(grpc.aio.AioRpcError):
            await read_once(server, new)
        after.issue(SERVER, stage.settings.tls_dir)
        await read_once(server, new)
        with pytest.raises(grpc.aio.AioRpcError):
            await read_once(server, old)
        # A caller that knows both authorities, and is still of the old one, is refused by the server.
        (old / "ca.crt").write_bytes(before.roots + after.roots)
        with pytest.raises(grpc.aio.AioRpcError):
            await read_once(server, old)
        # A root that was withdrawn at once may have been stolen, so what it vouched for ends with it.
        with pytest.raises(grpc.aio.AioRpcError, match="no longer trusted") as refused:
            await open_connection.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)
        assert isinstance(provider_error_from_rpc(refused.value, where=""), UnavailableError)


async def test_an_open_connection_goes_on_while_its_root_is_one_of_two_that_are_trusted(stage: ProviderStage) -> None:
    identity = stage.identity()
    async with stage.serving() as server, stage.calling(server, identity) as stub:
        await stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)
        after = Authority.new()
        after.issue(SERVER, stage.settings.tls_dir, roots=after.roots + stage.authority.roots)
        await stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)


async def test_a_server_with_old_and_new_roots_takes_callers_of_both(stage: ProviderStage) -> None:
    before, after = stage.authority, Authority.new()
    both = before.roots + after.roots
    before.issue(SERVER, stage.settings.tls_dir, roots=both)
    async with stage.serving() as server:
        await read_once(server, before.issue(CONTROLLER, stage.directory / "old", roots=both))
        await read_once(server, after.issue(CONTROLLER, stage.directory / "new", roots=both))


async def test_new_handshakes_fail_once_the_server_certificate_has_expired_and_succeed_with_a_new_one(
    stage: ProviderStage,
) -> None:
    identity = stage.identity()
    async with stage.serving() as server:
        stage.authority.issue(replace(SERVER, lifetime=timedelta(seconds=-5)), stage.settings.tls_dir)
        with pytest.raises(grpc.aio.AioRpcError):
            await read_once(server, identity)
        stage.authority.issue(SERVER, stage.settings.tls_dir)
        await read_once(server, identity)


async def test_a_broken_set_of_files_leaves_the_last_good_certificate_in_use(stage: ProviderStage) -> None:
    identity = stage.identity()
    async with stage.serving() as server:
        (stage.settings.tls_dir / "tls.key").write_bytes(b"half a ke")
        await read_once(server, identity)
        (stage.settings.tls_dir / "tls.crt").unlink()
        await read_once(server, identity)


async def test_a_connection_ends_at_its_greatest_age_and_the_next_one_shows_its_certificate_again(
    stage: ProviderStage,
) -> None:
    stage.settings = replace(stage.settings, max_connection_age=timedelta(milliseconds=100))
    async with stage.serving() as server, stage.calling(server, stage.identity()) as stub:
        await stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)
        Authority.new().issue(SERVER, stage.settings.tls_dir)
        async with asyncio.timeout(TIMEOUT_S):
            with pytest.raises(grpc.aio.AioRpcError):
                await call_for_ever(stub)


async def call_for_ever(stub: "ProviderServiceAsyncStub") -> None:
    while True:
        await stub.GetInfo(pb.GetInfoRequest(), timeout=TIMEOUT_S)
