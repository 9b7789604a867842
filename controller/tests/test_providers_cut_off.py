"""A call that a stopping server cuts off: it only reads, so it is made once more, of whoever is there then."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead_api.errors import UnavailableError
from bulkhead_controller.backends import Query, Ref, Value
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_provider_sdk.listen import UnixSocket
from bulkhead_testkit.provider_stage import ProviderStage
from bulkhead_testkit.rogue_provider import RogueProvider, well_formed
from bulkhead_testkit.stage_client import CONSUMER, STORE, backends_of

client_of = partial(backends_of, timeout_s=5.0)
# What is asked beside the calls: GetInfo before the first one.
INFO = 1


@pytest.fixture
def stage(tmp_path: Path) -> ProviderStage:
    return ProviderStage.new(tmp_path)


def stopping(stage: ProviderStage, *, times: int) -> RogueProvider:
    """Serve, and cut off so many calls before one is answered."""
    assert isinstance(stage.settings.listen, UnixSocket)
    server = RogueProvider(stage.settings.listen, stage.settings.tls_dir, well_formed, stream=found)
    server.cutting_off = times
    return server


def found(request: pb.FindRequest) -> Iterator[bytes]:
    context = store_pb2.ResponseContext(request_id=request.context.request_id, store=request.context.store.ref)
    secret = pb.FoundSecret(name="a", data=b"v")
    yield pb.FindResponse(context=context, secrets=[secret]).SerializeToString()


async def read(backends: GrpcBackends) -> list[object]:
    return list(await backends.batch_get(STORE, CONSUMER, [Ref(key="a")]))


async def test_a_read_that_is_cut_off_is_made_once_more(stage: ProviderStage) -> None:
    with stopping(stage, times=1) as server:
        async with client_of(stage) as backends:
            (value,) = await read(backends)
        assert isinstance(value, Value)
        assert server.requests == INFO + 2


async def test_a_search_that_is_cut_off_is_made_once_more(stage: ProviderStage) -> None:
    with stopping(stage, times=1) as server:
        async with client_of(stage) as backends:
            assert list(await backends.find(STORE, CONSUMER, Query(name_regexp="."))) == ["a"]
        assert server.requests == INFO + 2


async def test_one_that_is_cut_off_again_fails(stage: ProviderStage) -> None:
    with stopping(stage, times=2) as server:
        async with client_of(stage) as backends:
            with pytest.raises(UnavailableError, match="cut off"):
                await read(backends)
        assert server.requests == INFO + 2


async def test_whoever_is_at_the_address_then_is_looked_at_first(stage: ProviderStage) -> None:
    socket = stage.settings.listen
    assert isinstance(socket, UnixSocket)
    with stopping(stage, times=0) as server:
        async with client_of(stage) as backends:
            await read(backends)
            server.cutting_off = 1
            socket.path.unlink()
            with pytest.raises(UnavailableError, match="cannot be reached"):
                await read(backends)
        assert server.requests == INFO + 2
