"""The interceptor before every method: a caller who is not allowed gets no further."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf.message import Message

from bulkhead_api.errors import CallerNotAllowedError
from bulkhead_provider_sdk.audit import AuditedCall
from bulkhead_provider_sdk.authorization import Caller, caller_from, check_caller
from bulkhead_runtime.rpc_status import rpc_status_from

# gRPC's own types leave the messages open.
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
# What handlers are in an asynchronous server; gRPC's types know those of a synchronous one only.
_Unary: TypeAlias = "Callable[[Message, _Context], Awaitable[Message]]"
_Stream: TypeAlias = "Callable[[Message, _Context], Awaitable[None]]"


class Gate(grpc.aio.ServerInterceptor):
    """Lets calls through by the table of `authorization`; all else fails with CALLER_NOT_ALLOWED and is logged."""

    def __init__(self, trust_domain: str) -> None:
        """Take callers of this trust domain only."""
        self._trust_domain = trust_domain

    async def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "_Handler | None":
        """Put the check before the method's handler.

        Raises:
            TypeError: the method takes a stream of requests, which nothing in the protocol does.
        """
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None:
            # Nobody serves it, so there is nothing to guard: gRPC answers UNIMPLEMENTED.
            return None
        if handler.unary_unary is not None:
            return self._guarded_unary(handler, method)
        if handler.unary_stream is not None:
            return self._guarded_stream(handler, method)
        raise TypeError(f"{method}: streams of requests are not guarded")

    def _guarded_unary(self, handler: "_Handler", method: str) -> "_Handler":
        behaviour = cast("_Unary", handler.unary_unary)

        async def answer(request: Message, context: "_Context") -> Message:
            await self._check(context, method)
            return await behaviour(request, context)

        return grpc.unary_unary_rpc_method_handler(
            cast("Any", answer), handler.request_deserializer, handler.response_serializer
        )

    def _guarded_stream(self, handler: "_Handler", method: str) -> "_Handler":
        behaviour = cast("_Stream", handler.unary_stream)

        async def write(request: Message, context: "_Context") -> None:
            await self._check(context, method)
            await behaviour(request, context)

        return grpc.unary_stream_rpc_method_handler(
            cast("Any", write), handler.request_deserializer, handler.response_serializer
        )

    async def _check(self, context: "_Context", method: str) -> None:
        caller: Caller | None = None
        try:
            caller = caller_from(context.auth_context())
            check_caller(caller, method, trust_domain=self._trust_domain, now=datetime.now(UTC))
        except CallerNotAllowedError as error:
            audited = AuditedCall(method.rpartition("/")[2], str(caller.spiffe_id) if caller else "")
            audited.finish(type(error).__name__)
            await context.abort_with_status(rpc_status_from(error))
