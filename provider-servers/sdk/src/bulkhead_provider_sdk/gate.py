"""The interceptor before every method: a caller who is not allowed gets no further."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, TypeAlias, cast

import grpc
from google.protobuf.message import Message

from bulkhead_api.errors import ProviderError
from bulkhead_provider_sdk.audit import AuditedCall
from bulkhead_provider_sdk.authorization import caller_from, check_caller, check_roots, check_way, error_from_refusal
from bulkhead_runtime.leaf import LeafFacts
from bulkhead_runtime.rpc_status import rpc_status_from
from bulkhead_runtime.trust import Trust

# gRPC's own types leave the messages open.
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
# What handlers are in an asynchronous server; gRPC's types know those of a synchronous one only.
_Unary: TypeAlias = "Callable[[Message, _Context], Awaitable[Message]]"
_Stream: TypeAlias = "Callable[[Message, _Context], Awaitable[None]]"

# How long a stream may go on after its caller was revoked.
_STREAM_CHECK_S: Final = 1.0


class Gate(grpc.aio.ServerInterceptor):
    """Lets calls through by the table of `authorization` and by the denylist; all else fails and is logged.

    Both are asked at every call, and whether our roots still vouch for the caller, since a connection outlives what was
    true at its handshake.
    """

    def __init__(self, trust_domain: str, trust: Trust, *, network_is_the_webhooks: bool = False) -> None:
        """Take callers of this trust domain only, and none whom the denylist of `trust` keeps out.

        Args:
            trust_domain: our own.
            trust: says who is let through.
            network_is_the_webhooks: whether nobody but the webhook may come otherwise than over a Unix socket.
        """
        self._trust_domain = trust_domain
        self._trust = trust
        self._network_is_the_webhooks = network_is_the_webhooks

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
            caller = await self._check(context, method)
            async with self._while_let_through(caller, context, method):
                await behaviour(request, context)

        return grpc.unary_stream_rpc_method_handler(
            cast("Any", write), handler.request_deserializer, handler.response_serializer
        )

    async def _check(self, context: "_Context", method: str) -> LeafFacts:
        caller: LeafFacts | None = None
        try:
            caller = caller_from(context.auth_context())
            check_caller(caller, method, trust_domain=self._trust_domain, now=datetime.now(UTC))
            if self._network_is_the_webhooks:
                check_way(caller, context.peer())
            now = self._trust.in_force()
            check_roots(context.auth_context(), caller, roots=now.identity.roots)
            refusal = now.refusal_of(caller)
            if refusal is not None:
                raise error_from_refusal(caller, refusal)
        except ProviderError as error:
            await _refuse(context, method, caller, error)
        return caller

    @asynccontextmanager
    async def _while_let_through(self, caller: LeafFacts, context: "_Context", method: str) -> AsyncIterator[None]:
        """Break the block off once the caller is let through no more."""
        lookout = _Lookout(lambda: self._trust.refusal_of(caller))
        try:
            async with asyncio.timeout(None) as open_end:
                lookout.begin(open_end)
                try:
                    yield
                finally:
                    lookout.end()
        except TimeoutError:
            if lookout.refusal is None:
                raise
            await _refuse(context, method, caller, error_from_refusal(caller, lookout.refusal))


class _Lookout:
    """Looks now and then whether a caller is still let through, and ends its stream if not."""

    def __init__(self, ask: Callable[[], str | None]) -> None:
        self.refusal: str | None = None
        self._ask = ask
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, stream: asyncio.Timeout) -> None:
        self._timer = asyncio.get_running_loop().call_later(_STREAM_CHECK_S, self._look, stream)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, stream: asyncio.Timeout) -> None:
        self.refusal = self._ask()
        if self.refusal is None:
            self.begin(stream)
        else:
            stream.reschedule(asyncio.get_running_loop().time())


async def _refuse(context: "_Context", method: str, caller: LeafFacts | None, error: ProviderError) -> NoReturn:
    audited = AuditedCall(method.rpartition("/")[2], str(caller.spiffe_id) if caller else "")
    audited.finish(type(error).__name__, because=error.message)
    await context.abort_with_status(rpc_status_from(error))
    raise error
