"""Find from the controller's side of the wire: what comes back, and what a lying or dying server cannot do."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead_api.errors import (
    DeadlineError,
    InternalError,
    InvalidRefError,
    SecretNotFoundError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)
from bulkhead_api.provider import Maintenance, Retry
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Query
from bulkhead_controller.providers.finding import MAX_FOUND_BYTES
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_provider_sdk import provider as sdk
from bulkhead_provider_sdk.listen import UnixSocket
from bulkhead_provider_sdk.provider import Capability, Found
from bulkhead_testkit import stage_client
from bulkhead_testkit.provider_stage import ProviderStage, ScriptedProvider
from bulkhead_testkit.rogue_provider import RogueProvider, well_formed
from bulkhead_testkit.stage_client import CONSUMER, backends_of

TIMEOUT_S = 10.0
RETRY = Retry(max_retries=5, interval=timedelta(seconds=1.5))
STORE = replace(stage_client.STORE, retry=RETRY)
OTHER_STORE = store_pb2.StoreRef(
    kind=store_pb2.STORE_KIND_SECRET_STORE, namespace="team-b", name="theirs", uid="uid-9", generation=1
)
FINDS_BOTH = frozenset({Capability.READ, Capability.FIND_BY_NAME, Capability.FIND_BY_TAG})

Messages = Callable[[pb.FindRequest], Iterator[pb.FindResponse]]


@pytest.fixture
def stage(tmp_path: Path) -> ProviderStage:
    stage = ProviderStage.new(tmp_path)
    stage.provider.capabilities = FINDS_BOTH
    return stage


client_of = partial(backends_of, timeout_s=TIMEOUT_S)


async def find(backends: GrpcBackends, query: Query | None = None) -> Mapping[str, SecretValue]:
    return await backends.find(STORE, CONSUMER, query or Query(name_regexp="a"))


def rogue(stage: ProviderStage, stream: Callable[[pb.FindRequest], Iterator[bytes]]) -> RogueProvider:
    assert isinstance(stage.settings.listen, UnixSocket)
    return RogueProvider(stage.settings.listen, stage.settings.tls_dir, well_formed, stream=stream)


def echo(request: pb.FindRequest, store: store_pb2.StoreRef | None = None) -> store_pb2.ResponseContext:
    return store_pb2.ResponseContext(request_id=request.context.request_id, store=store or request.context.store.ref)


def message(request: pb.FindRequest, *names: str, data: bytes = b"never to be stored") -> pb.FindResponse:
    return pb.FindResponse(context=echo(request), secrets=[pb.FoundSecret(name=name, data=data) for name in names])


def sent(messages: Messages) -> Callable[[pb.FindRequest], Iterator[bytes]]:
    return lambda request: (each.SerializeToString() for each in messages(request))


async def test_everything_that_is_found_comes_back_by_its_name(stage: ProviderStage) -> None:
    large = b"x" * 700_000
    stage.provider.found = [Found(name=f"n{index}", data=SecretValue(large)) for index in range(5)]
    query = Query(path="team-a", name_regexp="^n", tags={"env": "prod"})
    async with stage.serving(), client_of(stage) as backends:
        found = await find(backends, query)
    assert found == {f"n{index}": SecretValue(large) for index in range(5)}
    assert stage.provider.queries == [sdk.Query(path="team-a", name_regexp="^n", tags={"env": "prod"})]


async def test_nothing_found_is_an_empty_answer(stage: ProviderStage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        assert await find(backends) == {}


async def test_retry_settings_of_the_store_reach_the_provider(stage: ProviderStage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        await find(backends)
    assert stage.provider.seen[0].store.retry == RETRY


@pytest.mark.parametrize("maintenance", list(Maintenance))
async def test_validation_says_whether_somebody_looks_after_the_provider(
    stage: ProviderStage, maintenance: Maintenance
) -> None:
    stage.provider.maintenance = maintenance
    async with stage.serving(), client_of(stage) as backends:
        validation = await backends.validate(STORE, CONSUMER)
    assert validation.maintenance is maintenance


async def test_an_error_of_the_provider_keeps_its_type(stage: ProviderStage) -> None:
    class Empty(ScriptedProvider):
        async def find(self, call: sdk.Call, query: sdk.Query) -> AsyncIterator[Found]:
            for each in self.found:
                yield each
            raise SecretNotFoundError('find below "p": not found')

    stage.provider = Empty(capabilities=FINDS_BOTH)
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(SecretNotFoundError, match='find below "p"'):
            await find(backends)


@pytest.mark.parametrize(
    ("capabilities", "query", "says"),
    [
        pytest.param({Capability.READ}, Query(name_regexp="a"), "find.name", id="a-name"),
        pytest.param({Capability.READ}, Query(path="p"), "find.name", id="everything-below-a-path"),
        pytest.param({Capability.FIND_BY_NAME}, Query(tags={"a": "b"}), "find.tags", id="tags"),
        pytest.param({Capability.FIND_BY_TAG}, Query(name_regexp="a"), "find.name", id="a-name-but-tags"),
        pytest.param({Capability.READ}, Query(name_regexp="a", tags={"a": "b"}), "find.name", id="neither"),
    ],
)
async def test_a_query_that_the_server_can_do_nothing_with_is_not_sent(
    stage: ProviderStage, capabilities: set[Capability], query: Query, says: str
) -> None:
    stage.provider.capabilities = frozenset(capabilities)
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(UnsupportedError) as refused:
            await find(backends, query)
    assert refused.value.message == f'store "team-a/store": {says}: this provider does not find secrets that way'
    assert stage.provider.seen == []


async def test_a_server_that_has_learnt_to_find_is_asked(stage: ProviderStage) -> None:
    stage.provider.capabilities = frozenset({Capability.READ})
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(UnsupportedError):
            await find(backends)
        stage.provider.capabilities = FINDS_BOTH
        assert await find(backends) == {}


@pytest.mark.parametrize(
    "capability", [Capability.FIND_BY_NAME, Capability.FIND_BY_TAG], ids=["of-the-name", "of-the-tags"]
)
async def test_a_query_with_name_and_tags_needs_one_capability(stage: ProviderStage, capability: Capability) -> None:
    stage.provider.capabilities = frozenset({capability})
    async with stage.serving(), client_of(stage) as backends:
        assert await find(backends, Query(name_regexp="a", tags={"a": "b"})) == {}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Query(path="p" * 1025), id="a-long-path"),
        pytest.param(Query(name_regexp="\u20ac" * 342), id="a-long-expression-in-bytes"),
        pytest.param(Query(tags={"t": "v" * 1025}), id="a-long-tag"),
        pytest.param(Query(tags={"": "v"}), id="a-tag-without-a-name"),
    ],
)
async def test_a_query_that_breaks_a_limit_is_not_sent(stage: ProviderStage, query: Query) -> None:
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(InvalidRefError, match=r'^store "team-a/store": find'):
            await find(backends, query)
    assert stage.provider.seen == []


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        pytest.param(lambda _: iter(()), "a stream without a message", id="says-nothing"),
        pytest.param(
            lambda request: iter([message(request, "a"), message(request)]),
            "an empty message in the middle of a stream",
            id="goes-on-with-nothing",
        ),
        pytest.param(
            lambda request: iter([message(request, "a", "b"), message(request, "c", "a")]),
            "found one name twice",
            id="finds-a-name-twice",
        ),
        pytest.param(
            lambda request: iter([pb.FindResponse(context=echo(request, OTHER_STORE))]),
            'was asked for store "team-a/store" and answered for store "team-b/theirs"',
            id="answers-for-another-store",
        ),
        pytest.param(
            lambda request: iter([
                message(request, "mine"),
                pb.FindResponse(context=echo(request, OTHER_STORE), secrets=[pb.FoundSecret(name="theirs")]),
            ]),
            'was asked for store "team-a/store" and answered for store "team-b/theirs"',
            id="turns-to-another-store-half-way",
        ),
        pytest.param(
            lambda request: iter([
                message(request, "mine"),
                pb.FindResponse(context=store_pb2.ResponseContext(request_id="x", store=request.context.store.ref)),
            ]),
            "or for another request",
            id="turns-to-another-request-half-way",
        ),
    ],
)  # fmt: skip
async def test_a_stream_that_is_not_of_the_protocol_is_dropped_whole(
    stage: ProviderStage, messages: Messages, says: str
) -> None:
    async with client_of(stage) as backends:
        with rogue(stage, sent(messages)), pytest.raises(InternalError) as dropped:
            await find(backends)
    assert says in dropped.value.message
    assert "never to be stored" not in dropped.value.message


async def test_a_message_that_does_not_decode_drops_the_stream(stage: ProviderStage) -> None:
    def stream(request: pb.FindRequest) -> Iterator[bytes]:
        yield message(request, "a").SerializeToString()
        yield b"\xff" * 64

    async with client_of(stage) as backends:
        with rogue(stage, stream), pytest.raises(InternalError, match="does not decode"):
            await find(backends)


async def test_a_server_that_dies_half_way_leaves_nothing(stage: ProviderStage) -> None:
    def stream(request: pb.FindRequest) -> Iterator[bytes]:
        yield message(request, "a").SerializeToString()
        server.die()

    server = rogue(stage, stream)
    async with client_of(stage) as backends:
        with server, pytest.raises(UnavailableError):
            await find(backends)


async def test_a_stream_that_stalls_is_given_up_after_the_deadline(stage: ProviderStage) -> None:
    class Stalling(ScriptedProvider):
        async def find(self, call: sdk.Call, query: sdk.Query) -> AsyncIterator[Found]:
            yield Found(name="a", data=SecretValue(b"x"))
            await asyncio.Event().wait()

    stage.provider = Stalling(capabilities=FINDS_BOTH)
    async with stage.serving(), client_of(stage, timeout_s=0.2) as backends:
        with pytest.raises(DeadlineError):
            await find(backends)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "data"), [pytest.param(1, b"x" * 1_000_000, id="large"), pytest.param(3000, b"", id="many-and-empty")]
)
async def test_a_stream_without_an_end_is_cut_off_before_it_fills_the_memory(
    stage: ProviderStage, names: int, data: bytes
) -> None:
    sent_bytes = 0

    def endless(request: pb.FindRequest) -> Iterator[pb.FindResponse]:
        nonlocal sent_bytes
        for count in itertools.count():
            each = message(request, *(f"{count}-{index}" for index in range(names)), data=data)
            sent_bytes += each.ByteSize()
            yield each

    async with client_of(stage, timeout_s=60) as backends:
        with rogue(stage, sent(endless)), pytest.raises(TooLargeError, match="find: more than 67108864 bytes"):
            await find(backends)
    assert sent_bytes < 2 * MAX_FOUND_BYTES
