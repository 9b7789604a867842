"""Requests that break a rule of the protocol, and what every response repeats. Source: store.proto, RequestContext."""

from collections.abc import Callable

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2, store_pb2
from bulkhead_conformance.cases import data_from
from bulkhead_conformance.conversation import DEADLINE_S, Conversation, ref_from

Breaks = Callable[[store_pb2.RequestContext], object]


def _use_unknown_kind(context: store_pb2.RequestContext) -> None:
    # Set by its number: the field's type knows the two kinds only.
    context.store.ref.MergeFromString(b"\x08\x63")


def _forget_namespace(context: store_pb2.RequestContext) -> None:
    context.store.ref.kind = store_pb2.STORE_KIND_SECRET_STORE
    context.store.ref.ClearField("namespace")


def _claim_namespace(context: store_pb2.RequestContext) -> None:
    context.store.ref.kind = store_pb2.STORE_KIND_CLUSTER_SECRET_STORE
    context.store.ref.namespace = "conformance"


def _clears(path: str) -> Breaks:
    *parents, field = path.split(".")

    def clear(context: store_pb2.RequestContext) -> None:
        message: Message = context
        for parent in parents:
            message = getattr(message, parent)
        message.ClearField(field)

    return clear


REQUIRED = (
    "request_id",
    "store",
    "store.ref",
    "store.ref.kind",
    "store.ref.name",
    "store.ref.uid",
    "store.ref.generation",
    "store.provider",
    "store.spec_json",
    "consumer",
    "consumer.kind",
    "consumer.namespace",
    "consumer.name",
    "consumer.uid",
)
BROKEN_CONTEXTS = [
    *(pytest.param(_clears(path), id=f"without-{path}") for path in REQUIRED),
    pytest.param(_forget_namespace, id="secret-store-without-namespace"),
    pytest.param(_claim_namespace, id="cluster-secret-store-with-namespace"),
    pytest.param(_use_unknown_kind, id="unknown-store-kind"),
    pytest.param(lambda context: setattr(context, "request_id", "r" * 65), id="request-id-too-long"),
]


RETRY_SETTINGS = [
    pytest.param(store_pb2.RetrySettings(), id="empty"),
    pytest.param(store_pb2.RetrySettings(max_retries=0), id="none"),
    pytest.param(store_pb2.RetrySettings(max_retries=-1), id="below-none"),
    pytest.param(
        store_pb2.RetrySettings(max_retries=2**31 - 1, retry_interval=Duration(nanos=1_000_000)), id="many-and-quick"
    ),
]


class TestRequests:
    """The rules that hold for every call with a context."""

    def test_echo_is_exact_whatever_the_names(self, conversation: Conversation) -> None:
        context = conversation.context()
        context.request_id = "\u00e9" * 32
        context.store.ref.uid = "A b/c:d-\u00e9"
        context.store.ref.generation = 2**62
        conversation.validate(context)
        conversation.batch_get([ref_from(conversation.cases.values[0])], context)

    @pytest.mark.parametrize("breaks", BROKEN_CONTEXTS)
    def test_broken_context_is_refused_by_every_method(self, conversation: Conversation, breaks: Breaks) -> None:
        context = conversation.context()
        breaks(context)
        for call in self._calls(conversation, context, timeout=DEADLINE_S):
            assert conversation.refusal(call).reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    @pytest.mark.parametrize("settings", RETRY_SETTINGS)
    def test_retry_settings_are_taken(self, conversation: Conversation, settings: store_pb2.RetrySettings) -> None:
        context = conversation.context()
        context.store.retry_settings.CopyFrom(settings)
        conversation.validate(context)
        case = conversation.cases.values[0]
        assert conversation.batch_get([ref_from(case)], context)[0].value.data == data_from(case)

    def test_negative_retry_interval_is_refused_by_every_method(self, conversation: Conversation) -> None:
        context = conversation.context()
        context.store.retry_settings.retry_interval.seconds = -1
        for call in self._calls(conversation, context, timeout=DEADLINE_S):
            assert conversation.refusal(call).reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_missing_context_is_refused_by_every_method(self, conversation: Conversation) -> None:
        for call in self._calls(conversation, None, timeout=DEADLINE_S):
            assert conversation.refusal(call).reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_call_without_deadline_is_refused_by_every_method(self, conversation: Conversation) -> None:
        for call in self._calls(conversation, conversation.context(), timeout=None):
            assert conversation.refusal(call).reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_store_of_another_provider_is_refused_by_every_method(self, conversation: Conversation) -> None:
        context = conversation.context()
        context.store.provider = "no-such-provider"
        for call in self._calls(conversation, context, timeout=DEADLINE_S):
            assert conversation.refusal(call).reason in (
                errors_pb2.ERROR_REASON_INVALID_REQUEST,
                errors_pb2.ERROR_REASON_UNSUPPORTED,
            )

    @staticmethod
    def _calls(
        conversation: Conversation, context: store_pb2.RequestContext | None, *, timeout: float | None
    ) -> list[Callable[[], object]]:
        stub = conversation.stub
        refs = [ref_from(conversation.cases.values[0])]
        return [
            lambda: stub.ValidateStore(provider_service_pb2.ValidateStoreRequest(context=context), timeout=timeout),
            lambda: stub.BatchGet(provider_service_pb2.BatchGetRequest(context=context, refs=refs), timeout=timeout),
            lambda: list(stub.Find(provider_service_pb2.FindRequest(context=context), timeout=timeout)),
        ]
