"""The serving certificate's files: waited for at the start, followed afterwards, and asked whether they are good."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import gauge
from bulkhead_runtime.serving_tls import ServingCertificate, ServingFilesError, ServingTerms
from bulkhead_runtime.tls_facts import TlsFacts
from bulkhead_webhook.certificate import CertificateError, Serving, check_serving, serving_from, tls_facts_of

CERTIFICATE: Final = "tls.crt"
PRIVATE_KEY: Final = "tls.key"
ROOTS: Final = "ca.crt"

_POLL_S: Final = 0.5
_MAX_FILE_BYTES: Final = 1024 * 1024

_LOG: Final = get_logger("certificate")
_EXPIRY: Final = gauge(
    "bulkhead_webhook_certificate_expiry_timestamp_seconds", "When the serving certificate ends, in Unix time."
)


class Door:
    """The certificate in a directory, under the name that the API server calls."""

    def __init__(self, directory: Path, name: str, *, terms: ServingTerms, clock: Callable[[], datetime]) -> None:
        """Look at nothing yet.

        Args:
            directory: holds tls.crt, tls.key and ca.crt.
            name: the DNS name that must be in the certificate.
            terms: what is asked of clients.
            clock: gives the current time, UTC.
        """
        self._directory = directory
        self._name = name
        self._terms = terms
        self._clock = clock
        self._reported = ""
        self._certificate: ServingCertificate | None = None
        self._last_good: Serving | None = None

    async def opened(self) -> ServingCertificate:
        """Wait until the certificate is there and valid, however long that takes.

        It never gives up: whoever issues may start later, and a process that ends would only be started again, later
        each time.
        """
        while self._certificate is None:
            if self._problem() == "":
                try:
                    self._certificate = self._load()
                except ServingFilesError as error:
                    self._report(str(error))
                else:
                    break
            await asyncio.sleep(_POLL_S)
        _LOG.info("the serving certificate is there", name=self._name)
        return self._certificate

    def is_good(self) -> bool:
        """Say whether the API server would accept the certificate now; false before `opened`.

        New files that cannot be used leave the last good certificate in use, and that is what counts then.
        """
        if self._certificate is None:
            return False
        return self._problem() == "" or (self._last_good is not None and self._is_valid(self._last_good))

    def tls_facts(self) -> TlsFacts | None:
        """Say what `GET /tls` tells; None before `opened`, and of a certificate without an identity of ours."""
        if self._certificate is None:
            return None
        self._problem()
        return tls_facts_of(self._last_good) if self._last_good is not None else None

    def _is_valid(self, serving: Serving) -> bool:
        try:
            check_serving(serving, self._name, now=self._clock())
        except CertificateError:
            return False
        return True

    def _problem(self) -> str:
        """Say what is wrong with the files now; empty if nothing is. What is new is logged once."""
        try:
            serving = self._read()
            check_serving(serving, self._name, now=self._clock())
        except CertificateError as error:
            self._report(str(error))
            return str(error)
        _EXPIRY.set(serving.not_after.timestamp())
        self._last_good = serving
        self._reported = ""
        return ""

    def _load(self) -> ServingCertificate:
        return ServingCertificate(self._directory / CERTIFICATE, self._directory / PRIVATE_KEY, self._terms)

    def _read(self) -> Serving:
        try:
            certificate, roots = (_read(self._directory / name) for name in (CERTIFICATE, ROOTS))
        except OSError as error:
            raise CertificateError(f"{error.filename}: {error.strerror}") from error
        return serving_from(certificate, roots)

    def _report(self, problem: str) -> None:
        if problem != self._reported:
            self._reported = problem
            _LOG.warning("the serving certificate cannot be used", problem=problem, file=self._directory / CERTIFICATE)


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_MAX_FILE_BYTES)
