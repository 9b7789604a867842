"""Reading values and maps. Source: BatchGet."""

import pytest

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2
from bulkhead_conformance.cases import data_from
from bulkhead_conformance.conversation import Conversation, ref_from


class TestReading:
    """BatchGet, as far as the server's capabilities go."""

    @pytest.fixture(autouse=True)
    def _needs_reads(self, conversation: Conversation) -> None:
        if not conversation.can(provider_service_pb2.CAPABILITY_READ):
            pytest.skip("the server reads no values")

    def test_each_value_is_read(self, conversation: Conversation) -> None:
        for case in conversation.cases.values:
            result = conversation.get(ref_from(case))
            assert result.WhichOneof("outcome") == "value", f"{case.key}: {result.WhichOneof('outcome')}"
            assert result.value.data == data_from(case), case.key

    def test_results_come_in_the_order_of_the_references(self, conversation: Conversation) -> None:
        cases = conversation.cases.values
        for ordered in (cases, cases[::-1]):
            results = conversation.batch_get([ref_from(case) for case in ordered])
            assert [result.value.data for result in results] == [data_from(case) for case in ordered]

    def test_duplicates_are_answered_each(self, conversation: Conversation) -> None:
        case = conversation.cases.values[0]
        results = conversation.batch_get([ref_from(case)] * 3)
        assert [result.value.data for result in results] == [data_from(case)] * 3

    def test_reading_again_gives_the_same(self, conversation: Conversation) -> None:
        refs = [ref_from(case) for case in conversation.cases.values]
        assert conversation.batch_get(refs) == conversation.batch_get(refs)

    def test_known_version_is_answered_with_the_value_or_not_modified(self, conversation: Conversation) -> None:
        case = conversation.cases.values[0]
        ref = ref_from(case)
        ref.known_version = conversation.get(ref).version
        result = conversation.get(ref)
        if result.WhichOneof("outcome") == "not_modified":
            assert ref.known_version, "there was no known version"
            assert conversation.can(provider_service_pb2.CAPABILITY_NOT_MODIFIED)
        else:
            assert result.value.data == data_from(case)

    def test_outdated_known_version_is_answered_with_the_value(self, conversation: Conversation) -> None:
        case = conversation.cases.values[0]
        ref = ref_from(case)
        ref.known_version = "a-version-that-never-was"
        assert conversation.get(ref).value.data == data_from(case)

    def test_unknown_key_is_not_found_and_the_others_stand(self, conversation: Conversation) -> None:
        case = conversation.cases.values[0]
        missing = provider_service_pb2.Ref(key=conversation.cases.missing_key, shape=provider_service_pb2.SHAPE_VALUE)
        first, second, third = conversation.batch_get([ref_from(case), missing, ref_from(case)])
        assert second.error.reason == errors_pb2.ERROR_REASON_NOT_FOUND
        assert first.value.data == third.value.data == data_from(case)

    def test_error_of_a_key_names_the_key(self, conversation: Conversation) -> None:
        key = conversation.cases.missing_key
        result = conversation.get(provider_service_pb2.Ref(key=key, shape=provider_service_pb2.SHAPE_VALUE))
        assert key in result.error.message
        assert conversation.cases.store.name in result.error.message

    def test_each_faulty_reference_fails_with_its_reason(self, conversation: Conversation) -> None:
        for case in conversation.cases.errors:
            result = conversation.get(ref_from(case))
            assert result.WhichOneof("outcome") == "error", f"{case.key} {case.property}: no error"
            reason = errors_pb2.ErrorReason.Name(result.error.reason)
            assert reason == f"ERROR_REASON_{case.reason}", f"{case.key} {case.property}"

    def test_each_map_is_read_sorted(self, conversation: Conversation) -> None:
        if not conversation.can(provider_service_pb2.CAPABILITY_MAP):
            pytest.skip("the server reads no maps")
        for case in conversation.cases.maps:
            result = conversation.get(ref_from(case))
            assert result.WhichOneof("outcome") == "fields", f"{case.key}: {result.WhichOneof('outcome')}"
            names = [field.name for field in result.fields.fields]
            assert names == sorted(set(names), key=str.encode), f"{case.key}: not sorted, or with duplicates"
            fields = {field.name: field.data.decode() for field in result.fields.fields}
            assert fields == case.fields, case.key

    def test_map_of_an_unknown_key_is_not_found(self, conversation: Conversation) -> None:
        if not conversation.can(provider_service_pb2.CAPABILITY_MAP):
            pytest.skip("the server reads no maps")
        key = conversation.cases.missing_key
        result = conversation.get(provider_service_pb2.Ref(key=key, shape=provider_service_pb2.SHAPE_MAP))
        assert result.error.reason == errors_pb2.ERROR_REASON_NOT_FOUND
