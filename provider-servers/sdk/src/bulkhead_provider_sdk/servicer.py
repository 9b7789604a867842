"""Where the wire meets a Provider: each method of the protocol, answered by one.

The order is the same for all: is the request valid, does the policy allow it, what does the provider say, does that
fit into a message. Whoever is allowed to call at all was decided before, by the gate.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceServicer
from bulkhead_api.errors import (
    DeadlineError,
    InternalError,
    InvalidRequestError,
    ProviderError,
    TooLargeError,
    UnsupportedError,
)
from bulkhead_provider_sdk import wire
from bulkhead_provider_sdk.audit import OK, AuditedCall
from bulkhead_provider_sdk.authorization import caller_from
from bulkhead_provider_sdk.backend_key import NamesBackendKeys
from bulkhead_provider_sdk.deadline import deadline_in
from bulkhead_provider_sdk.policy import Operation
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import Call, Found, Outcome, Provider, Ref
from bulkhead_runtime.limits import MAX_MESSAGE_BYTES
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.rpc_status import rpc_status_from

if TYPE_CHECKING:
    # The context's type exists in the .pyi file alone.
    from bulkhead.provider.v1.provider_service_pb2_grpc import _ServicerContext

_LOG: Final = get_logger("servicer")
_GET_INFO: Final = "GetInfo"
# The part of the deadline that is kept for the way back, so that the caller learns from us what took so long and not
# only from its own clock.
_MARGIN_PART: Final = 0.1
_MAX_MARGIN_S: Final = 0.5
# Small enough that a stream's first secrets leave early, large enough that its messages are few.
_CHUNK_BYTES: Final = 1024 * 1024
_FOUND_OVERHEAD_BYTES: Final = 8

_Context: TypeAlias = "_ServicerContext"
_T = TypeVar("_T")


class Servicer(ProviderServiceServicer):
    """Serves one provider."""

    def __init__(self, provider: Provider, policy: PolicySource) -> None:
        """Ask `provider` for what `policy` allows."""
        self._provider = provider
        self._policy = policy
        # Looked up once, as to ask whether an object fits a protocol costs more than to read a policy.
        self._names_keys = provider if isinstance(provider, NamesBackendKeys) else None

    async def GetInfo(self, request: pb.GetInfoRequest, context: _Context) -> pb.GetInfoResponse:  # noqa: N802
        """Say what this server is."""

        async def work(_: AuditedCall) -> pb.GetInfoResponse:
            return wire.info_response_from(self._provider.info)

        return await _answer(_GET_INFO, context, work)

    async def ValidateStore(  # noqa: N802
        self, request: pb.ValidateStoreRequest, context: _Context
    ) -> pb.ValidateStoreResponse:
        """Say whether a store can work."""

        async def work(audited: AuditedCall) -> pb.ValidateStoreResponse:
            call = self._admit(request.context, Operation.VALIDATE, audited)
            validation = await self._provider.validate(call)
            return wire.validation_response_from(validation, wire.echo_from(request.context))

        return await _answer("ValidateStore", context, work)

    async def BatchGet(self, request: pb.BatchGetRequest, context: _Context) -> pb.BatchGetResponse:  # noqa: N802
        """Read references; one that fails leaves the others as they are."""

        async def work(audited: AuditedCall) -> pb.BatchGetResponse:
            call = self._admit(request.context, Operation.READ, audited)
            refs = wire.refs_from(request)
            audited.requested = len(refs)
            outcomes = await self._outcomes(call, refs)
            echo = wire.echo_from(request.context)
            return pb.BatchGetResponse(context=echo, results=_results(call, refs, outcomes, echo, audited))

        return await _answer("BatchGet", context, work)

    # gRPC takes two kinds of streaming handlers. The generator that the stub's type asks for would be suspended while
    # a message is written, where a deadline around it cannot be raised.
    async def Find(self, request: pb.FindRequest, context: _Context) -> None:  # type: ignore[override]  # noqa: N802
        """Stream all secrets that match."""

        async def work(audited: AuditedCall) -> None:
            call = self._admit(request.context, Operation.FIND, audited)
            query = wire.query_from(request)
            key = self._backend_key(call, query.path, Operation.FIND)
            self._policy.require(call, Operation.FIND, key)
            echo = wire.echo_from(request.context)
            async with _closing(self._provider.find(call, query)) as found:
                async for chunk in _chunks(call, found):
                    audited.outcomes[Found.__name__] += len(chunk)
                    await context.write(pb.FindResponse(context=echo, secrets=chunk))

        await _answer("Find", context, work)

    def _admit(self, context: store_pb2.RequestContext, operation: Operation, audited: AuditedCall) -> Call:
        call = wire.call_from(context)
        audited.call = call
        served = self._provider.info.store_providers
        if call.store.provider not in served:
            names = ", ".join(sorted(served))
            raise UnsupportedError(f'{call.store.ref}: this server serves {names} and not "{call.store.provider}"')
        self._policy.require(call, operation)
        return call

    async def _outcomes(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
        # One verdict a key: a batch often wants many properties of one secret.
        verdicts = {key: self._refusal(call, key) for key in dict.fromkeys(ref.key for ref in refs)}
        refusals = [verdicts[ref.key] for ref in refs]
        allowed = [ref for ref, refusal in zip(refs, refusals, strict=True) if refusal is None]
        answers = await self._provider.batch_get(call, allowed) if allowed else ()
        if len(answers) != len(allowed):
            raise InternalError(
                f"{call.store.ref}: the provider gave {len(answers)} answers to {len(allowed)} references"
            )
        remaining = iter(answers)
        return [next(remaining) if refusal is None else refusal for refusal in refusals]

    def _refusal(self, call: Call, key: str) -> ProviderError | None:
        try:
            self._policy.require(call, Operation.READ, self._backend_key(call, key, Operation.READ))
        except ProviderError as error:
            return error
        return None

    def _backend_key(self, call: Call, key: str, operation: Operation) -> str:
        return key if self._names_keys is None else self._names_keys.backend_key(call, key, operation)


async def _answer(
    method: str, context: "grpc.aio.ServicerContext[Any, Any]", work: Callable[[AuditedCall], Awaitable[_T]]
) -> _T:
    """Do the work within the caller's deadline, turn what goes wrong into a status, and write the call down."""
    audited = AuditedCall(method, str(caller_from(context.auth_context()).spiffe_id))
    try:
        async with _within_deadline(method, context.time_remaining()):
            answer = await work(audited)
    except asyncio.CancelledError:
        audited.finish("Cancelled")
        raise
    # The outermost place of a call: nothing may leave it but errors of the protocol.
    except Exception as error:  # noqa: BLE001
        failure = _failure_from(error, audited)
    else:
        audited.finish(OK)
        return answer
    audited.finish(type(failure).__name__)
    return await context.abort_with_status(rpc_status_from(failure))


