"""Asks one provider server whether a store can work. Protobuf stays in this module."""

import itertools
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1 import store_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_api.errors import InternalError
from bulkhead_runtime.provider_channel import RotatingChannel
from bulkhead_runtime.provider_routes import ProviderServer
from bulkhead_runtime.rpc_status import provider_error_from_rpc
from bulkhead_runtime.spiffe import provider_id
from bulkhead_runtime.trust import Trust
from bulkhead_webhook.store_question import StoreQuestion

if TYPE_CHECKING:
    # The asynchronous stub's type exists in the .pyi file alone.
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

_KINDS: Final = {
    "SecretStore": store_pb2.STORE_KIND_SECRET_STORE,
    "ClusterSecretStore": store_pb2.STORE_KIND_CLUSTER_SECRET_STORE,
}


class ProviderServerClient:
    """One provider server, of which nothing but ValidateStore is ever asked."""

    def __init__(self, server: ProviderServer, *, trust_domain: str, trust: Trust, timeout_s: float) -> None:
        """Prepare the channel; nothing is asked yet.

        Args:
            server: where it is.
            trust_domain: of its certificate.
            trust: our own certificate, key and roots, and which servers are let through.
            timeout_s: the deadline of one question, in seconds.
        """
        self.name = server.name
        self._timeout_s = timeout_s
        self._request_ids = (f"webhook-{secrets.token_hex(6)}-{count:x}" for count in itertools.count())
        self._channel = RotatingChannel(
            server.address, server=provider_id(trust_domain, server.name), trust=trust, on_swap=self._start_over
        )
        self._start_over()

    async def follow_certificates(self) -> None:
        """Keep the channel on the current certificate; ends by cancellation."""
        await self._channel.follow()

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def validate(self, store: StoreQuestion) -> Sequence[str]:
        """Say what the server warns of, of a store that can work.

        Raises:
            ProviderError: it cannot work, or the server cannot be asked.
        """
        if not self._channel.knows_server:
            await self._channel.check_server()
        await self._channel.require_trust()
        context = self._context(store)
        try:
            reply: pb.ValidateStoreResponse | None = await self._stub.ValidateStore(
                pb.ValidateStoreRequest(context=context), timeout=self._timeout_s
            )
        except grpc.aio.AioRpcError as error:
            raise provider_error_from_rpc(error, where=f'provider server "{self.name}"') from None
        # gRPC gives None for a reply that its class cannot read.
        if reply is None or not _is_to(context, reply.context):
            raise InternalError(f'provider server "{self.name}": its answer is not to the question')
        return tuple(reply.warnings)

    def _context(self, store: StoreQuestion) -> store_pb2.RequestContext:
        return store_pb2.RequestContext(
            request_id=next(self._request_ids),
            store=store_pb2.Store(
                ref=store_pb2.StoreRef(
                    kind=_KINDS[store.kind],
                    namespace=store.namespace,
                    name=store.name,
                    uid=store.uid,
                    generation=store.generation,
                ),
                provider=store.provider,
                spec_json=store.spec_json,
            ),
            consumer=store_pb2.Consumer(kind=store.kind, namespace=store.namespace, name=store.name, uid=store.uid),
        )

    def _start_over(self) -> None:
        self._stub: ProviderServiceAsyncStub = ProviderServiceStub(self._channel.current)


def _is_to(asked: store_pb2.RequestContext, answered: store_pb2.ResponseContext) -> bool:
    return answered.request_id == asked.request_id and answered.store == asked.store.ref
