"""Whom a process lets through: whom its roots vouch for and its denylist does not name, as the files have them now."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509

from bulkhead_runtime.denylist import (
    DENYLIST,
    MAX_BYTES,
    Denylist,
    DenylistError,
    denylist_from_jws,
    objection_to,
    refusal_of,
)
from bulkhead_runtime.leaf import LeafFacts
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import counter, gauge
from bulkhead_runtime.tls import TlsFilesError, TlsIdentity, TlsSource, WrongIdentityError
from bulkhead_runtime.tls_facts import TlsFacts, tls_facts_from

_LOG: Final = get_logger("trust")
_REJECTED: Final = counter("bulkhead_denylist_rejected_total", "Denylists that could not be used.")
_VERSION: Final = gauge("bulkhead_denylist_version", "Version of the denylist in use; 0 for none.")
_ISSUED: Final = gauge("bulkhead_denylist_issued_timestamp_seconds", "When the denylist in use was issued.")
_EXPIRY: Final = gauge("bulkhead_denylist_expiry_timestamp_seconds", "When the denylist in use expires.")

_POLL_S: Final = 0.5
_READS: Final = 5

_Snapshot: TypeAlias = tuple[int, int, int, int] | None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What counts at one moment: the roots and the list that they signed belong together."""

    identity: TlsIdentity
    denylist: Denylist | None
    """The list in date; None if there is none."""
    requires_denylist: bool
    """Whether nobody is let through without one."""

    def refusal_of(self, leaf: LeafFacts) -> str | None:
        """Say why the bearer of a certificate is not let through, None if it is; see `denylist.refusal_of`."""
        return None if self.denylist is None and not self.requires_denylist else refusal_of(leaf, self.denylist)


class Trust:
    """The identity and the denylist of one directory, for as long as the process runs. May be asked from any thread.

    A new list that is damaged, forged, expired or older than the one in use is reported once and leaves that one in
    use until it expires. After that, nobody is let through.
    """

    def __init__(self, tls: TlsSource, *, require_denylist: bool = True, now: Callable[[], datetime] = _now) -> None:
        """Follow the files.

        Args:
            tls: our own certificate, key and roots.
            require_denylist: whether nobody is let through without a list in date. False is for directories that an
                issuer fills who makes none; a list that is there counts all the same.
            now: the current time, UTC.
        """
        self.tls = tls
        self._required = require_denylist
        self._now = now
        self._lock = threading.Lock()
        self._seen: tuple[_Snapshot, bytes] | None = None
        self._offered: Denylist | None = None
        self._held: Denylist | None = None
        self._reported = ""

    def identity(self) -> TlsIdentity:
        """Give our own identity as the files have it now."""
        return self.tls.current()

    def in_force(self) -> InForce:
        """Give what counts now; it costs four stat calls while nothing changes."""
        with self._lock:
            identity = self._read_if_new()
            self._take(identity)
            held = self._held
        in_date = held if held is not None and self._now() < held.expires_at else None
        return InForce(identity=identity, denylist=in_date, requires_denylist=self._required)

    def denylist(self) -> Denylist | None:
        """Give the list in date, None if there is none."""
        return self.in_force().denylist

    def refusal_of(self, leaf: LeafFacts) -> str | None:
        """Say why the bearer of a certificate is not let through now; see `InForce`."""
        return self.in_force().refusal_of(leaf)

    def lacks_denylist(self) -> bool:
        """Say whether nobody is let through now, whoever it is."""
        return self._required and self.denylist() is None

    def facts(self) -> TlsFacts:
        """Give what `GET /tls` tells of a process that uses the files at once."""
        now = self.in_force()
        return tls_facts_from(now.identity, now.denylist)

    def _read_if_new(self) -> TlsIdentity:
        """Read the file if it or the roots are others than at the last time."""
        file = self.tls.directory / DENYLIST
        identity = self.tls.current()
        for _ in range(_READS):
            snapshot = _snapshot(file)
            if self._seen == (snapshot, identity.roots):
                return identity
            offered, problem = _read(file, identity)
            # A list and the roots that it is signed by are replaced at once, and may have been between two reads.
            before, identity = identity, self.tls.current()
            if identity is before and _snapshot(file) == snapshot:
                self._seen, self._offered = (snapshot, identity.roots), offered
                self._report("" if snapshot is None and not self._required else problem)
                break
        return identity

    def _take(self, identity: TlsIdentity) -> None:
        """Put the list that was read in the place of the one in use if it may have it."""
        if self._offered is None or self._offered is self._held:
            return
        if self._offered == self._held:
            # Only the roots beside it are new.
            self._held = self._offered
            return
        trusted = frozenset(identity.root_key_ids)
        problem = objection_to(self._offered, self._held, trusted=trusted, now=self._now())
        self._report(problem or "")
        if problem is None:
            self._held = self._offered
            _VERSION.set(self._held.version)
            _ISSUED.set(self._held.issued_at.timestamp())
            _EXPIRY.set(self._held.expires_at.timestamp())
            _LOG.info("denylist read", version=self._held.version, expires=self._held.expires_at)

    def _report(self, problem: str) -> None:
        if problem and problem != self._reported:
            _REJECTED.inc()
            _LOG.error("denylist cannot be used, the last good one counts until it expires", problem=problem)
        self._reported = problem


async def wait_for_trust(
    directory: Path,
    *,
    require_denylist: bool,
    check: Callable[[TlsIdentity], None] = lambda _: None,
    poll_s: float = _POLL_S,
) -> Trust:
    """Wait until the directory has all that a process needs to begin, and give it.

    Whoever fills it may start later than we. What is missing, or half written, is logged once each.

    Args:
        directory: with the files.
        require_denylist: as `Trust`'s.
        check: raises `WrongIdentityError` if the identity is not one for this process.
        poll_s: how often to look, in seconds.

    Raises:
        WrongIdentityError: the files are there and name somebody else, which no waiting would mend.
    """
    trust, logged = None, ""
    while True:
        try:
            if trust is None:
                tls = TlsSource(directory)
                check(tls.current())
                trust = Trust(tls, require_denylist=require_denylist)
            if not trust.lacks_denylist():
                return trust
            missing = f"{directory / DENYLIST}: there is none in date"
        except WrongIdentityError:
            raise
        except TlsFilesError as error:
            missing = str(error)
        if missing != logged:
            _LOG.warning("waiting for TLS files", missing=missing)
            logged = missing
        await asyncio.sleep(poll_s)


def _snapshot(file: Path) -> _Snapshot:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size


def _read(file: Path, identity: TlsIdentity) -> tuple[Denylist | None, str]:
    try:
        with file.open("rb") as stream:
            token = stream.read(MAX_BYTES + 1)
        roots = x509.load_pem_x509_certificates(identity.roots)
        return denylist_from_jws(token, roots=roots, trust_domain=identity.spiffe_id.trust_domain), ""
    except OSError as error:
        return None, str(error.strerror)
    except DenylistError as error:
        return None, str(error)