def _within_deadline(method: str, remaining_s: float | None) -> AbstractAsyncContextManager[None]:
    if remaining_s is not None:
        return deadline_in(remaining_s - min(remaining_s * _MARGIN_PART, _MAX_MARGIN_S))
    if method == _GET_INFO:
        return nullcontext()
    raise InvalidRequestError("request: a call needs a deadline")


def _failure_from(error: Exception, audited: AuditedCall) -> ProviderError:
    where = f"{audited.call.store.ref}: " if audited.call else ""
    match error:
        case ProviderError():
            return error
        case TimeoutError():
            return DeadlineError(f"{where}the backend did not answer in time")
        case _:
            request_id = audited.call.request_id if audited.call else ""
            _LOG.failure("defect in a call", error, method=audited.method, request_id=request_id)
            return InternalError(f'{where}the provider server failed: look into its log for request id "{request_id}"')


def _results(
    call: Call,
    refs: Sequence[Ref],
    outcomes: Sequence[Outcome],
    echo: store_pb2.ResponseContext,
    audited: AuditedCall,
) -> list[pb.BatchGetResult]:
    """Make the results, each within what the message has left."""
    budget = wire.ResponseBudget(echo, len(refs))
    results = []
    for ref, outcome in zip(refs, outcomes, strict=True):
        where = f'{call.store.ref}: key "{ref.key}"'
        fitting, result = outcome, wire.result_from(where, ref, outcome)
        if not budget.takes(result):
            fitting = TooLargeError(
                f"{where}: the reply would be larger than the {MAX_MESSAGE_BYTES} bytes of a message"
            )
            result = wire.result_from(where, ref, fitting)
        audited.outcomes[type(fitting).__name__] += 1
        results.append(result)
    return results


async def _chunks(call: Call, found: AsyncIterator[Found]) -> AsyncIterator[list[pb.FoundSecret]]:
    """Gather what is found into messages; the last is empty only if it is also the first."""
    chunk: list[pb.FoundSecret] = []
    chunk_bytes, begun = 0, False
    async for each in found:
        secret = wire.found_from(each)
        size = secret.ByteSize() + _FOUND_OVERHEAD_BYTES
        if size + _CHUNK_BYTES > MAX_MESSAGE_BYTES:
            raise TooLargeError(f'{call.store.ref}: secret "{each.name}": is too large for a message')
        if chunk and chunk_bytes + size > _CHUNK_BYTES:
            yield chunk
            chunk, chunk_bytes, begun = [], 0, True
        chunk.append(secret)
        chunk_bytes += size
    if chunk or not begun:
        yield chunk


@asynccontextmanager
async def _closing(found: AsyncIterator[Found]) -> AsyncIterator[AsyncIterator[Found]]:
    # A generator that is left half way holds the backend's connection until somebody closes it.
    try:
        yield found
    finally:
        if isinstance(found, AsyncGenerator):
            await found.aclose()
