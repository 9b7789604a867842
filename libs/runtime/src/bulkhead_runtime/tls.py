"""A process's own certificate, key and roots: read from its directory, checked, and read again when they change.

The layout of the directory is the contract with whoever issues: `tls.crt` (leaf first), `tls.key` (PEM), `ca.crt`, and
`denylist.jws`, which `trust` reads.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.leaf import LeafFacts, authority_key_id, is_vouched_for, leaf_facts_from, subject_key_id
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import counter, gauge
from bulkhead_runtime.spiffe import SpiffeId

CERTIFICATE: Final = "tls.crt"
PRIVATE_KEY: Final = "tls.key"
ROOTS: Final = "ca.crt"

_MAX_FILE_BYTES: Final = 1024 * 1024
_READS: Final = 5

_LOG: Final = get_logger("tls")
_FAILURES: Final = counter("bulkhead_tls_reload_failures_total", "Sets of TLS files that could not be used.")
_EXPIRY: Final = gauge("bulkhead_tls_certificate_expiry_timestamp_seconds", "When this process's certificate expires.")

_Snapshot: TypeAlias = tuple[tuple[int, int, int, int], ...]


class TlsFilesError(Exception):
    """The TLS files of a process cannot be used; the message says which one and why."""


class WrongIdentityError(TlsFilesError):
    """The files are whole and name somebody whom this process must not be; waiting for better ones is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsIdentity:
    """Who a process is towards others, and whom it trusts."""

    certificate_chain: bytes
    """PEM, leaf first."""
    private_key: SecretValue
    """PEM, not encrypted."""
    roots: bytes
    """PEM; every one of them is trusted."""
    leaf: LeafFacts
    issuer: str
    """Identifier of the key that signed the leaf, lower hex; empty if the leaf does not say it."""
    root_key_ids: tuple[str, ...]
    """Identifiers of the roots' keys, lower hex, sorted."""
    server_name: str | None
    """The same identity as a DNS name, which provider servers need; None if the leaf does not have it."""

    @property
    def spiffe_id(self) -> SpiffeId:
        """The leaf's only URI."""
        return self.leaf.spiffe_id

    @property
    def not_after(self) -> datetime:
        """When the leaf expires, UTC. An expired leaf is no error here: others refuse it, and a new one may come."""
        return self.leaf.not_after


def load_identity(directory: Path) -> TlsIdentity:
    """Read and check the three files.

    Raises:
        TlsFilesError: a file is missing or cannot be read, the key does not belong to the certificate, no root is
            valid any more, or none of them has signed the certificate.
        WrongIdentityError: the certificate does not name exactly one identity, or another one by DNS.
    """
    certificate_chain, private_key, roots = (_read(directory / name) for name in (CERTIFICATE, PRIVATE_KEY, ROOTS))
    leaf, *between = _certificates(directory / CERTIFICATE, certificate_chain)
    _check_key(directory / PRIVATE_KEY, private_key, leaf)
    root_key_ids = _check_roots(directory / ROOTS, roots, leaf, between)
    try:
        facts = leaf_facts_from(leaf)
        server_name = _server_name(leaf, facts.spiffe_id)
    except ValueError as error:
        raise WrongIdentityError(f"{directory / CERTIFICATE}: {error}") from error
    return TlsIdentity(
        certificate_chain=certificate_chain,
        private_key=SecretValue(private_key),
        roots=roots,
        leaf=facts,
        issuer=authority_key_id(leaf),
        root_key_ids=root_key_ids,
        server_name=server_name,
    )


