"""Calls to the server under test, and what holds for every answer and every error."""

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import grpc
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # Google publishes no types for it

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2, store_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_conformance.cases import Cases, ErrorCase, MapCase, ValueCase, forbidden_in_errors

DEADLINE_S = 30.0
MAX_ERROR_MESSAGE_BYTES = 1024

_RETRYABLE = frozenset({
    errors_pb2.ERROR_REASON_UNAUTHENTICATED,
    errors_pb2.ERROR_REASON_ACCESS_DENIED,
    errors_pb2.ERROR_REASON_THROTTLED,
    errors_pb2.ERROR_REASON_UNAVAILABLE,
    errors_pb2.ERROR_REASON_TIMEOUT,
    errors_pb2.ERROR_REASON_INTERNAL,
})  # fmt: skip

_Answer = TypeVar("_Answer")


class Conversation:
    """One channel's calls. Each method checks the echo and gives what the server said."""

    def __init__(self, channel: grpc.Channel, cases: Cases) -> None:
        self.stub = ProviderServiceStub(channel)
        self.cases = cases
        self._numbers = itertools.count(1)

    def info(self) -> provider_service_pb2.GetInfoResponse:
        """Ask what the server is."""
        return self.stub.GetInfo(provider_service_pb2.GetInfoRequest(), timeout=DEADLINE_S)

    def can(self, capability: provider_service_pb2.Capability.ValueType) -> bool:
        """Say whether the server claims to be able to."""
        return capability in self.info().capabilities

    def context(self) -> store_pb2.RequestContext:
        """Make a context with a request id of its own."""
        store = self.cases.store
        cluster = store.kind == "ClusterSecretStore"
        kind = store_pb2.STORE_KIND_CLUSTER_SECRET_STORE if cluster else store_pb2.STORE_KIND_SECRET_STORE
        return store_pb2.RequestContext(
            request_id=f"conformance-{next(self._numbers)}",
            store=store_pb2.Store(
                ref=store_pb2.StoreRef(
                    kind=kind,
                    namespace="" if cluster else store.namespace,
                    name=store.name,
                    uid="uid-store",
                    generation=7,
                ),
                provider=store.provider,
                spec_json=json.dumps(store.spec).encode(),
            ),
            consumer=store_pb2.Consumer(
                kind="ExternalSecret", namespace=self.cases.consumer_namespace, name="conformance", uid="uid-consumer"
            ),
        )

    def batch_get(
        self, refs: Sequence[provider_service_pb2.Ref], context: store_pb2.RequestContext | None = None
    ) -> list[provider_service_pb2.BatchGetResult]:
        """Read references; one result for each."""
        context = context or self.context()
        request = provider_service_pb2.BatchGetRequest(context=context, refs=refs)
        response = self.stub.BatchGet(request, timeout=DEADLINE_S)
        self.check_echo(context, response.context)
        assert len(response.results) == len(refs), "there must be one result for each reference"
        for result in response.results:
            if result.WhichOneof("outcome") == "error":
                self.check_error(result.error)
        return list(response.results)

    def get(self, ref: provider_service_pb2.Ref) -> provider_service_pb2.BatchGetResult:
        """Read one reference."""
        return self.batch_get([ref])[0]

    def validate(self, context: store_pb2.RequestContext | None = None) -> provider_service_pb2.ValidateStoreResponse:
        """Validate the store."""
        context = context or self.context()
        response = self.stub.ValidateStore(
            provider_service_pb2.ValidateStoreRequest(context=context), timeout=DEADLINE_S
        )
        self.check_echo(context, response.context)
        return response

    def find(
        self,
        *,
        name_regexp: str = "",
        path: str = "",
        tags: dict[str, str] | None = None,
        context: store_pb2.RequestContext | None = None,
    ) -> dict[str, bytes]:
        """Find; every message of the stream is checked."""
        context = context or self.context()
        request = provider_service_pb2.FindRequest(context=context, path=path, name_regexp=name_regexp, tags=tags or {})
        messages = list(self.stub.Find(request, timeout=DEADLINE_S))
        assert messages, "the first message of a stream always comes"
        for message in messages:
            self.check_echo(context, message.context)
        assert all(message.secrets for message in messages[1:]), "only the first message may be empty"
        found = [secret for message in messages for secret in message.secrets]
        names = [secret.name for secret in found]
        assert len(names) == len(set(names)), "a name is found twice"
        return {secret.name: secret.data for secret in found}

    def refusal(self, call: Callable[[], _Answer]) -> errors_pb2.ErrorInfo:
        """Make a call that must fail as a whole, and give the ErrorInfo that says why."""
        with pytest.raises(grpc.RpcError) as refused:
            call()
        info = error_info_in(refused.value)
        assert info is not None, f"status {refused.value.code().name} without an ErrorInfo"
        self.check_error(info)
        return info

    def check_echo(self, context: store_pb2.RequestContext, echo: store_pb2.ResponseContext) -> None:
        """Check that a response repeats store and request id exactly."""
        assert echo.request_id == context.request_id, "another request id is echoed"
        assert echo.store == context.store.ref, "another store is echoed"

    def check_error(self, info: errors_pb2.ErrorInfo) -> None:
        """Check what holds for every error, whether of an item or of a call."""
        assert info.reason in errors_pb2.ErrorReason.values(), "the reason is not one of the protocol's"
        assert info.reason != errors_pb2.ERROR_REASON_UNSPECIFIED, "the reason is not set"
        assert info.retryable == (info.reason in _RETRYABLE), "retryable is not what errors.proto says of this reason"
        assert info.message, "the message is empty"
        assert len(info.message.encode()) <= MAX_ERROR_MESSAGE_BYTES, "the message is too long"
        assert info.message.isprintable(), "the message is more than one line, or holds control characters"
        for text in forbidden_in_errors(self.cases):
            # Not `in`: a failing assertion would show both sides.
            leaked = info.message.encode().find(text) >= 0
            assert not leaked, "the message holds a secret value"


def error_info_in(error: grpc.RpcError) -> errors_pb2.ErrorInfo | None:
    """Take the ErrorInfo out of a failed call's details; None if there is none."""
    # The types of grpc call the metadata one pair; it is a sequence of pairs.
    metadata: Iterable[tuple[str, bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment]
    for key, value in metadata:
        if key == "grpc-status-details-bin":
            for detail in Status.FromString(value).details:
                info = errors_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return info
    return None


def ref_from(case: ValueCase | MapCase | ErrorCase) -> provider_service_pb2.Ref:
    """Make the reference of a case."""
    wants_map = isinstance(case, MapCase) or (isinstance(case, ErrorCase) and case.map)
    return provider_service_pb2.Ref(
        key=case.key,
        property=case.property,
        version=case.version,
        metadata_policy=provider_service_pb2.METADATA_POLICY_FETCH
        if case.metadata
        else provider_service_pb2.METADATA_POLICY_NONE,
        shape=provider_service_pb2.SHAPE_MAP if wants_map else provider_service_pb2.SHAPE_VALUE,
    )
