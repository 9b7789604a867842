"""The gRPC server of one provider: mutual TLS, the gate, the servicer and health, from start to graceful stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import grpc
from grpc_health.v1 import health_pb2_grpc

from bulkhead.provider.v1.provider_service_pb2_grpc import add_ProviderServiceServicer_to_server
from bulkhead_provider_sdk.certificates import CertificateFetcher
from bulkhead_provider_sdk.gate import Gate
from bulkhead_provider_sdk.health import Health
from bulkhead_provider_sdk.listen import Listen, ListenError, UnixSocket
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import Provider
from bulkhead_provider_sdk.servicer import Servicer
from bulkhead_runtime.health import Address
from bulkhead_runtime.limits import MAX_MESSAGE_BYTES, MIN_PING_INTERVAL_MS
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.tls import TlsIdentity, TlsSource, WrongIdentityError
from bulkhead_runtime.trust import Trust

_LOG: Final = get_logger("server")
_MAX_CONCURRENT_CALLS: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How a provider server is reached, and how it treats connections."""

    listen: Listen
    webhook_listen: Address | None = None
    """Where the webhook is answered as well, and nobody else; None means only at `listen`."""
    tls_dir: Path
    trust_domain: str
    require_denylist: bool = True
    """Whether nobody is let through without a denylist in date."""
    grace_period: timedelta = timedelta(seconds=20)
    """How long calls in flight may go on once the server stops."""
    max_connection_age: timedelta = timedelta(minutes=10)
    """After this a connection is ended, and a new handshake looks at the certificates of both sides again."""
    max_connection_age_grace: timedelta = timedelta(minutes=1)
    """How long calls in flight on such a connection may go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server that takes calls."""

    listen: Listen
    """Where it listens, with the port that was chosen if none was asked for."""
    webhook_listen: Address | None
    """Likewise."""
    health: Health

    @property
    def target(self) -> str:
        """The same as gRPC clients write it."""
        return str(self.listen)


@asynccontextmanager
async def running_server(
    settings: ServerSettings, provider: Provider, policy: PolicySource, trust: Trust
) -> AsyncIterator[RunningServer]:
    """Serve the provider while the context is open; at its end, calls in flight get the grace period to finish.

    Args:
        settings: where and how.
        provider: who answers.
        policy: what it may answer.
        trust: who we are, checked by `check_own_identity`, and who is let through.

    Raises:
        ListenError: the address cannot be listened on.
    """
    tls = trust.tls
    health = Health()
    server = grpc.aio.server(
        interceptors=[Gate(settings.trust_domain, trust, network_is_the_webhooks=settings.webhook_listen is not None)],
        options=_options(settings),
        maximum_concurrent_rpcs=_MAX_CONCURRENT_CALLS,
    )
    add_ProviderServiceServicer_to_server(Servicer(provider, policy), server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    listen: Listen = settings.listen
    door = settings.webhook_listen
    port = _bind(server, listen, settings, tls)
    if isinstance(listen, Address):
        listen = Address(listen.host, port)
    if door is not None:
        door = Address(door.host, _bind(server, door, settings, tls))
    await server.start()
    if isinstance(listen, UnixSocket):
        listen.protect()
    health.start()
    _LOG.info("serving", address=str(listen), identity=str(tls.current().spiffe_id))
    try:
        yield RunningServer(listen=listen, webhook_listen=door, health=health)
    finally:
        _LOG.info("stopping, calls in flight may finish", grace_s=settings.grace_period.total_seconds())
        health.stop()
        await server.stop(settings.grace_period.total_seconds())


def check_own_identity(identity: TlsIdentity, settings: ServerSettings) -> None:
    """Refuse to serve with a certificate that no caller would accept.

    Raises:
        WrongIdentityError: it is of another trust domain or not a provider server's, or lacks the name that gRPC's
            clients compare.
    """
    own = identity.spiffe_id
    if own.trust_domain != settings.trust_domain or not own.path.startswith("provider/"):
        raise WrongIdentityError(
            f"{settings.tls_dir}: the certificate is {own}, and must be spiffe://{settings.trust_domain}/provider/<name>"
        )
    if identity.server_name is None:
        raise WrongIdentityError(f"{settings.tls_dir}: the certificate lacks the DNS name {own.server_name}")


def _bind(server: grpc.aio.Server, listen: Listen, settings: ServerSettings, tls: TlsSource) -> int:
    if isinstance(listen, UnixSocket):
        listen.prepare()
    try:
        return server.add_secure_port(_target(listen), _credentials(tls, settings))
    except RuntimeError as error:
        raise ListenError(
            f"{listen}: cannot listen there: look whether the address is this machine's and free"
        ) from error


def _target(listen: Listen) -> str:
    # gRPC's spelling of all addresses of the machine.
    return f"[::]:{listen.port}" if isinstance(listen, Address) and not listen.host else str(listen)


def _credentials(tls: TlsSource, settings: ServerSettings) -> grpc.ServerCredentials:
    fetcher = CertificateFetcher(tls, longest=settings.max_connection_age)
    return grpc.dynamic_ssl_server_credentials(
        fetcher.first(),
        fetcher,  # type: ignore[arg-type]  # None means that nothing changed, which gRPC's types leave out
        require_client_authentication=True,
    )


def _options(settings: ServerSettings) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_connection_age_ms", _milliseconds(settings.max_connection_age)),
        ("grpc.max_connection_age_grace_ms", _milliseconds(settings.max_connection_age_grace)),
        # Two servers on one port would share its calls between them.
        ("grpc.so_reuseport", 0),
        # Half of what our callers do, as gRPC hangs up on those who ask more often than this whether we are there.
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS // 2),
    ]


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
