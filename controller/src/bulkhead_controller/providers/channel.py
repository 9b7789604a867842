"""One mTLS channel to one provider server, which follows the certificates without failing a call."""

import asyncio
from collections.abc import Callable
from typing import Final

import grpc

from bulkhead_controller.providers.peer import check_server
from bulkhead_runtime.limits import MAX_MESSAGE_BYTES
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_runtime.tls import TlsIdentity, TlsSource

_LOG = get_logger("providers.channel")
_POLL_S: Final = 1.0
_READY_S: Final = 10.0
_CLOSE_GRACE_S: Final = 60.0


class RotatingChannel:
    """The current channel to one server; a new one takes over when our certificate or the roots change."""

    def __init__(self, address: str, *, server: SpiffeId, tls: TlsSource, on_swap: Callable[[], None]) -> None:
        """Make the first channel; it connects by itself.

        Args:
            address: a gRPC target, `unix:///path` or `host:port`.
            server: whom the server's certificate must name.
            tls: our own certificate, key and roots.
            on_swap: told when another channel took over, so that what was learnt over the old one is learnt anew.
        """
        self._address = address
        self._server = server
        self._tls = tls
        self._on_swap = on_swap
        self._identity = tls.current()
        self.current = open_channel(address, server=server, identity=self._identity)

    async def check_server(self) -> None:
        """Refuse a server at the address that is not the expected one; raises as `peer.check_server`."""
        await check_server(self._address, server=self._server, identity=self._identity)

    async def follow(self) -> None:
        """Swap channels for as long as it runs; ends by cancellation."""
        while True:
            await asyncio.sleep(_POLL_S)
            identity = self._tls.current()
            if identity != self._identity:
                await self._swap(identity)

    async def close(self) -> None:
        """Close the current channel at once."""
        await self.current.close()

    async def _swap(self, identity: TlsIdentity) -> None:
        fresh = open_channel(self._address, server=self._server, identity=identity)
        try:
            async with asyncio.timeout(_READY_S):
                await fresh.channel_ready()
        except TimeoutError:
            # The server is away or not there yet with its own new certificate: the fresh channel keeps trying,
            # and the old one has no better prospect.
            _LOG.warning("no connection with the new certificate yet", server=str(self._server))
        old, self.current, self._identity = self.current, fresh, identity
        self._on_swap()
        # Closing waits for calls in flight, so it must not hold up the next swap.
        await old.close(_CLOSE_GRACE_S)


def open_channel(address: str, *, server: SpiffeId, identity: TlsIdentity) -> grpc.aio.Channel:
    """Open a channel that talks to `server` and to nobody else."""
    credentials = grpc.ssl_channel_credentials(
        root_certificates=identity.roots,
        private_key=identity.private_key.reveal(),
        certificate_chain=identity.certificate_chain,
    )
    return grpc.aio.secure_channel(
        address,
        credentials,
        options=[
            # The identity's DNS spelling, never the address; `peer.py` checks the URI.
            ("grpc.ssl_target_name_override", server.server_name),
            ("grpc.default_authority", server.server_name),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 5_000),
            # The environment must not route secrets through a proxy.
            ("grpc.enable_http_proxy", 0),
            # The resolver must not take options, such as retries, from DNS.
            ("grpc.service_config_disable_resolution", 1),
        ],
    )
