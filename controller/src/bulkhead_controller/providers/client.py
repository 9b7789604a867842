"""The client of the provider protocol: one provider server over gRPC."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message
from prometheus_client import Counter

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_api.errors import InternalError, ProviderError, UnavailableError
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.backends import BoundStore, Consumer, Outcome, Query, Ref, Validation
from bulkhead_controller.providers.finding import Findings
from bulkhead_controller.providers.handshake import ServerInfo, can_find, check_query, server_info_from
from bulkhead_controller.providers.texts import check_query_texts, check_ref_texts
from bulkhead_controller.providers.wire import (
    check_echo,
    context_from,
    find_request_from,
    message_from_ref,
    outcome_from,
    store_name,
    validation_from,
)
from bulkhead_runtime.provider_channel import RotatingChannel
from bulkhead_runtime.provider_routes import ProviderServer
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_runtime.spiffe import provider_id
from bulkhead_runtime.tls import TlsIdentity
from bulkhead_runtime.trust import Trust

if TYPE_CHECKING:
    # The asynchronous stub's type exists in the .pyi file alone.
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

_DROPPED: Final = Counter(
    "bulkhead_provider_replies_dropped_total",
    "Replies that were not to the request or not of the protocol.",
    ["server"],
)

_Reply = TypeVar("_Reply", bound=Message)
_Answer = TypeVar("_Answer")
_Method: TypeAlias = "Callable[[ProviderServiceAsyncStub], Callable[..., Awaitable[_Reply]]]"


class ProviderClient:
    """One provider server: its channel, what it said of itself, and calls with a deadline each."""

    def __init__(self, server: ProviderServer, *, trust_domain: str, trust: Trust, timeout_s: float) -> None:
        """Prepare the channel; nothing is asked yet.

        Args:
            server: where it is and what is routed to it.
            trust_domain: of its certificate.
            trust: our own certificate, key and roots, and which servers are let through.
            timeout_s: the deadline of one call, in seconds.
        """
        self.server = server
        self._timeout_s = timeout_s
        self._info: ServerInfo | None = None
        self._request_ids = (f"{secrets.token_hex(6)}-{count:x}" for count in itertools.count())
        self._channel = RotatingChannel(
            server.address, server=provider_id(trust_domain, server.name), trust=trust, on_swap=self._start_over
        )
        self._start_over()

    @property
    def identity(self) -> TlsIdentity:
        """Our certificate, as the server sees it."""
        return self._channel.identity

    async def follow_certificates(self) -> None:
        """Keep the channel on the current certificate, and off servers that are revoked; ends by cancellation."""
        await self._channel.follow()

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references in as few calls as the server's limit allows.

        Raises:
            ProviderError: no reference could be read.
        """
        check_ref_texts(store, refs)
        size = (await self._server_info()).max_batch_refs
        chunks = [refs[start : start + size] for start in range(0, len(refs), size)]
        answers = [await self._batch(store, consumer, chunk) for chunk in chunks]
        return [outcome for answer in answers for outcome in answer]

    async def find(self, store: BoundStore, consumer: Consumer, query: Query) -> Mapping[str, SecretValue]:
        """Find secrets; the deadline is that of the whole stream.

        Raises:
            ProviderError: the query cannot work, or the stream broke off or was not one of the protocol.
        """
        check_query_texts(store, query)
        info = await self._server_info()
        # A server that could not do this may have been replaced by one that can, without a failed call in between.
        if not can_find(query, info):
            info = await self._handshake()
        context = context_from(store, consumer, next(self._request_ids))
        name = store_name(context.store.ref)
        check_query(query, info, where=name)
        return await self._twice_if_cut_off(lambda: self._found(find_request_from(context, query), name))

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Say whether the store can work.

        Raises:
            ProviderError: it cannot, or the server cannot be asked.
        """
        info = await self._server_info()
        context = context_from(store, consumer, next(self._request_ids))
        request = pb.ValidateStoreRequest(context=context)
        response = await self._call(lambda stub: stub.ValidateStore, request)
        self._check(context, response.context)
        return validation_from(response, maintenance=info.maintenance, server=self.server.name)

    async def _batch(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        context = context_from(store, consumer, next(self._request_ids))
        request = pb.BatchGetRequest(context=context, refs=map(message_from_ref, refs))
        response = await self._call(lambda stub: stub.BatchGet, request)
        self._check(context, response.context)
        if len(response.results) != len(refs):
            raise self._dropped(f"{len(response.results)} results for {len(refs)} references")
        return [
            outcome_from(result, ref, server=self.server.name)
            for result, ref in zip(response.results, refs, strict=True)
        ]

    async def _server_info(self) -> ServerInfo:
        """Give what the server is; a connection that was made since is made sure of first."""
        if self._info is None or not self._channel.knows_server:
            return await self._handshake()
        return self._info

    async def _handshake(self) -> ServerInfo:
        """Make sure who the server is and ask what it is."""
        await self._channel.check_server()
        response = await self._call(lambda stub: stub.GetInfo, pb.GetInfoRequest())
        with self._counting_drops():
            self._info = server_info_from(response, self.server)
        return self._info

    async def _call(self, method: "_Method[_Reply]", request: Message) -> _Reply:
        reply = await self._twice_if_cut_off(lambda: self._asked(method, request))
        # gRPC gives None for a reply that its class cannot read.
        if reply is None:
            raise self._dropped("the reply does not decode")
        return reply

    async def _twice_if_cut_off(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Ask once more where the server cut the call off, as one that stops does with what reaches it just then.

        All calls only read. Whoever is at the address now, another one of its kind perhaps, is looked at first.
        """
        try:
            return await ask()
        except grpc.aio.AioRpcError as error:
            failed = self._failed(error)
            if error.code() is not grpc.StatusCode.CANCELLED:
                raise failed from None
        await self._channel.check_server()
        try:
            return await ask()
        except grpc.aio.AioRpcError as error:
            raise self._failed(error) from None

    async def _asked(self, method: "_Method[_Reply]", request: Message) -> _Reply | None:
        await self._channel.require_trust()
        with self._naming_cut_offs():
            return await method(self._stub)(request, timeout=self._timeout_s)

    async def _found(self, request: pb.FindRequest, store: str) -> Mapping[str, SecretValue]:
        findings = Findings(store=store, server=self.server.name)
        async with aclosing(self._stream(request)) as messages:
            async for message in messages:
                self._check(request.context, message.context)
                with self._counting_drops():
                    findings.add(message)
        with self._counting_drops():
            return findings.all()

    async def _stream(self, request: pb.FindRequest) -> AsyncGenerator[pb.FindResponse, None]:
        await self._channel.require_trust()
        call = self._stub.Find(request, timeout=self._timeout_s)
        messages = aiter(call)
        try:
            message: pb.FindResponse | None
            while True:
                with self._naming_cut_offs():
                    message = await anext(messages)
                if message is None:
                    raise self._dropped("the reply does not decode")
                yield message
        except StopAsyncIteration:
            return
        finally:
            # A stream that is given up half way would go on being sent.
            call.cancel()

    @contextmanager
    def _naming_cut_offs(self) -> Iterator[None]:
        """Tell a channel that was closed under a call from a task that is cancelled: gRPC raises the same for both."""
        try:
            yield
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise UnavailableError(f'provider server "{self.server.name}": the call was cut off') from None

    def _failed(self, error: grpc.aio.AioRpcError) -> ProviderError:
        # The server may come back as another version, with other limits.
        self._forget()
        return provider_error_from_rpc(error, where=f'provider server "{self.server.name}"')

    def _check(self, asked: store_pb2.RequestContext, answered: store_pb2.ResponseContext) -> None:
        with self._counting_drops():
            check_echo(asked, answered, server=self.server.name)

    @contextmanager
    def _counting_drops(self) -> Iterator[None]:
        try:
            yield
        except InternalError:
            _DROPPED.labels(self.server.name).inc()
            raise

    def _dropped(self, why: str) -> ProviderError:
        _DROPPED.labels(self.server.name).inc()
        return InternalError(f'provider server "{self.server.name}": {why}: the whole reply was dropped')

    def _start_over(self) -> None:
        # A stub registers its methods with the channel, so it is made once for each channel and not for each call.
        self._stub: ProviderServiceAsyncStub = ProviderServiceStub(self._channel.current)
        self._forget()

    def _forget(self) -> None:
        self._info = None
