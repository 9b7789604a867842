"""What gRPC is told of our certificate at each handshake: a new configuration if the files are new, else nothing."""

import grpc

from bulkhead_runtime.tls import TlsIdentity, TlsSource


class CertificateFetcher:
    """Gives gRPC the configuration of one port. Called on gRPC's own threads.

    An unchanged certificate must not be given again: gRPC puts every configuration that it gets in the place of the one
    before without waiting for handshakes that still use that one, and a second handshake at the same moment then reads
    freed memory. Nothing is lost by it. A new configuration has new keys for session tickets, so after a change of the
    certificate or the roots no session of before can be resumed.
    """

    def __init__(self, tls: TlsSource) -> None:
        """Follow the files of `tls`."""
        self._tls = tls
        self._given: TlsIdentity = tls.current()

    def first(self) -> grpc.ServerCertificateConfiguration:
        """Give the configuration to begin with."""
        return _configuration(self._given)

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        """Give the configuration that is new since the last call, or None."""
        identity = self._tls.current()
        if identity is self._given:
            return None
        self._given = identity
        return _configuration(identity)


def _configuration(identity: TlsIdentity) -> grpc.ServerCertificateConfiguration:
    pair = (identity.private_key.reveal(), identity.certificate_chain)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=identity.roots)
