"""Validating a store. Source: ValidateStore."""

import json

import pytest

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2
from bulkhead_conformance.conversation import Conversation


class TestValidating:
    """ValidateStore."""

    def test_store_is_validated_as_expected(self, conversation: Conversation) -> None:
        response = conversation.validate()
        result = provider_service_pb2.ValidationResult.Name(response.result)
        capability = provider_service_pb2.StoreCapability.Name(response.store_capability)
        assert result == f"VALIDATION_RESULT_{conversation.cases.validation}"
        assert capability == f"STORE_CAPABILITY_{conversation.cases.store_capability}"

    def test_validating_again_gives_the_same(self, conversation: Conversation) -> None:
        context = conversation.context()
        assert conversation.validate(context) == conversation.validate(context)

    @pytest.mark.parametrize("spec_json", [b"{", b"[]", b"null", b"\xff", b'{"no-such-field": 1}'])
    def test_spec_that_is_no_spec_is_refused(self, conversation: Conversation, spec_json: bytes) -> None:
        self._is_refused(conversation, spec_json)

    def test_each_invalid_spec_is_refused(self, conversation: Conversation) -> None:
        for spec in conversation.cases.invalid_specs:
            self._is_refused(conversation, json.dumps(spec).encode())

    @staticmethod
    def _is_refused(conversation: Conversation, spec_json: bytes) -> None:
        context = conversation.context()
        context.store.spec_json = spec_json
        info = conversation.refusal(lambda: conversation.validate(context))
        assert info.reason == errors_pb2.ERROR_REASON_INVALID_STORE
