"""The controller's side of the wire, against real servers with real certificates."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import grpc
import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead_api.errors import (
    DeadlineError,
    InternalError,
    InvalidRefError,
    ProviderError,
    SecretNotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from bulkhead_api.provider import Shape
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import Fields, Ref, Value
from bulkhead_controller.providers.servers import GrpcBackends
from bulkhead_provider_sdk import provider as sdk
from bulkhead_runtime.limits import MAX_BATCH_REFS
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, provider_id
from bulkhead_runtime.tls import load_identity
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.provider_stage import CONTROLLER, ProviderStage
from bulkhead_testkit.stage_client import CONSUMER, STORE, backends_of

TIMEOUT_S = 5.0
OTHER_STORE = store_pb2.StoreRef(
    kind=store_pb2.STORE_KIND_SECRET_STORE, namespace="team-b", name="theirs", uid="uid-9", generation=1
)


@pytest.fixture
def stage(tmp_path: Path) -> ProviderStage:
    return ProviderStage.new(tmp_path)


client_of = partial(backends_of, timeout_s=TIMEOUT_S)


@asynccontextmanager
async def rogue(stage: ProviderStage, answer: Callable[[pb.BatchGetRequest], bytes]) -> AsyncIterator[None]:
    """Serve with the right certificate and answer BatchGet with whatever bytes the test wants."""

    async def get_info(_request: bytes, _context: object) -> bytes:
        return pb.GetInfoResponse(
            min_protocol_version=1,
            max_protocol_version=1,
            provider_version="0",
            store_providers=["fake"],
            max_batch_refs=MAX_BATCH_REFS,
            max_message_bytes=1 << 20,
        ).SerializeToString()

    async def batch_get(request: bytes, _context: object) -> bytes:
        return answer(pb.BatchGetRequest.FromString(request))

    server = grpc.aio.server()
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "GetInfo": grpc.unary_unary_rpc_method_handler(get_info),
        "BatchGet": grpc.unary_unary_rpc_method_handler(batch_get),
    }
    service = "bulkhead.provider.v1.ProviderService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    tls = stage.settings.tls_dir
    pair = ((tls / "tls.key").read_bytes(), (tls / "tls.crt").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (tls / "ca.crt").read_bytes(), require_client_auth=True)
    server.add_secure_port(str(stage.settings.listen), credentials)
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


def echo(request: pb.BatchGetRequest) -> store_pb2.ResponseContext:
    return store_pb2.ResponseContext(request_id=request.context.request_id, store=request.context.store.ref)


async def read(backends: GrpcBackends, *refs: Ref) -> list[object]:
    return list(await backends.batch_get(STORE, CONSUMER, refs or (Ref(key="a"),)))


async def test_values_and_maps_come_back_in_the_order_they_were_asked_for(stage: ProviderStage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        assert await read(backends, Ref(key="b"), Ref(key="a", shape=Shape.MAP)) == [
            Value(SecretValue(b"value of b")),
            Fields({"field": SecretValue(b"value of a")}),
        ]
    assert stage.provider.seen[0].store.ref.uid == "uid-1"
    assert stage.provider.seen[0].consumer.namespace == "team-a"


async def test_an_items_error_leaves_the_others_alone(stage: ProviderStage) -> None:
    async def answer(ref: sdk.Ref) -> sdk.Outcome:
        return SecretNotFoundError(f'key "{ref.key}"') if ref.key == "gone" else sdk.Value(data=SecretValue(b"x"))

    stage.provider.answer = answer
    async with stage.serving(), client_of(stage) as backends:
        first, second = await read(backends, Ref(key="gone"), Ref(key="here"))
    assert isinstance(first, SecretNotFoundError)
    assert second == Value(SecretValue(b"x"))


async def test_more_references_than_one_batch_takes_are_split(stage: ProviderStage) -> None:
    refs = [Ref(key=f"k{index}") for index in range(MAX_BATCH_REFS * 2 + 1)]
    async with stage.serving(), client_of(stage) as backends:
        outcomes = await read(backends, *refs)
    assert outcomes == [Value(SecretValue(f"value of {ref.key}".encode())) for ref in refs]
    assert len(stage.provider.seen) == 3


async def test_a_server_that_is_not_there_is_unavailable_and_used_again_once_it_is(stage: ProviderStage) -> None:
    async with client_of(stage) as backends:
        with pytest.raises(UnavailableError, match='provider server "tiny": cannot be reached'):
            await read(backends)
        async with stage.serving():
            assert await read(backends) == [Value(SecretValue(b"value of a"))]


async def test_a_server_that_hangs_is_given_up_after_the_deadline(stage: ProviderStage) -> None:
    async def answer(_ref: sdk.Ref) -> sdk.Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    stage.provider.answer = answer
    async with stage.serving(), client_of(stage, timeout_s=0.3) as backends:
        with pytest.raises(DeadlineError, match="did not answer in time"):
            await read(backends)


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(
            Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "other"), usage=Usage.SERVER), id="another-provider"
        ),
        pytest.param(
            Leaf(
                spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "tiny"),
                usage=Usage.SERVER,
                uris=["spiffe://bulkhead.local/provider/other"],
            ),
            id="another-uri-under-the-right-dns-name",
        ),
        pytest.param(
            Leaf(
                spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "tiny"),
                usage=Usage.SERVER,
                uris=["spiffe://bulkhead.local/provider/tiny", "spiffe://bulkhead.local/provider/other"],
            ),
            id="two-uris",
        ),
        pytest.param(Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "tiny"), usage=Usage.CLIENT), id="a-client"),
    ],
)
async def test_a_server_with_a_certificate_of_another_identity_gets_no_request(
    stage: ProviderStage, leaf: Leaf
) -> None:
    asked: list[pb.BatchGetRequest] = []

    def answer(request: pb.BatchGetRequest) -> bytes:
        asked.append(request)
        return b""

    stage.authority.issue(leaf, stage.settings.tls_dir)
    async with rogue(stage, answer), client_of(stage) as backends:
        with pytest.raises(UnauthenticatedError, match=r"nothing was sent to it|TLS handshake failed"):
            await read(backends)
    assert asked == []


async def test_a_server_of_another_authority_gets_no_request(stage: ProviderStage) -> None:
    tls = Authority.new().issue(
        Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "tiny"), usage=Usage.SERVER), stage.directory / "foreign"
    )
    stage.settings = replace(stage.settings, tls_dir=tls)
    async with rogue(stage, lambda _: b""), client_of(stage) as backends:
        with pytest.raises(UnauthenticatedError, match="TLS handshake failed"):
            await read(backends)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(lambda _: b"\xff\xff\xff", "does not decode", id="garbage"),
        pytest.param(lambda _: b"", "the whole reply was dropped", id="nothing"),
        pytest.param(
            lambda request: pb.BatchGetResponse(
                context=store_pb2.ResponseContext(request_id=request.context.request_id, store=OTHER_STORE),
                results=[pb.BatchGetResult(value=pb.SecretValue(data=b"theirs"))],
            ).SerializeToString(),
            'was asked for store "team-a/store" and answered for store "team-b/theirs"',
            id="another-store",
        ),
        pytest.param(
            lambda request: pb.BatchGetResponse(
                context=store_pb2.ResponseContext(request_id="another", store=request.context.store.ref),
                results=[pb.BatchGetResult(value=pb.SecretValue(data=b"late"))],
            ).SerializeToString(),
            "or for another request",
            id="another-request",
        ),
        pytest.param(
            lambda request: pb.BatchGetResponse(context=echo(request)).SerializeToString(),
            "0 results for 1 references",
            id="too-few-results",
        ),
    ],
)
async def test_a_reply_that_is_not_to_the_request_is_dropped_whole(
    stage: ProviderStage, answer: Callable[[pb.BatchGetRequest], bytes], says: str
) -> None:
    async with rogue(stage, answer), client_of(stage) as backends:
        with pytest.raises(InternalError) as refusal:
            await read(backends)
    assert says in refusal.value.message
    assert "theirs" not in refusal.value.message.replace("team-b/theirs", "")


async def test_an_outcome_of_another_form_than_asked_for_is_an_error_of_its_item(stage: ProviderStage) -> None:
    def answer(request: pb.BatchGetRequest) -> bytes:
        results = [pb.BatchGetResult(fields=pb.SecretFields()), pb.BatchGetResult(value=pb.SecretValue(data=b"x"))]
        return pb.BatchGetResponse(context=echo(request), results=results).SerializeToString()

    async with rogue(stage, answer), client_of(stage) as backends:
        first, second = await read(backends, Ref(key="a"), Ref(key="b"))
    assert isinstance(first, ProviderError)
    assert second == Value(SecretValue(b"x"))


async def test_a_server_that_does_not_serve_what_is_routed_to_it_is_not_asked(stage: ProviderStage) -> None:
    async with stage.serving(), client_of(stage, stores=("fake", "vault")) as backends:
        with pytest.raises(UnsupportedError, match="does not serve vault"):
            await read(backends)
    assert stage.provider.seen == []


async def test_a_key_longer_than_the_protocol_allows_is_refused_before_it_is_sent(stage: ProviderStage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        with pytest.raises(InvalidRefError, match="1024 bytes"):
            await read(backends, Ref(key="k" * 1025))
    assert stage.provider.seen == []


def test_an_unrouted_provider_has_no_server(stage: ProviderStage) -> None:
    async def look() -> tuple[str | None, str | None]:
        async with client_of(stage) as backends:
            return backends.route("fake"), backends.route("vault")

    assert asyncio.run(look()) == ("tiny", None)


@pytest.mark.slow
async def test_a_new_certificate_takes_over_without_a_failed_call(stage: ProviderStage) -> None:
    async with stage.serving(), client_of(stage) as backends:
        # The rotation is watched from the outside: the old certificate is revoked by letting it expire.
        brief = replace(CONTROLLER, lifetime=timedelta(seconds=4))
        stage.identity(brief)
        async with asyncio.timeout(30):
            await asyncio.sleep(1.5)
            expires = load_identity(stage.identity(brief)).not_after
            stage.identity()
            while datetime.now(UTC) < expires + timedelta(seconds=2):
                assert await read(backends) == [Value(SecretValue(b"value of a"))]
