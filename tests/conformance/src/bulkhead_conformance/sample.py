"""A provider server in a few lines, right in everything that the suite asks for.

The suite's own tests make it wrong in one place after another and see that this is found; an author may read it as an
outline. It is no server to be run: its store is a constant, and who may call is left to TLS.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar, NoReturn

import grpc
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # Google publishes no types for it
from grpc_status import rpc_status

from bulkhead.provider.v1 import errors_pb2, store_pb2
from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceServicer

VALUE = "conformance-value"
FIELDS = {"a": "conformance-a", "b": "conformance-b"}
VALUES = {"plain": VALUE, "object": json.dumps(FIELDS)}


class RefusedError(Exception):
    """A whole call fails."""

    def __init__(self, reason: errors_pb2.ErrorReason.ValueType) -> None:
        super().__init__()
        self.reason = reason


class SampleServer(ProviderServiceServicer):
    """Holds `VALUES`, whatever the store."""

    info: ClassVar = pb.GetInfoResponse(
        min_protocol_version=1, max_protocol_version=1, provider_version="1", store_providers=["sample"],
        capabilities=[pb.CAPABILITY_READ, pb.CAPABILITY_MAP, pb.CAPABILITY_FIND_BY_NAME],
        max_batch_refs=20, max_message_bytes=4 * 1024 * 1024,
    )  # fmt: skip

    def GetInfo(self, request: pb.GetInfoRequest, context: grpc.ServicerContext) -> pb.GetInfoResponse:  # noqa: N802
        """Say what this server is."""
        return self.info

    def ValidateStore(  # noqa: N802
        self, request: pb.ValidateStoreRequest, context: grpc.ServicerContext
    ) -> pb.ValidateStoreResponse:
        """Accept the empty spec and no other."""
        try:
            self.check(request.context, context)
            self.check_spec(request.context)
        except RefusedError as refused:
            self.abort(context, refused)
        return pb.ValidateStoreResponse(
            context=self.echo(request.context),
            result=pb.VALIDATION_RESULT_READY,
            store_capability=pb.STORE_CAPABILITY_READ_ONLY,
        )

    def BatchGet(self, request: pb.BatchGetRequest, context: grpc.ServicerContext) -> pb.BatchGetResponse:  # noqa: N802
        """Read, with one result for each reference."""
        try:
            self.check(request.context, context)
            self.check_refs(request.refs)
        except RefusedError as refused:
            self.abort(context, refused)
        results = self.arranged([self.result(ref) for ref in request.refs])
        return pb.BatchGetResponse(context=self.echo(request.context), results=results)

    def Find(self, request: pb.FindRequest, context: grpc.ServicerContext) -> Iterator[pb.FindResponse]:  # noqa: N802
        """Stream what matches, each secret in a message of its own."""
        try:
            self.check(request.context, context)
            found = self.found(request)
        except RefusedError as refused:
            self.abort(context, refused)
        yield from (pb.FindResponse(context=self.echo(request.context), secrets=chunk) for chunk in self.chunks(found))

    def echo(self, context: store_pb2.RequestContext) -> store_pb2.ResponseContext:
        """Make what every response repeats."""
        return store_pb2.ResponseContext(request_id=context.request_id, store=context.store.ref)

    def check(self, context: store_pb2.RequestContext, call: grpc.ServicerContext) -> None:
        """Refuse a context that breaks a rule."""
        ref, consumer = context.store.ref, context.consumer
        required = (
            context.request_id, ref.kind in (1, 2), ref.name, ref.uid, ref.generation, context.store.provider,
            context.store.spec_json, consumer.kind, consumer.namespace, consumer.name, consumer.uid,
            len(context.request_id.encode()) <= 64, bool(ref.namespace) == (ref.kind == 1),
        )  # fmt: skip
        self.check_deadline(call.time_remaining())
        if not all(required) or not self.takes_interval(context.store.retry_settings):
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_REQUEST)
        if context.store.provider != "sample":
            raise RefusedError(errors_pb2.ERROR_REASON_UNSUPPORTED)

    def takes_interval(self, settings: store_pb2.RetrySettings) -> bool:
        """Say whether the time between two tries is one; nothing else is done with it."""
        return settings.retry_interval.seconds >= 0 and settings.retry_interval.nanos >= 0

    def check_deadline(self, remaining_s: float | None) -> None:
        """Refuse a call without a deadline."""
        # Synchronous gRPC gives a call without a deadline one that lies centuries ahead.
        if remaining_s is None or remaining_s > 10**6:
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_REQUEST)

    def check_spec(self, context: store_pb2.RequestContext) -> None:
        """Refuse any spec but the empty one."""
        try:
            spec = json.loads(context.store.spec_json)
        except ValueError:
            spec = None
        if spec != {}:
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_STORE)

    def check_refs(self, refs: Sequence[pb.Ref]) -> None:
        """Refuse a batch that breaks a limit."""
        fits = all(
            len(text.encode()) <= 1024
            for ref in refs
            for text in (ref.key, ref.property, ref.version, ref.known_version)
        )
        if not 1 <= len(refs) <= self.info.max_batch_refs or not fits or not all(ref.key and ref.shape for ref in refs):
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_REQUEST)

    def result(self, ref: pb.Ref) -> pb.BatchGetResult:
        """Answer one reference."""
        value = VALUES.get(ref.key)
        if value is None:
            return pb.BatchGetResult(error=self.error(errors_pb2.ERROR_REASON_NOT_FOUND, f'key "{ref.key}": not found'))
        if ref.shape == pb.SHAPE_VALUE:
            return pb.BatchGetResult(value=pb.SecretValue(data=value.encode()))
        if ref.key == "plain":
            return pb.BatchGetResult(error=self.error(errors_pb2.ERROR_REASON_INVALID_VALUE, "no object"))
        return pb.BatchGetResult(fields=pb.SecretFields(fields=self.fields()))

    def fields(self) -> list[pb.SecretField]:
        """Give the fields of the one object, sorted."""
        return [pb.SecretField(name=name, data=data.encode()) for name, data in FIELDS.items()]

    def arranged(self, results: list[pb.BatchGetResult]) -> list[pb.BatchGetResult]:
        """Put the results in the order of the references."""
        return results

    def found(self, request: pb.FindRequest) -> list[pb.FoundSecret]:
        """Match names."""
        if request.tags:
            raise RefusedError(errors_pb2.ERROR_REASON_UNSUPPORTED)
        if len(request.path) > 1024:
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_REQUEST)
        try:
            expression = re.compile(request.name_regexp)
        except re.error:
            raise RefusedError(errors_pb2.ERROR_REASON_INVALID_REF) from None
        return [
            pb.FoundSecret(name=key, data=value.encode()) for key, value in VALUES.items() if expression.search(key)
        ]

    def chunks(self, found: list[pb.FoundSecret]) -> list[list[pb.FoundSecret]]:
        """Cut what was found into messages; there is always one."""
        return [[secret] for secret in found] or [[]]

    def error(self, reason: errors_pb2.ErrorReason.ValueType, message: str) -> errors_pb2.ErrorInfo:
        """Make an error that names the store."""
        return errors_pb2.ErrorInfo(reason=reason, message=f'store "conformance/conformance": {message}')

    def details(self, refused: RefusedError) -> list[errors_pb2.ErrorInfo]:
        """Say why a call is refused."""
        return [self.error(refused.reason, "refused")]

    def abort(self, context: grpc.ServicerContext, refused: RefusedError) -> NoReturn:
        """Refuse the call."""
        status = Status(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message="refused")
        for info in self.details(refused):
            status.details.add().Pack(info)
        context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError("abort_with_status raises")
