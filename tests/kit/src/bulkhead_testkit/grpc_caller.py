"""A caller of provider servers that may be anybody: the right identity, a wrong one, or none."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import grpc

from bulkhead.provider.v1 import store_pb2
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub
from bulkhead_runtime.limits import MAX_MESSAGE_BYTES
from bulkhead_runtime.spiffe import SpiffeId

if TYPE_CHECKING:
    # The asynchronous stub's type exists in the .pyi file alone.
    from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceAsyncStub

_REQUEST_IDS: Final = itertools.count()


@asynccontextmanager
async def open_channel(
    target: str, *, server: SpiffeId, identity: Path | None, roots: bytes | None = None
) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel of its own, which shares no connection with any other.

    Args:
        target: `unix:///path` or `host:port`.
        server: who shall answer.
        identity: directory of the caller's certificate, key and roots; None means a caller without a certificate.
        roots: to verify the server with; None means those of the identity.
    """
    credentials = grpc.ssl_channel_credentials(
        root_certificates=roots if identity is None or roots is not None else (identity / "ca.crt").read_bytes(),
        private_key=None if identity is None else (identity / "tls.key").read_bytes(),
        certificate_chain=None if identity is None else (identity / "tls.crt").read_bytes(),
    )
    options = [
        ("grpc.ssl_target_name_override", server.server_name),
        ("grpc.default_authority", server.server_name),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", 2 * MAX_MESSAGE_BYTES),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_http_proxy", 0),
    ]
    async with grpc.aio.secure_channel(target, credentials, options=options) as channel:
        yield channel


def provider_stub(channel: grpc.aio.Channel) -> "ProviderServiceAsyncStub":
    """Give the protocol's methods on a channel."""
    return ProviderServiceStub(channel)


def request_context(
    *,
    provider: str = "fake",
    spec_json: bytes = b"{}",
    store: store_pb2.StoreRef | None = None,
    consumer_namespace: str = "team-a",
    request_id: str | None = None,
) -> store_pb2.RequestContext:
    """Make the context of a request of an ExternalSecret; by default with SecretStore "team-a/store".

    Args:
        provider: the key below spec.provider.
        spec_json: what stands below that key.
        store: None means the default.
        consumer_namespace: of the ExternalSecret.
        request_id: None means a new one.
    """
    default = store_pb2.StoreRef(
        kind=store_pb2.STORE_KIND_SECRET_STORE, namespace="team-a", name="store", uid="store-uid", generation=1
    )
    return store_pb2.RequestContext(
        request_id=f"test-{next(_REQUEST_IDS)}" if request_id is None else request_id,
        store=store_pb2.Store(ref=default if store is None else store, provider=provider, spec_json=spec_json),
        consumer=store_pb2.Consumer(
            kind="ExternalSecret", namespace=consumer_namespace, name="consumer", uid="consumer-uid"
        ),
    )