class TlsSource:
    """The current identity in a directory, for as long as the process runs. May be asked from any thread."""

    def __init__(self, directory: Path) -> None:
        """Read the files for the first time.

        Raises:
            TlsFilesError: they cannot be used.
        """
        self.directory: Final = directory
        """Where the files are."""
        self._lock = threading.Lock()
        self._reported = ""
        self._snapshot, self._identity = self._load()

    def current(self) -> TlsIdentity:
        """Give the identity as the files have it now; it costs three stat calls while nothing changes.

        A new set that cannot be used, perhaps because it is half written, is reported once and leaves the last good
        one in place; it is tried again at every call.
        """
        with self._lock:
            try:
                if _snapshot(self.directory) != self._snapshot:
                    self._snapshot, self._identity = self._load()
                    _LOG.info("TLS files read again", identity=str(self._identity.spiffe_id))
                self._reported = ""
            except TlsFilesError as error:
                self._report(error)
            return self._identity

    def _load(self) -> tuple[_Snapshot, TlsIdentity]:
        for _ in range(_READS):
            before = _snapshot(self.directory)
            identity = load_identity(self.directory)
            # Files may be replaced between two reads; only a set that stayed as it was is one set.
            if _snapshot(self.directory) == before:
                _EXPIRY.set(identity.not_after.timestamp())
                return before, identity
        raise TlsFilesError(f"{self.directory}: changes faster than it can be read")

    def _report(self, error: TlsFilesError) -> None:
        if str(error) != self._reported:
            self._reported = str(error)
            _FAILURES.inc()
            _LOG.error("new TLS files cannot be used, the old ones stay in use", error=error)


def _snapshot(directory: Path) -> _Snapshot:
    try:
        stats = [(directory / name).stat() for name in (CERTIFICATE, PRIVATE_KEY, ROOTS)]
    except OSError as error:
        raise TlsFilesError(f"{error.filename}: {error.strerror}") from error
    return tuple((each.st_dev, each.st_ino, each.st_mtime_ns, each.st_size) for each in stats)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TlsFilesError(f"{file}: {error.strerror}") from error
    if not data or len(data) > _MAX_FILE_BYTES:
        raise TlsFilesError(f"{file}: is empty or larger than {_MAX_FILE_BYTES} bytes")
    return data


def _certificates(file: Path, data: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise TlsFilesError(f"{file}: holds no certificate in PEM form") from error


def _check_key(file: Path, data: bytes, leaf: x509.Certificate) -> None:
    try:
        fits = load_pem_private_key(data, password=None).public_key() == leaf.public_key()
    # What a broken key makes the library say may quote it, so its words are dropped.
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TlsFilesError(f"{file}: holds no private key in PEM form without a password") from None
    if not fits:
        raise TlsFilesError(f"{file}: does not belong to the certificate in {CERTIFICATE}")


def _check_roots(
    file: Path, data: bytes, leaf: x509.Certificate, between: Sequence[x509.Certificate]
) -> tuple[str, ...]:
    roots = _certificates(file, data)
    # An expired root beside a valid one is harmless: nothing verifies against it. Alone it would let nobody in, and
    # the roots that are in use already are no worse.
    if all(root.not_valid_after_utc <= datetime.now(UTC) for root in roots):
        raise TlsFilesError(f"{file}: every certificate in it has expired")
    # Whoever issues replaces certificate and roots as one set. Roots alone are half of one, or a stranger's.
    if not is_vouched_for(leaf, between, roots):
        raise TlsFilesError(f"{file}: none of its certificates has signed the one in {CERTIFICATE}")
    return tuple(sorted({subject_key_id(root) for root in roots}))


def _server_name(leaf: x509.Certificate, spiffe_id: SpiffeId) -> str | None:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    dns_names = names.get_values_for_type(x509.DNSName)
    # Names outside of the trust domain are those of a server that others than our processes call, as the API server
    # calls the webhook; ours look for none of them.
    if not any(_is_within(name, spiffe_id.trust_domain) or "*" in name for name in dns_names):
        return None
    # Any other name in it, a wildcard above all, would let this server pass for another one.
    if dns_names != [spiffe_id.server_name]:
        raise ValueError(f"the certificate's only DNS name may be {spiffe_id.server_name}, which spells its URI")
    return dns_names[0]


def _is_within(name: str, domain: str) -> bool:
    # Who compares names may take one with a dot at its end for the one without.
    return f".{name}".lower().rstrip(".").endswith(f".{domain}")
