"""The server under test, and the connections to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from bulkhead_conformance.cases import Cases

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""Largest message of the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the server is, who it must be, and who we are."""

    address: str
    """`unix:///path` or `host:port`."""
    server_id: str
    """`spiffe://<trust domain>/provider/<name>`."""
    tls_dir: Path
    """Holds tls.crt, tls.key and ca.crt of an identity that may call everything."""
    cases: Cases
    refused_tls_dirs: tuple[Path, ...] = ()
    """The same files of identities that must be refused: other CAs, other names, expired."""
    revoked_tls_dirs: tuple[Path, ...] = ()
    """The same files of controllers that are right but for the server's denylist, which names them."""
    live_address: str = ""
    """`HOST:PORT` of the server's /readyz and /tls; empty if it is not known."""

    @property
    def server_name(self) -> str:
        """The DNS name that says the server's identity: path segments reversed, then the trust domain.

        gRPC compares DNS names alone in many languages, so a server's certificate carries this one beside its URI.
        """
        trust_domain, _, path = self.server_id.removeprefix("spiffe://").partition("/")
        return ".".join([*reversed(path.split("/")), trust_domain])

    @contextmanager
    def channel(self, credentials: grpc.ChannelCredentials | None = None) -> Iterator[grpc.Channel]:
        """Connect with the given credentials, else with those of `tls_dir`."""
        chosen = credentials or credentials_from(self.tls_dir)
        with grpc.secure_channel(self.address, chosen, options=self._options()) as channel:
            yield channel

    @contextmanager
    def plaintext_channel(self) -> Iterator[grpc.Channel]:
        """Connect without TLS, which must not work."""
        with grpc.insecure_channel(self.address, options=self._options()) as channel:
            yield channel

    def _options(self) -> list[tuple[str, str | int]]:
        return [
            ("grpc.ssl_target_name_override", self.server_name),
            ("grpc.default_authority", self.server_name),
            # We send and take more than the protocol allows, so that it is the server's limit that is seen.
            ("grpc.max_send_message_length", 2 * MAX_MESSAGE_BYTES),
            ("grpc.max_receive_message_length", 2 * MAX_MESSAGE_BYTES),
            # A connection of its own for each channel: identities must not share one.
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_retries", 0),
        ]


def credentials_from(tls_dir: Path, *, roots_from: Path | None = None) -> grpc.ChannelCredentials:
    """Read an identity's files; `roots_from` names another directory whose CA is trusted instead."""
    return grpc.ssl_channel_credentials(
        root_certificates=((roots_from or tls_dir) / "ca.crt").read_bytes(),
        private_key=(tls_dir / "tls.key").read_bytes(),
        certificate_chain=(tls_dir / "tls.crt").read_bytes(),
    )


def anonymous_credentials(tls_dir: Path) -> grpc.ChannelCredentials:
    """Trust the CA and show no certificate."""
    return grpc.ssl_channel_credentials(root_certificates=(tls_dir / "ca.crt").read_bytes())
