"""What gRPC is told of our certificate at each handshake: now and then a new configuration, else nothing."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import grpc

from bulkhead_runtime.metrics import counter
from bulkhead_runtime.tls import TlsIdentity, TlsSource

_HANDSHAKES: Final = counter("bulkhead_tls_handshakes_total", "TLS handshakes that callers began.")


class CertificateFetcher:
    """Gives gRPC the configuration of one port. Called on gRPC's own threads.

    A new one at each handshake would be best: it has new keys for session tickets, so that nobody could resume a
    session without showing a certificate. But gRPC puts each configuration in the place of the one before without
    waiting for handshakes that still use that one, and many at once then crash the process. So there is a new one when
    the files are new, and otherwise as often as connections end by their age: a ticket is good for no longer than the
    connection that it came with may be.
    """

    def __init__(self, tls: TlsSource, *, longest: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        """Follow the files of `tls`; a configuration that is older than `longest` is replaced. `clock` is monotonic."""
        self._tls = tls
        self._longest_s = longest.total_seconds()
        self._clock = clock
        self._given: TlsIdentity = tls.current()
        self._given_at = clock()

    def first(self) -> grpc.ServerCertificateConfiguration:
        """Give the configuration to begin with."""
        return _configuration(self._given)

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        """Give a configuration that is to take the place of the last one, or None."""
        _HANDSHAKES.inc()
        identity, now = self._tls.current(), self._clock()
        if identity is self._given and now - self._given_at < self._longest_s:
            return None
        self._given, self._given_at = identity, now
        return _configuration(identity)


def _configuration(identity: TlsIdentity) -> grpc.ServerCertificateConfiguration:
    pair = (identity.private_key.reveal(), identity.certificate_chain)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=identity.roots)
