"""The suite accepts a server that is right, and finds what is wrong with one that is not."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from bulkhead.provider.v1 import errors_pb2, store_pb2
from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1.provider_service_pb2_grpc import add_ProviderServiceServicer_to_server
from bulkhead_conformance.cases import (
    Cases,
    CasesError,
    ErrorCase,
    FindCase,
    MapCase,
    StoreCase,
    ValueCase,
    cases_from_file,
)
from bulkhead_conformance.conversation import Conversation
from bulkhead_conformance.sample import FIELDS, VALUE, VALUES, RefusedError, SampleServer
from bulkhead_conformance.suite import TestFinding as Finding
from bulkhead_conformance.suite import TestLimits as Limits
from bulkhead_conformance.suite import TestReading as Reading
from bulkhead_conformance.suite import TestRequests as Requests
from bulkhead_conformance.suite import TestSelfDescription as SelfDescription
from bulkhead_conformance.suite import TestValidating as Validating

CASES = Cases(
    store=StoreCase(provider="sample", spec={}),
    values=[ValueCase(key=key, value=value) for key, value in VALUES.items()],
    maps=[MapCase(key="object", fields=FIELDS)],
    errors=[ErrorCase(key="plain", map=True, reason="INVALID_VALUE")],
    finds=[FindCase(secrets=VALUES), FindCase(name_regexp="^pl", secrets={"plain": VALUE})],
    invalid_specs=[{"no": "spec"}],
)


@contextmanager
def conversation_with(server: SampleServer, socket: Path) -> Iterator[Conversation]:
    """Serve without TLS: what the suite says of identities is tested on real servers."""
    running = grpc.server(ThreadPoolExecutor(4))
    add_ProviderServiceServicer_to_server(server, running)
    running.add_insecure_port(f"unix://{socket}")
    running.start()
    with grpc.insecure_channel(f"unix://{socket}", options=[("grpc.max_send_message_length", -1)]) as channel:
        yield Conversation(channel, CASES)
    running.stop(grace=None).wait()


class EchoesAnotherStore(SampleServer):
    def echo(self, context: store_pb2.RequestContext) -> store_pb2.ResponseContext:
        echo = super().echo(context)
        echo.store.uid = "another"
        return echo


class EchoesAnotherRequest(SampleServer):
    def echo(self, context: store_pb2.RequestContext) -> store_pb2.ResponseContext:
        return store_pb2.ResponseContext(request_id="another", store=context.store.ref)


class AnswersInReverse(SampleServer):
    def arranged(self, results: list[pb.BatchGetResult]) -> list[pb.BatchGetResult]:
        return results[::-1]


class AnswersDuplicatesOnce(SampleServer):
    def arranged(self, results: list[pb.BatchGetResult]) -> list[pb.BatchGetResult]:
        return [result for index, result in enumerate(results) if result not in results[:index]]


class ShowsTheValueInErrors(SampleServer):
    def error(self, reason: errors_pb2.ErrorReason.ValueType, message: str) -> errors_pb2.ErrorInfo:
        return super().error(reason, f"{message}: {VALUE}")


class WritesErrorsOverTwoLines(SampleServer):
    def error(self, reason: errors_pb2.ErrorReason.ValueType, message: str) -> errors_pb2.ErrorInfo:
        return super().error(reason, f"{message}\n  trace")


class WritesLongErrors(SampleServer):
    def error(self, reason: errors_pb2.ErrorReason.ValueType, message: str) -> errors_pb2.ErrorInfo:
        return super().error(reason, message * 500)


class CallsEverythingRetryable(SampleServer):
    def error(self, reason: errors_pb2.ErrorReason.ValueType, message: str) -> errors_pb2.ErrorInfo:
        return errors_pb2.ErrorInfo(reason=reason, message=message, retryable=True)


class RefusesWithoutErrorInfo(SampleServer):
    def details(self, refused: RefusedError) -> list[errors_pb2.ErrorInfo]:
        return []


class TakesCallsWithoutDeadline(SampleServer):
    def check_deadline(self, remaining_s: float | None) -> None:
        pass


class TakesAnyContext(SampleServer):
    def check(self, context: store_pb2.RequestContext, call: grpc.ServicerContext) -> None:
        self.check_deadline(call.time_remaining())


class TakesAnyRefs(SampleServer):
    def check_refs(self, refs: Sequence[pb.Ref]) -> None:
        pass


class TakesAnySpec(SampleServer):
    def check_spec(self, context: store_pb2.RequestContext) -> None:
        pass


class CallsAMissingKeyEmpty(SampleServer):
    def result(self, ref: pb.Ref) -> pb.BatchGetResult:
        return super().result(ref) if ref.key in VALUES else pb.BatchGetResult(value=pb.SecretValue())


class GivesFieldsUnsorted(SampleServer):
    def fields(self) -> list[pb.SecretField]:
        return super().fields()[::-1]


class FindsTwice(SampleServer):
    def chunks(self, found: list[pb.FoundSecret]) -> list[list[pb.FoundSecret]]:
        return [found, found] if found else [[]]


class EndsWithAnEmptyMessage(SampleServer):
    def chunks(self, found: list[pb.FoundSecret]) -> list[list[pb.FoundSecret]]:
        return [found, []]


class StreamsNothingIfNothingIsFound(SampleServer):
    def chunks(self, found: list[pb.FoundSecret]) -> list[list[pb.FoundSecret]]:
        return [found] if found else []


class IgnoresTags(SampleServer):
    def found(self, request: pb.FindRequest) -> list[pb.FoundSecret]:
        request.tags.clear()
        return super().found(request)


class EchoesOnlyInTheFirstMessage(SampleServer):
    def Find(self, request: pb.FindRequest, context: grpc.ServicerContext) -> Iterator[pb.FindResponse]:  # noqa: N802
        first, *rest = super().Find(request, context)
        yield first
        yield from (pb.FindResponse(secrets=message.secrets) for message in rest)


class FindsByTagsWithoutLooking(IgnoresTags):
    info = pb.GetInfoResponse()
    info.CopyFrom(SampleServer.info)
    info.capabilities.append(pb.CAPABILITY_FIND_BY_TAG)


class TakesAnyInterval(SampleServer):
    def takes_interval(self, settings: store_pb2.RetrySettings) -> bool:
        return True


class RefusesRetrySettings(SampleServer):
    def check(self, context: store_pb2.RequestContext, call: grpc.ServicerContext) -> None:
        if context.store.HasField("retry_settings"):
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_STORE)
        super().check(context, call)


class ClaimsAnUnknownMaintenance(SampleServer):
    info = pb.GetInfoResponse.FromString(SampleServer.info.SerializeToString() + b"\x40\x63")


class ClaimsLargeBatches(SampleServer):
    info = pb.GetInfoResponse()
    info.CopyFrom(SampleServer.info)
    info.max_batch_refs = 501


class ClaimsAnUnknownCapability(SampleServer):
    info = pb.GetInfoResponse.FromString(SampleServer.info.SerializeToString() + b"\x28\x63")


Test = Callable[[Conversation], None]


def take_retry_settings(conversation: Conversation) -> None:
    Requests().test_retry_settings_are_taken(conversation, store_pb2.RetrySettings(max_retries=3))


RIGHT: list[Test] = [
    SelfDescription().test_protocol_range_holds_version_one,
    SelfDescription().test_version_is_given,
    SelfDescription().test_store_providers_are_sorted_without_duplicates,
    SelfDescription().test_capabilities_are_known_and_without_duplicates,
    SelfDescription().test_limits_are_in_bounds,
    SelfDescription().test_maintenance_is_known,
    SelfDescription().test_description_stays_the_same,
    SelfDescription().test_description_needs_no_deadline,
    Reading().test_each_value_is_read,
    Reading().test_results_come_in_the_order_of_the_references,
    Reading().test_duplicates_are_answered_each,
    Reading().test_reading_again_gives_the_same,
    Reading().test_known_version_is_answered_with_the_value_or_not_modified,
    Reading().test_outdated_known_version_is_answered_with_the_value,
    Reading().test_unknown_key_is_not_found_and_the_others_stand,
    Reading().test_error_of_a_key_names_the_key,
    Reading().test_each_faulty_reference_fails_with_its_reason,
    Reading().test_each_map_is_read_sorted,
    Reading().test_map_of_an_unknown_key_is_not_found,
    Requests().test_echo_is_exact_whatever_the_names,
    Requests().test_negative_retry_interval_is_refused_by_every_method,
    take_retry_settings,
    Requests().test_missing_context_is_refused_by_every_method,
    Requests().test_call_without_deadline_is_refused_by_every_method,
    Requests().test_store_of_another_provider_is_refused_by_every_method,
    Limits().test_batch_at_the_limit_is_answered,
    Limits().test_batch_above_the_limit_is_refused,
    Limits().test_empty_batch_is_refused,
    Limits().test_text_is_measured_in_bytes,
    Limits().test_path_above_the_limit_is_refused,
    Limits().test_message_above_the_limit_is_refused_and_the_server_stays,
    Finding().test_each_query_finds_exactly_its_secrets,
    Finding().test_finding_again_gives_the_same,
    Finding().test_nothing_found_is_an_empty_message_and_no_error,
    Finding().test_expression_that_could_run_for_ever_is_answered,
    Finding().test_every_message_echoes_store_and_request_whatever_the_names,
    Finding().test_tags_are_refused_by_a_server_that_does_not_find_by_them,
    Validating().test_store_is_validated_as_expected,
    Validating().test_validating_again_gives_the_same,
    Validating().test_each_invalid_spec_is_refused,
]

WRONG: list[tuple[type[SampleServer], Test]] = [
    (EchoesAnotherStore, Reading().test_each_value_is_read),
    (EchoesAnotherStore, Validating().test_store_is_validated_as_expected),
    (EchoesAnotherStore, Finding().test_each_query_finds_exactly_its_secrets),
    (EchoesAnotherRequest, Requests().test_echo_is_exact_whatever_the_names),
    (AnswersInReverse, Reading().test_results_come_in_the_order_of_the_references),
    (AnswersDuplicatesOnce, Reading().test_duplicates_are_answered_each),
    (ShowsTheValueInErrors, Reading().test_unknown_key_is_not_found_and_the_others_stand),
    (ShowsTheValueInErrors, Validating().test_each_invalid_spec_is_refused),
    (WritesErrorsOverTwoLines, Reading().test_error_of_a_key_names_the_key),
    (WritesLongErrors, Reading().test_error_of_a_key_names_the_key),
    (CallsEverythingRetryable, Reading().test_each_faulty_reference_fails_with_its_reason),
    (RefusesWithoutErrorInfo, Limits().test_empty_batch_is_refused),
    (TakesCallsWithoutDeadline, Requests().test_call_without_deadline_is_refused_by_every_method),
    (TakesAnyContext, Requests().test_missing_context_is_refused_by_every_method),
    (TakesAnyContext, Requests().test_store_of_another_provider_is_refused_by_every_method),
    (TakesAnyRefs, Limits().test_batch_above_the_limit_is_refused),
    (TakesAnyRefs, Limits().test_empty_batch_is_refused),
    (TakesAnyRefs, Limits().test_text_is_measured_in_bytes),
    (TakesAnySpec, Validating().test_each_invalid_spec_is_refused),
    (CallsAMissingKeyEmpty, Reading().test_unknown_key_is_not_found_and_the_others_stand),
    (GivesFieldsUnsorted, Reading().test_each_map_is_read_sorted),
    (FindsTwice, Finding().test_each_query_finds_exactly_its_secrets),
    (EndsWithAnEmptyMessage, Finding().test_each_query_finds_exactly_its_secrets),
    (StreamsNothingIfNothingIsFound, Finding().test_nothing_found_is_an_empty_message_and_no_error),
    (IgnoresTags, Finding().test_tags_are_refused_by_a_server_that_does_not_find_by_them),
    (EchoesOnlyInTheFirstMessage, Finding().test_every_message_echoes_store_and_request_whatever_the_names),
    (FindsByTagsWithoutLooking, Finding().test_tags_that_nothing_has_find_nothing),
    (TakesAnyInterval, Requests().test_negative_retry_interval_is_refused_by_every_method),
    (ClaimsAnUnknownMaintenance, SelfDescription().test_maintenance_is_known),
    (ClaimsLargeBatches, SelfDescription().test_limits_are_in_bounds),
    (ClaimsAnUnknownCapability, SelfDescription().test_capabilities_are_known_and_without_duplicates),
]


def test_suite_finds_a_server_that_refuses_retry_settings(tmp_path: Path) -> None:
    with conversation_with(RefusesRetrySettings(), tmp_path / "sock") as conversation, pytest.raises(grpc.RpcError):
        take_retry_settings(conversation)


@pytest.mark.parametrize("check", [pytest.param(check, id=check.__name__) for check in RIGHT])
def test_suite_accepts_a_right_server(check: Test, tmp_path: Path) -> None:
    with conversation_with(SampleServer(), tmp_path / "sock") as conversation:
        check(conversation)


@pytest.mark.parametrize(
    ("server", "check"),
    [pytest.param(server, check, id=f"{server.__name__}-{check.__name__}") for server, check in WRONG],
)
def test_suite_finds_what_is_wrong(server: type[SampleServer], check: Test, tmp_path: Path) -> None:
    with (
        conversation_with(server(), tmp_path / "sock") as conversation,
        pytest.raises((AssertionError, pytest.fail.Exception)),
    ):
        check(conversation)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("values: [{key: k, value: v}]", "store", id="no-store"),
        pytest.param("{store: {provider: p, spec: {}}, values: []}", "values", id="no-values"),
        pytest.param("{store: {provider: p, spec: {}}, values: [{key: k}], vaules: 1}", "vaules", id="unknown-field"),
        pytest.param("store: [", "line ", id="no-yaml"),
    ],
)
def test_cases_file_is_refused_and_the_field_named(text: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(text)
    with pytest.raises(CasesError, match=named):
        cases_from_file(tmp_path / "cases.yaml")
