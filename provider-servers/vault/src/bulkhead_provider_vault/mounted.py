"""The credential and the CA that are mounted into this provider server, and whether they have changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.credentials import Credentials
from bulkhead_provider_vault.auth import Credential, credential_from

# Reading the files costs as much as a tenth of a read from Vault, and the kubelet takes longer to replace them.
_FRESH_S: Final = 1.0
_CA_FILE: Final = "ca.crt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """What the files held at one moment."""

    credential: Credential
    ca_pem: bytes | None
    """The certificates to trust where a store names none; None means those of the system."""
    edition: int = field(default=0, compare=False)
    """Grows with each change of the files, so that it can stand for their content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _MountedCa:
    pem: bytes | None
    read_at: float


class MountedFiles:
    """The files, read again at most once a second."""

    def __init__(self, credentials: Credentials, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is read yet."""
        self._credentials = credentials
        self._clock = clock
        self._mounted: Mounted | None = None
        self._read_at = 0.0
        self._ca: _MountedCa | None = None

    def current(self) -> Mounted:
        """Give what the files hold, at most a second old.

        Raises:
            UnauthenticatedError: they make no credential.
        """
        if self._mounted is None or self._clock() - self._read_at >= _FRESH_S:
            self._mounted = self._read_again()
            self._read_at = self._clock()
        return self._mounted

    def current_ca(self) -> bytes | None:
        """Give the certificates to trust, at most a second old, for a store that needs none of the credential."""
        if self._ca is None or self._clock() - self._ca.read_at >= _FRESH_S:
            ca = self._content(_CA_FILE)
            self._ca = _MountedCa(pem=None if ca is None else ca.reveal(), read_at=self._clock())
        return self._ca.pem

    def read_credential(self) -> Credential:
        """Give what the files hold at this very moment.

        Raises:
            UnauthenticatedError: they make no credential.
        """
        return credential_from(self._content)

    def _read_again(self) -> Mounted:
        ca = self._content(_CA_FILE)
        read = Mounted(credential=self.read_credential(), ca_pem=None if ca is None else ca.reveal())
        old = self._mounted
        if old is None or read == old:
            return old or read
        return Mounted(credential=read.credential, ca_pem=read.ca_pem, edition=old.edition + 1)

    def _content(self, name: str) -> SecretValue | None:
        return self._credentials.read(name) if self._credentials.has(name) else None
