"""The TLS side of a server whose certificate is renewed by replacing its files, without a restart."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("tls")

_Snapshot: TypeAlias = tuple[tuple[int, int, int, int], ...]


class ServingFilesError(Exception):
    """The certificate or the key of a server cannot be used; the message says which files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingTerms:
    """What a server asks of those who connect."""

    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    """The oldest version of TLS that is spoken."""
    ciphers: Sequence[str] = ()
    """OpenSSL's names of what TLS 1.2 may use; empty means OpenSSL's own choice."""
    client_roots: Path | None = None
    """Roots in PEM form, one of which must have signed the client's certificate; None means that none is asked for."""


class ServingCertificate:
    """A certificate and its key in two files; each handshake uses them as they are then.

    A new pair that cannot be used, perhaps because it is half written, leaves the last good one in place.
    """

    def __init__(self, certificate_file: Path, key_file: Path, terms: ServingTerms | None = None) -> None:
        """Read the files for the first time.

        Args:
            certificate_file: leaf first, PEM.
            key_file: PEM, not encrypted.
            terms: what is asked of clients; None means the defaults.

        Raises:
            ServingFilesError: they cannot be used.
        """
        self._terms = terms or ServingTerms()
        roots = self._terms.client_roots
        self._files = (certificate_file, key_file, *((roots,) if roots else ()))
        self._snapshot = self._stat()
        self._current = self._load()
        self._rejected: _Snapshot | None = None
        self.context: Final = self._load()
        """For a server, for as long as it runs."""
        self.context.sni_callback = self._on_handshake

    def _on_handshake(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        self._refresh()
        connection.context = self._current

    def _refresh(self) -> None:
        try:
            snapshot = self._stat()
            if snapshot in (self._snapshot, self._rejected):
                return
            self._rejected = snapshot
            self._current = self._load()
        except ServingFilesError as error:
            _LOG.error("new serving certificate cannot be used, the old one stays in use", error=error)
        else:
            self._snapshot, self._rejected = snapshot, None
            _LOG.info("serving certificate read again", file=self._files[0])

    def _stat(self) -> _Snapshot:
        try:
            stats = [each.stat() for each in self._files]
        except OSError as error:
            raise ServingFilesError(f"{error.filename}: {error.strerror}") from error
        return tuple((each.st_dev, each.st_ino, each.st_mtime_ns, each.st_size) for each in stats)

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = self._terms.minimum
        context.set_alpn_protocols(["http/1.1"])
        certificate, key = self._files[:2]
        self._apply_terms(context)
        try:
            # Without the empty password OpenSSL would ask the terminal for one.
            context.load_cert_chain(certificate, key, password="")
        # What OpenSSL says of a broken key may quote it.
        except (OSError, ValueError):
            raise ServingFilesError(f"{certificate}, {key}: are not a certificate and its key in PEM form") from None
        return context

    def _apply_terms(self, context: ssl.SSLContext) -> None:
        roots = self._terms.client_roots
        try:
            if self._terms.ciphers:
                context.set_ciphers(":".join(self._terms.ciphers))
            if roots is not None:
                context.load_verify_locations(roots)
        except (OSError, ValueError):
            raise ServingFilesError(f"{roots}: holds no certificates in PEM form") from None
        if roots is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            # Who comes back with a ticket would not show a certificate again, and roots may have changed.
            context.options |= ssl.OP_NO_TICKET
            context.num_tickets = 0
