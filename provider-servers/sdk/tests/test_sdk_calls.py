"""Every method over the wire: what goes through, what is refused, and how large it may be."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import grpc
import msgspec
import pytest
from google.protobuf.duration_pb2 import Duration

from bulkhead.provider.v1 import errors_pb2, store_pb2
from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_api import errors
from bulkhead_api.errors import ProviderError
from bulkhead_api.provider import Retry
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.policy import Operation
from bulkhead_provider_sdk.provider import Call, Fields, Found, NotModified, Outcome, Ref, Validation, Value
from bulkhead_runtime.limits import MAX_MESSAGE_BYTES
from bulkhead_runtime.logging import JsonFormatter
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_testkit.grpc_caller import request_context
from bulkhead_testkit.provider_stage import ProviderStage, ScriptedProvider

TIMEOUT_S = 20
CLUSTER_STORE = store_pb2.StoreRef(
    kind=store_pb2.STORE_KIND_CLUSTER_SECRET_STORE, name="shared", uid="store-uid", generation=3
)


def value_ref(key: str = "db", *, property: str = "", version: str = "", known_version: str = "") -> pb.Ref:  # noqa: A002
    return pb.Ref(key=key, shape=pb.SHAPE_VALUE, property=property, version=version, known_version=known_version)


def batch(*refs: pb.Ref, context: store_pb2.RequestContext | None = None) -> pb.BatchGetRequest:
    return pb.BatchGetRequest(context=context or request_context(), refs=refs)


def answering(outcome: Outcome) -> Callable[[Ref], Awaitable[Outcome]]:
    async def answer(_: Ref) -> Outcome:
        return outcome

    return answer


async def refusal(call: Awaitable[object]) -> ProviderError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return provider_error_from_rpc(caught.value, where="the server")


async def test_get_info_says_what_the_server_is_without_a_deadline(stage: ProviderStage) -> None:
    async with stage.as_controller() as stub:
        info = await stub.GetInfo(pb.GetInfoRequest())
    assert info == pb.GetInfoResponse(
        min_protocol_version=1,
        max_protocol_version=1,
        provider_version="1.2.3",
        store_providers=["fake", "other"],
        capabilities=[pb.CAPABILITY_READ, pb.CAPABILITY_MAP],
        max_batch_refs=500,
        max_message_bytes=16 * 1024 * 1024,
        maintenance=pb.MAINTENANCE_MAINTAINED,
    )


@pytest.mark.parametrize(
    ("settings", "want"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param(store_pb2.RetrySettings(), Retry(), id="empty"),
        pytest.param(store_pb2.RetrySettings(max_retries=0), Retry(max_retries=0), id="no-retries"),
        pytest.param(
            store_pb2.RetrySettings(max_retries=5, retry_interval=Duration(seconds=1, nanos=500_000_000)),
            Retry(max_retries=5, interval=timedelta(seconds=1.5)),
            id="both",
        ),
    ],
)
async def test_retry_settings_reach_the_provider(
    stage: ProviderStage, settings: store_pb2.RetrySettings | None, want: Retry | None
) -> None:
    context = request_context()
    if settings is not None:
        context.store.retry_settings.CopyFrom(settings)
    async with stage.as_controller() as stub:
        await stub.BatchGet(batch(value_ref(), context=context), timeout=TIMEOUT_S)
    assert stage.provider.seen[0].store.retry == want


async def test_validate_store_echoes_store_and_request_id(stage: ProviderStage) -> None:
    context = request_context(store=CLUSTER_STORE, request_id="r-1")
    async with stage.as_controller() as stub:
        answer = await stub.ValidateStore(pb.ValidateStoreRequest(context=context), timeout=TIMEOUT_S)
    assert answer.context == store_pb2.ResponseContext(request_id="r-1", store=CLUSTER_STORE)
    assert answer.result == pb.VALIDATION_RESULT_READY


async def test_batch_get_gives_one_result_for_each_reference_in_order(stage: ProviderStage) -> None:
    async def answer(ref: Ref) -> Outcome:
        match ref.key:
            case "gone":
                return errors.SecretNotFoundError('key "gone": not found')
            case "map":
                return Fields(fields={"b": SecretValue(b"2"), "a": SecretValue(b"1")})
            case "known":
                return NotModified()
            case _:
                return Value(data=SecretValue(b"x"), version="4")

    stage.provider.answer = answer
    refs = [
        value_ref("one"),
        value_ref("gone"),
        pb.Ref(key="map", shape=pb.SHAPE_MAP),
        value_ref("known", known_version="9"),
    ]
    request = batch(*refs)
    async with stage.as_controller() as stub:
        reply = await stub.BatchGet(request, timeout=TIMEOUT_S)
    assert reply.context == store_pb2.ResponseContext(
        request_id=request.context.request_id, store=request.context.store.ref
    )
    assert list(reply.results) == [
        pb.BatchGetResult(value=pb.SecretValue(data=b"x"), version="4"),
        pb.BatchGetResult(
            error=errors_pb2.ErrorInfo(reason=errors_pb2.ERROR_REASON_NOT_FOUND, message='key "gone": not found')
        ),
        pb.BatchGetResult(
            fields=pb.SecretFields(fields=[pb.SecretField(name="a", data=b"1"), pb.SecretField(name="b", data=b"2")])
        ),
        pb.BatchGetResult(not_modified=pb.NotModified(), version="9"),
    ]


@pytest.mark.parametrize(
    ("ref", "outcome"),
    [
        pytest.param(value_ref(), Fields(fields={}), id="a-map-for-a-value"),
        pytest.param(pb.Ref(key="k", shape=pb.SHAPE_MAP), Value(data=SecretValue(b"x")), id="a-value-for-a-map"),
        pytest.param(value_ref(), NotModified(), id="not-modified-without-a-known-version"),
    ],
)
async def test_batch_get_makes_an_answer_that_was_not_asked_for_an_internal_error(
    stage: ProviderStage, ref: pb.Ref, outcome: Outcome
) -> None:
    stage.provider.answer = answering(outcome)
    async with stage.as_controller() as stub:
        reply = await stub.BatchGet(batch(ref), timeout=TIMEOUT_S)
    assert [each.error.reason for each in reply.results] == [errors_pb2.ERROR_REASON_INTERNAL]


async def test_batch_get_refuses_a_provider_that_loses_an_answer(stage: ProviderStage) -> None:
    class Forgetful(ScriptedProvider):
        async def batch_get(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
            return []

    stage.provider = Forgetful()
    async with stage.as_controller() as stub:
        error = await refusal(stub.BatchGet(batch(value_ref()), timeout=TIMEOUT_S))
    assert isinstance(error, errors.InternalError)


async def test_batch_get_answers_too_large_for_what_does_not_fit_and_gives_the_rest(stage: ProviderStage) -> None:
    large = SecretValue(b"x" * (6 * 1024 * 1024))

    async def answer(ref: Ref) -> Outcome:
        return Value(data=large if ref.key == "large" else SecretValue(b"small"))

    stage.provider.answer = answer
    request = batch(*[value_ref("large")] * 3, *[value_ref("small")] * 497)
    async with stage.as_controller() as stub:
        reply = await stub.BatchGet(request, timeout=TIMEOUT_S)
    assert [len(each.value.data) for each in reply.results[:2]] == [len(large), len(large)]
    assert reply.results[2].error.reason == errors_pb2.ERROR_REASON_TOO_LARGE
    assert {each.value.data for each in reply.results[3:]} == {b"small"}
    assert reply.ByteSize() <= MAX_MESSAGE_BYTES


async def test_batch_get_answers_too_large_for_a_single_value_above_the_limit(stage: ProviderStage) -> None:
    stage.provider.answer = answering(Value(data=SecretValue(b"x" * MAX_MESSAGE_BYTES)))
    async with stage.as_controller() as stub:
        reply = await stub.BatchGet(batch(value_ref()), timeout=TIMEOUT_S)
    assert [each.error.reason for each in reply.results] == [errors_pb2.ERROR_REASON_TOO_LARGE]


async def test_a_request_above_the_limit_is_refused(stage: ProviderStage) -> None:
    context = request_context(spec_json=b"x" * MAX_MESSAGE_BYTES)
    async with stage.as_controller() as stub:
        error = await refusal(stub.BatchGet(batch(value_ref(), context=context), timeout=TIMEOUT_S))
    assert isinstance(error, errors.TooLargeError)
    assert stage.provider.seen == []


async def found_in(stage: ProviderStage, request: pb.FindRequest) -> list[pb.FindResponse]:
    async with stage.as_controller() as stub:
        return [each async for each in stub.Find(request, timeout=TIMEOUT_S)]


async def test_find_sends_one_empty_message_when_nothing_is_found(stage: ProviderStage) -> None:
    messages = await found_in(stage, pb.FindRequest(context=request_context(request_id="r-2")))
    assert [(each.context.request_id, len(each.secrets)) for each in messages] == [("r-2", 0)]


async def test_find_streams_in_messages_that_each_carry_the_echo(stage: ProviderStage) -> None:
    stage.provider.found = [Found(name=f"n{index}", data=SecretValue(b"x" * 300_000)) for index in range(20)]
    request = pb.FindRequest(context=request_context())
    messages = await found_in(stage, request)
    assert len(messages) > 1
    assert {(each.context.request_id, each.context.store.uid) for each in messages} == {
        (request.context.request_id, "store-uid")
    }
    assert [each.name for message in messages for each in message.secrets] == [f"n{index}" for index in range(20)]


async def test_find_fails_when_a_single_secret_is_too_large(stage: ProviderStage) -> None:
    stage.provider.found = [Found(name="huge", data=SecretValue(b"x" * MAX_MESSAGE_BYTES))]
    error = await refusal(found_in(stage, pb.FindRequest(context=request_context())))
    assert isinstance(error, errors.TooLargeError)


def with_store(**fields: object) -> store_pb2.RequestContext:
    context = request_context()
    for name, value in fields.items():
        setattr(context.store.ref, name, value)
    return context


def with_interval(interval: Duration) -> store_pb2.RequestContext:
    context = request_context()
    context.store.retry_settings.retry_interval.CopyFrom(interval)
    return context


def with_consumer(**fields: str) -> store_pb2.RequestContext:
    context = request_context()
    for name, value in fields.items():
        setattr(context.consumer, name, value)
    return context


INVALID = [
    pytest.param(batch(), "refs", id="no-references"),
    pytest.param(batch(*[value_ref()] * 501), "refs", id="501-references"),
    pytest.param(batch(value_ref("")), "refs[0].key", id="an-empty-key"),
    pytest.param(batch(value_ref(), value_ref("k" * 1025)), "refs[1].key", id="a-key-above-1024-bytes"),
    pytest.param(batch(value_ref("\u00e9" * 513)), "refs[0].key", id="a-key-above-1024-bytes-in-fewer-characters"),
    pytest.param(batch(value_ref(property="p" * 1025)), "refs[0].property", id="a-property-above-1024-bytes"),
    pytest.param(batch(value_ref(version="v" * 1025)), "refs[0].version", id="a-version-above-1024-bytes"),
    pytest.param(batch(pb.Ref(key="k")), "refs[0].shape", id="no-shape"),
    pytest.param(batch(value_ref(), context=request_context(request_id="")), "request_id", id="no-request-id"),
    pytest.param(
        batch(value_ref(), context=request_context(request_id="r" * 65)), "request_id", id="a-request-id-above-64-bytes"
    ),
    pytest.param(batch(value_ref(), context=request_context(provider="")), "store.provider", id="no-provider"),
    pytest.param(batch(value_ref(), context=request_context(spec_json=b"")), "store.spec_json", id="no-spec"),
    pytest.param(
        batch(value_ref(), context=with_interval(Duration(nanos=-1000))),
        "store.retry_settings.retry_interval",
        id="a-negative-retry-interval",
    ),
    pytest.param(
        batch(value_ref(), context=with_interval(Duration(seconds=2**60))),
        "store.retry_settings.retry_interval",
        id="a-retry-interval-beyond-time",
    ),
    pytest.param(batch(value_ref(), context=with_store(kind=0)), "store.ref.kind", id="no-store-kind"),
    pytest.param(batch(value_ref(), context=with_store(kind=9)), "store.ref.kind", id="an-unknown-store-kind"),
    pytest.param(batch(value_ref(), context=with_store(namespace="")), "store.ref.namespace", id="no-store-namespace"),
    pytest.param(batch(value_ref(), context=with_store(name="")), "store.ref.name", id="no-store-name"),
    pytest.param(batch(value_ref(), context=with_store(uid="")), "store.ref.uid", id="no-store-uid"),
    pytest.param(batch(value_ref(), context=with_store(generation=0)), "store.ref.generation", id="no-generation"),
    pytest.param(batch(value_ref(), context=with_consumer(kind="")), "consumer.kind", id="no-consumer-kind"),
    pytest.param(batch(value_ref(), context=with_consumer(name="")), "consumer.name", id="no-consumer-name"),
    pytest.param(batch(value_ref(), context=with_consumer(uid="")), "consumer.uid", id="no-consumer-uid"),
    pytest.param(
        batch(value_ref(), context=request_context(store=CLUSTER_STORE, consumer_namespace="")),
        "consumer.namespace",
        id="no-consumer-namespace",
    ),
    pytest.param(
        batch(value_ref(), context=with_consumer(namespace="team-b")),
        "consumer.namespace",
        id="a-consumer-outside-the-store-namespace",
    ),
    pytest.param(pb.BatchGetRequest(refs=[value_ref()]), "request_id", id="no-context"),
]


@pytest.mark.parametrize(("request_", "field"), INVALID)
async def test_a_request_that_breaks_a_rule_is_refused(
    stage: ProviderStage, request_: pb.BatchGetRequest, field: str
) -> None:
    async with stage.as_controller() as stub:
        error = await refusal(stub.BatchGet(request_, timeout=TIMEOUT_S))
    assert isinstance(error, errors.InvalidRequestError)
    assert error.message.startswith(f"request: {field}:")
    assert stage.provider.seen == []


@pytest.mark.parametrize("method", ["ValidateStore", "BatchGet", "Find"])
async def test_a_call_without_a_deadline_is_refused(stage: ProviderStage, method: str) -> None:
    async with stage.as_controller() as stub:
        match method:
            case "ValidateStore":
                call: Awaitable[object] = stub.ValidateStore(pb.ValidateStoreRequest(context=request_context()))
            case "BatchGet":
                call = stub.BatchGet(batch(value_ref()))
            case _:
                call = stub.Find(pb.FindRequest(context=request_context())).read()
        error = await refusal(call)
    assert isinstance(error, errors.InvalidRequestError)
    assert error.message == "request: a call needs a deadline"


async def test_a_store_of_another_provider_is_refused(stage: ProviderStage) -> None:
    async with stage.as_controller() as stub:
        call = stub.BatchGet(batch(value_ref(), context=request_context(provider="aws")), timeout=TIMEOUT_S)
        error = await refusal(call)
    assert isinstance(error, errors.UnsupportedError)
    assert error.message == 'store "team-a/store": this server serves fake, other and not "aws"'


async def test_a_slow_backend_ends_in_a_deadline_error_of_the_server_before_the_callers_own(
    stage: ProviderStage,
) -> None:
    async def answer(_: Ref) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    stage.provider.answer = answer
    async with stage.as_controller() as stub:
        error = await refusal(stub.BatchGet(batch(value_ref()), timeout=0.2))
    assert isinstance(error, errors.DeadlineError)
    assert error.message == 'store "team-a/store": the backend did not answer in time'


async def test_a_defect_reaches_the_caller_without_its_text(
    stage: ProviderStage, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(_: Ref) -> Outcome:
        raise RuntimeError("password=hunter2")

    stage.provider.answer = answer
    async with stage.as_controller() as stub:
        request = batch(value_ref(), context=request_context(request_id="r-9"))
        error = await refusal(stub.BatchGet(request, timeout=TIMEOUT_S))
    assert isinstance(error, errors.InternalError)
    assert error.message == ('store "team-a/store": the provider server failed: look into its log for request id "r-9"')
    assert "hunter2" not in " ".join(record.getMessage() for record in caplog.records)


async def test_a_typed_error_of_the_whole_call_reaches_the_caller_as_it_is(stage: ProviderStage) -> None:
    async def validate(_: Call) -> Validation:
        raise errors.ThrottledError("slow down", retry_after_s=12.5)

    stage.provider.validate_store = validate
    async with stage.as_controller() as stub:
        call = stub.ValidateStore(pb.ValidateStoreRequest(context=request_context()), timeout=TIMEOUT_S)
        error = await refusal(call)
    assert (type(error), error.message, error.retry_after_s) == (errors.ThrottledError, "slow down", 12.5)


async def test_the_policy_refuses_single_keys_and_lets_others_through(stage: ProviderStage) -> None:
    stage.policy_file.write_text('rules: [{namespaces: [team-a], keys: ["mine/*"]}]')
    async with stage.as_controller() as stub:
        reply = await stub.BatchGet(batch(value_ref("mine/a"), value_ref("yours/b")), timeout=TIMEOUT_S)
    assert reply.results[0].value.data == b"value of mine/a"
    assert reply.results[1].error == errors_pb2.ErrorInfo(
        reason=errors_pb2.ERROR_REASON_DENIED_BY_POLICY,
        message='store "team-a/store": key "yours/b": not allowed by the policy of this provider server '
        "(rules[].keys); ask whoever deploys Bulkhead",
    )


@pytest.mark.parametrize("operation", list(Operation))
async def test_the_policy_refuses_each_operation_before_the_provider_hears_of_it(
    stage: ProviderStage, operation: Operation
) -> None:
    others = sorted(set(Operation) - {operation})
    stage.policy_file.write_text(f'rules: [{{namespaces: ["*"], operations: [{", ".join(others)}]}}]')
    context = request_context()
    async with stage.as_controller() as stub:
        calls: dict[Operation, Callable[[], Awaitable[object]]] = {
            Operation.READ: lambda: stub.BatchGet(batch(value_ref(), context=context), timeout=TIMEOUT_S),
            Operation.FIND: lambda: stub.Find(pb.FindRequest(context=context), timeout=TIMEOUT_S).read(),
            Operation.VALIDATE: lambda: stub.ValidateStore(pb.ValidateStoreRequest(context=context), timeout=TIMEOUT_S),
        }
        error = await refusal(calls[operation]())
    assert isinstance(error, errors.PolicyDeniedError)
    assert "(rules[].operations)" in error.message
    assert stage.provider.seen == []


class Prefixing(ScriptedProvider):
    """Puts the store's path in front of keys, and ends it for Find as a backend with folders does."""

    def backend_key(self, call: Call, key: str, operation: Operation) -> str:
        if key == "broken":
            raise errors.InvalidRefError("the key cannot work")
        return f"secret/{key}/" if operation is Operation.FIND else f"secret/{key}"


