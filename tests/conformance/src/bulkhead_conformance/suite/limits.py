"""Limits, on the side of the server. Source: provider_service.proto, head comment."""

from typing import Literal

import grpc
import pytest

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2
from bulkhead_conformance.cases import data_from
from bulkhead_conformance.conversation import DEADLINE_S, Conversation, ref_from

MAX_TEXT_BYTES = 1024


class TestLimits:
    """Sizes at the limit work, and above it are refused."""

    def test_batch_at_the_limit_is_answered(self, conversation: Conversation) -> None:
        case = conversation.cases.values[0]
        results = conversation.batch_get([ref_from(case)] * conversation.info().max_batch_refs)
        assert all(result.value.data == data_from(case) for result in results)

    def test_batch_above_the_limit_is_refused(self, conversation: Conversation) -> None:
        refs = [ref_from(conversation.cases.values[0])] * (conversation.info().max_batch_refs + 1)
        info = conversation.refusal(lambda: conversation.batch_get(refs))
        assert info.reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_empty_batch_is_refused(self, conversation: Conversation) -> None:
        info = conversation.refusal(lambda: conversation.batch_get([]))
        assert info.reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    @pytest.mark.parametrize("field", ["key", "property", "version", "known_version"])
    def test_text_above_the_limit_is_refused(self, conversation: Conversation, field: str) -> None:
        ref = ref_from(conversation.cases.values[0])
        setattr(ref, field, "x" * (MAX_TEXT_BYTES + 1))
        assert self._reason(conversation, ref) == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_text_is_measured_in_bytes(self, conversation: Conversation) -> None:
        ref = ref_from(conversation.cases.values[0])
        ref.key = "\u20ac" * (MAX_TEXT_BYTES // 2)
        assert self._reason(conversation, ref) == errors_pb2.ERROR_REASON_INVALID_REQUEST

    @pytest.mark.parametrize("field", ["key", "shape"])
    def test_reference_without_a_required_field_is_refused(
        self, conversation: Conversation, field: Literal["key", "shape"]
    ) -> None:
        ref = ref_from(conversation.cases.values[0])
        ref.ClearField(field)
        assert self._reason(conversation, ref) == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_path_above_the_limit_is_refused(self, conversation: Conversation) -> None:
        info = conversation.refusal(lambda: conversation.find(path="x" * (MAX_TEXT_BYTES + 1)))
        assert info.reason == errors_pb2.ERROR_REASON_INVALID_REQUEST

    def test_message_above_the_limit_is_refused_and_the_server_stays(self, conversation: Conversation) -> None:
        context = conversation.context()
        context.store.spec_json = b" " * conversation.info().max_message_bytes + context.store.spec_json
        request = provider_service_pb2.ValidateStoreRequest(context=context)
        # gRPC itself refuses the message, so there is no ErrorInfo.
        with pytest.raises(grpc.RpcError) as refused:
            conversation.stub.ValidateStore(request, timeout=DEADLINE_S)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        conversation.validate()

    @staticmethod
    def _reason(conversation: Conversation, ref: provider_service_pb2.Ref) -> errors_pb2.ErrorReason.ValueType:
        """Refused as a whole or as an item: the protocol allows both."""
        try:
            result = conversation.get(ref)
        except grpc.RpcError:
            return conversation.refusal(lambda: conversation.get(ref)).reason
        assert result.WhichOneof("outcome") == "error", "the reference was not refused"
        return result.error.reason
