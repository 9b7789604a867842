"""One mTLS channel to one provider server, which follows certificates without failing a call, and the denylist."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import grpc

from bulkhead_api.errors import ProviderError, UnauthenticatedError
from bulkhead_runtime.denylist import NO_LIST
from bulkhead_runtime.leaf import LeafFacts
from bulkhead_runtime.limits import MAX_MESSAGE_BYTES, MIN_PING_INTERVAL_MS
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.provider_peer import check_server, error_from_refusal
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_runtime.tls import TlsIdentity
from bulkhead_runtime.trust import Trust

_LOG = get_logger("providers.channel")
_POLL_S: Final = 1.0
_READY_S: Final = 10.0
_CLOSE_GRACE_S: Final = 60.0
# Over the network, the other end may vanish with its node and nobody says so; TCP itself would take a quarter of an
# hour. Asked only while a call waits, as a connection that nobody uses costs nothing. gRPC also pings on its own, and
# while such a ping is under way it sends no other.
_KEEPALIVE: Final = (
    ("grpc.keepalive_time_ms", MIN_PING_INTERVAL_MS),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
)


class RotatingChannel:
    """The current channel to one server; a new one takes over when our certificate or the roots change.

    Nothing goes over it to a server that is revoked. gRPC shows nobody the certificate of a connection, so what is
    known of the server is the certificate that the last `check_server` saw at its address; whenever the denylist says
    more about servers, that is looked at again and the connection is made anew.
    """

    def __init__(self, address: str, *, server: SpiffeId, trust: Trust, on_swap: Callable[[], None]) -> None:
        """Make the first channel; it connects by itself.

        Args:
            address: a gRPC target, `unix:///path` or `host:port`.
            server: whom the server's certificate must name.
            trust: our own certificate, key and roots, and who is let through.
            on_swap: told when another channel took over, so that what was learnt over the old one is learnt anew.
        """
        self._address = address
        self._server = server
        self._trust = trust
        self._on_swap = on_swap
        self.identity = trust.identity()
        """Ours, as the current channel shows it."""
        self._seen: LeafFacts | None = None
        self._drops = 0
        self._denied = self._denied_now()
        self.current = open_channel(address, server=server, identity=self.identity)

    @property
    def knows_server(self) -> bool:
        """Whether the connection that calls go over was there when the server was looked at."""
        return self._seen is not None and self.current.get_state() is grpc.ChannelConnectivity.READY

    async def check_server(self) -> None:
        """Refuse a server at the address that is not the expected one, or is revoked.

        Raises:
            ProviderError: as `peer.check_server`, and as `require_trust`.
        """
        self._require_denylist()
        try:
            seen = await check_server(self._address, server=self._server, identity=self.identity)
            self._refuse_revoked(seen)
        except UnauthenticatedError:
            await self._drop()
            raise
        self._seen = seen

    async def require_trust(self) -> None:
        """Refuse to send anything to a server that is revoked, and end the channel to it; to be asked at each call.

        Raises:
            UnauthenticatedError: the server is revoked.
            UnavailableError: nobody can be trusted now, as there is no denylist in date.
        """
        if self._seen is None:
            self._require_denylist()
            return
        try:
            # Without a list in date nobody is let through, so one look at the files is enough.
            self._refuse_revoked(self._seen)
        except UnauthenticatedError:
            await self._drop()
            raise

    async def follow(self) -> None:
        """Swap channels for as long as it runs; ends by cancellation."""
        # Closing a channel waits for its calls in flight, and must not hold up the next swap.
        async with asyncio.TaskGroup() as closing:
            while True:
                await asyncio.sleep(_POLL_S)
                identity, denied = self._trust.identity(), self._denied_now()
                if denied != self._denied:
                    self._denied = denied
                    await self._look_again(closing)
                elif identity != self.identity:
                    await self._swap(identity, closing)

    async def close(self) -> None:
        """Close the current channel at once."""
        await self.current.close()

    async def _look_again(self, closing: asyncio.TaskGroup) -> None:
        """Find out whether the denylist means this server, and make a new connection to one that it does not mean."""
        try:
            await self.check_server()
        except ProviderError as error:
            _LOG.warning("provider server is not called", server=str(self._server), why=error.message)
            # Whoever is there later is looked at before anything is sent.
            await self._drop()
        else:
            await self._swap(self._trust.identity(), closing)

    def _require_denylist(self) -> None:
        if self._trust.lacks_denylist():
            raise error_from_refusal(self._server, NO_LIST)

    def _refuse_revoked(self, leaf: LeafFacts) -> None:
        refusal = self._trust.refusal_of(leaf)
        if refusal is not None:
            raise error_from_refusal(self._server, refusal)

    def _denied_now(self) -> tuple[frozenset[int], datetime | None, bool]:
        """Give what of the denylist may mean this server; a list that says the same again changes nothing."""
        denylist = self._trust.denylist()
        if denylist is None:
            return frozenset(), None, False
        return denylist.serials, denylist.identities.get(self._server), self._server in denylist.identities

    async def _drop(self) -> None:
        """Cut off the connection with all calls in flight; the next one is made when something is sent again."""
        self._seen = None
        self._drops += 1
        if self.current.get_state() is grpc.ChannelConnectivity.IDLE:
            return
        old, self.current = self.current, open_channel(self._address, server=self._server, identity=self.identity)
        self._on_swap()
        await old.close()

    async def _swap(self, identity: TlsIdentity, closing: asyncio.TaskGroup) -> None:
        fresh, drops = open_channel(self._address, server=self._server, identity=identity), self._drops
        try:
            async with asyncio.timeout(_READY_S):
                await fresh.channel_ready()
        except TimeoutError:
            # The server is away or not there yet with its own new certificate: the fresh channel keeps trying,
            # and the old one has no better prospect.
            _LOG.warning("no connection with the new certificate yet", server=str(self._server))
        if drops != self._drops:
            # It may be connected to whoever was found to be revoked meanwhile.
            await fresh.close()
            return
        old, self.current, self.identity = self.current, fresh, identity
        self._on_swap()
        closing.create_task(old.close(_CLOSE_GRACE_S))


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
            *(() if address.startswith("unix:") else _KEEPALIVE),
        ],
    )
