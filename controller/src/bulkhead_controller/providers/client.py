"""The client of the provider protocol: `Backends` over gRPC."""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import grpc
from google.protobuf.message import Message
from prometheus_client import Counter

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_api.errors import InternalError, InvalidRefError, ProviderError, UnsupportedError
from bulkhead_controller.backends import BoundStore, Consumer, Outcome, Ref, Validation
from bulkhead_controller.providers.channel import RotatingChannel
from bulkhead_controller.providers.route import ProviderServer, routes_from
from bulkhead_controller.providers.wire import (
    check_echo,
    context_from,
    message_from_ref,
    outcome_from,
    validation_from,
)
from bulkhead_runtime.limits import MAX_BATCH_REFS, MAX_TEXT_BYTES, PROTOCOL_VERSION
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_runtime.spiffe import provider_id
from bulkhead_runtime.tls import TlsSource

if TYPE_CHECKING:
    # The asynchronous stub's type exists in the .pyi file alone.
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

_DROPPED: Final = Counter(
    "bulkhead_provider_replies_dropped_total",
    "Replies that were not to the request or not of the protocol.",
    ["server"],
)

_Reply = TypeVar("_Reply", bound=Message)


class ProviderClient:
    """One provider server: its channel, what it said of itself, and calls with a deadline each."""

    def __init__(self, server: ProviderServer, *, trust_domain: str, tls: TlsSource, timeout_s: float) -> None:
        """Prepare the channel; nothing is asked yet.

        Args:
            server: where it is and what is routed to it.
            trust_domain: of its certificate.
            tls: our own certificate, key and roots.
            timeout_s: the deadline of one call, in seconds.
        """
        self.server = server
        self._timeout_s = timeout_s
        self._max_batch_refs: int | None = None
        self._request_ids = (f"{secrets.token_hex(6)}-{count:x}" for count in itertools.count())
        self._channel = RotatingChannel(
            server.address, server=provider_id(trust_domain, server.name), tls=tls, on_swap=self._start_over
        )
        self._start_over()

    async def follow_certificates(self) -> None:
        """Keep the channel on the current certificate; ends by cancellation."""
        await self._channel.follow()

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references in as few calls as the server's limit allows.

        Raises:
            ProviderError: no reference could be read.
        """
        _check_texts(store, refs)
        size = self._max_batch_refs or await self._handshake()
        chunks = [refs[start : start + size] for start in range(0, len(refs), size)]
        answers = [await self._batch(store, consumer, chunk) for chunk in chunks]
        return [outcome for answer in answers for outcome in answer]

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Say whether the store can work.

        Raises:
            ProviderError: it cannot, or the server cannot be asked.
        """
        if self._max_batch_refs is None:
            await self._handshake()
        context = context_from(store, consumer, next(self._request_ids))
        response = await self._call(self._stub.ValidateStore, pb.ValidateStoreRequest(context=context))
        self._check(context, response.context)
        return validation_from(response, server=self.server.name)

    async def _batch(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        context = context_from(store, consumer, next(self._request_ids))
        request = pb.BatchGetRequest(context=context, refs=map(message_from_ref, refs))
        response = await self._call(self._stub.BatchGet, request)
        self._check(context, response.context)
        if len(response.results) != len(refs):
            raise self._dropped(f"{len(response.results)} results for {len(refs)} references")
        return [
            outcome_from(result, ref, server=self.server.name)
            for result, ref in zip(response.results, refs, strict=True)
        ]

    async def _handshake(self) -> int:
        """Make sure who the server is and ask what it is; give the most references that it takes at once."""
        await self._channel.check_server()
        info = await self._call(self._stub.GetInfo, pb.GetInfoRequest())
        if not info.min_protocol_version <= PROTOCOL_VERSION <= info.max_protocol_version:
            raise UnsupportedError(
                f'provider server "{self.server.name}": speaks protocol {info.min_protocol_version} to '
                f"{info.max_protocol_version}, the controller speaks {PROTOCOL_VERSION}: install versions that fit"
            )
        missing = sorted(set(self.server.stores) - set(info.store_providers))
        if missing:
            raise UnsupportedError(
                f'provider server "{self.server.name}": does not serve {", ".join(missing)}: '
                "correct `stores` in the providers file"
            )
        if not 1 <= info.max_batch_refs <= MAX_BATCH_REFS:
            raise self._dropped("its limits are outside of the protocol's")
        self._max_batch_refs = info.max_batch_refs
        return self._max_batch_refs

    async def _call(self, method: Callable[..., Awaitable[_Reply]], request: Message) -> _Reply:
        try:
            reply: _Reply | None = await method(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            # The server may come back as another version, with other limits.
            self._forget()
            raise provider_error_from_rpc(error, where=f'provider server "{self.server.name}"') from None
        # gRPC gives None for a reply that its class cannot read.
        if reply is None:
            raise self._dropped("the reply does not decode")
        return reply

    def _check(self, asked: store_pb2.RequestContext, answered: store_pb2.ResponseContext) -> None:
        try:
            check_echo(asked, answered, server=self.server.name)
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
        self._max_batch_refs = None


class GrpcBackends:
    """All provider servers of the providers file. Implements `backends.Backends`."""

    def __init__(
        self, servers: Sequence[ProviderServer], *, trust_domain: str, tls: TlsSource, timeout_s: float
    ) -> None:
        """Prepare a client for each server; arguments as `ProviderClient`'s."""
        self._clients = [
            ProviderClient(server, trust_domain=trust_domain, tls=tls, timeout_s=timeout_s) for server in servers
        ]
        by_name = {client.server.name: client for client in self._clients}
        self._routes: Mapping[str, ProviderClient] = {
            store: by_name[server.name] for store, server in routes_from(servers).items()
        }

    async def run(self) -> None:
        """Keep all channels on the current certificate until cancelled, then close them."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for client in self._clients:
                    tasks.create_task(client.follow_certificates())
        finally:
            await asyncio.gather(*(client.close() for client in self._clients))

    def route(self, provider: str) -> str | None:
        """Name the provider server that serves this key of spec.provider; None means that none is configured."""
        client = self._routes.get(provider)
        return client.server.name if client else None

    async def batch_get(self, store: BoundStore, consumer: Consumer, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Read the references; see `Backends.batch_get`."""
        return await self._client(store).batch_get(store, consumer, refs)

    async def validate(self, store: BoundStore, consumer: Consumer) -> Validation:
        """Say whether the store can work; see `Backends.validate`."""
        return await self._client(store).validate(store, consumer)

    def _client(self, store: BoundStore) -> ProviderClient:
        client = self._routes.get(store.provider)
        if client is None:
            raise UnsupportedError(
                f'store "{store.name}": no provider server for "{store.provider}": '
                f"enable it in the chart (providers.{store.provider}.enabled)"
            )
        return client


def _check_texts(store: BoundStore, refs: Sequence[Ref]) -> None:
    # Refused here so that one long key does not fail the batch at the server with the others in it unread.
    for ref in refs:
        for text in (ref.key, ref.property, ref.version):
            if len(text.encode()) > MAX_TEXT_BYTES:
                raise InvalidRefError(
                    f'store "{store.name}": key "{ref.key[:64]}": key, property and version may have {MAX_TEXT_BYTES} '
                    "bytes each"
                )