async def test_the_policy_looks_at_keys_as_the_backend_knows_them(stage: ProviderStage) -> None:
    stage.provider = Prefixing()
    stage.policy_file.write_text('rules: [{namespaces: ["*"], keys: ["secret/team-a/*"]}]')
    refs = [value_ref("team-a/x"), value_ref("secret/team-a/x"), value_ref("broken")]
    async with stage.as_controller() as stub:
        reply = await stub.BatchGet(batch(*refs), timeout=TIMEOUT_S)
        allowed = stub.Find(pb.FindRequest(context=request_context(), path="team-a"), timeout=TIMEOUT_S)
        assert len([each async for each in allowed]) == 1
        denied = stub.Find(pb.FindRequest(context=request_context(), path="team-ab"), timeout=TIMEOUT_S)
        assert isinstance(await refusal(denied.read()), errors.PolicyDeniedError)
    assert [each.error.reason for each in reply.results] == [
        errors_pb2.ERROR_REASON_UNSPECIFIED,
        errors_pb2.ERROR_REASON_DENIED_BY_POLICY,
        errors_pb2.ERROR_REASON_INVALID_REF,
    ]


async def test_every_call_is_written_down_with_counts_and_neither_keys_nor_values(
    stage: ProviderStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="bulkhead.audit")
    async with stage.as_controller() as stub:
        request = batch(value_ref("a-key"), context=request_context(request_id="r-3"))
        await stub.BatchGet(request, timeout=TIMEOUT_S)
    (record,) = [each for each in caplog.records if each.name == "bulkhead.audit"]
    line = JsonFormatter("test").format(record)
    assert "value of" not in line
    assert "a-key" not in line
    fields = msgspec.json.decode(line)
    del fields["ts"], fields["duration_ms"]
    assert fields == {
        "level": "info",
        "logger": "audit",
        "msg": "call",
        "component": "test",
        "method": "BatchGet",
        "caller": "spiffe://bulkhead.local/controller",
        "outcome": "Ok",
        "refs": 1,
        "outcomes": {"Value": 1},
        "request_id": "r-3",
        "store": "SecretStore/team-a/store",
        "consumer": "ExternalSecret/team-a/consumer",
    }
