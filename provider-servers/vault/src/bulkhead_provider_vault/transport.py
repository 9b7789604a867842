"""HTTPS to one host: kept connections, no redirects, no proxy, nothing taken from the environment.

A read costs this process well under a millisecond, several times less than through requests, and replies are bytes,
so that no decoder rounds a secret's numbers. Knows nothing of Vault.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError, SSLError
from urllib3.exceptions import TimeoutError as PoolTimeoutError

from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.deadline import remaining_s

_CONNECT_S: Final = 5.0
_READ_S: Final = 20.0
_CONNECTIONS: Final = 32
_MAX_REPLY_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the host answered, whatever it was."""

    status: int
    body: bytes = field(repr=False)
    retry_after_s: float | None = None
    """The host's own hint, in seconds; None if it gave none."""


class TransportError(Exception):
    """There is no reply to look at. The message holds nothing of request or credential."""


class NoAnswerError(TransportError):
    """The host did not answer in time."""


class UnreachableError(TransportError):
    """No connection, or no trust in who answered."""


class UntrustedError(UnreachableError):
    """Who answered is not whom we trust."""


class OversizedError(TransportError):
    """The reply is larger than any message may be."""


class WithheldError(TransportError):
    """The reply holds the credential that it was asked with."""


def trust_from(pem: bytes | None) -> ssl.SSLContext:
    """Make the rules for whom to trust.

    Args:
        pem: the only certificates to trust; None means those of the system.

    Raises:
        ValueError: the certificates cannot be read.
    """
    try:
        context = ssl.create_default_context(cadata=None if pem is None else pem.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError):
        raise ValueError("holds no readable PEM certificate") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def show_certificate(context: ssl.SSLContext, pair_pem: SecretValue) -> None:
    """Make connections show a client certificate.

    Args:
        context: of the connections.
        pair_pem: the chain, leaf first, and its key without a password.

    Raises:
        ValueError: they cannot be read or do not belong together.
    """
    # Python's ssl reads files alone. This one is in memory and has no name that another process could open.
    memory = os.memfd_create("pair", os.MFD_CLOEXEC)
    try:
        with os.fdopen(memory, "wb", closefd=False) as file:
            file.write(pair_pem.reveal())
        # The callable keeps OpenSSL from asking for a password on the terminal.
        context.load_cert_chain(f"/proc/self/fd/{memory}", password=lambda: b"")
    except (ssl.SSLError, OSError, ValueError):
        raise ValueError("holds no PEM certificate that fits the key") from None
    finally:
        os.close(memory)


class Transport:
    """Connections to one host, for any number of threads."""

    def __init__(self, host: str, port: int, trust: ssl.SSLContext) -> None:
        """Prepare; nothing is connected yet."""
        self._where = f"{host}:{port}"
        self._pool = urllib3.HTTPSConnectionPool(
            host,
            port,
            ssl_context=trust,
            maxsize=_CONNECTIONS,
            block=False,
            retries=False,
        )

    def request(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send a request and give the reply, whatever its status.

        Raises:
            TransportError: no reply came, or it was too large.
        """
        try:
            response = self._pool.urlopen(
                method,
                path,
                body=body,
                headers=headers,
                timeout=_timeout(),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                content = response.read(_MAX_REPLY_BYTES + 1)
                if len(content) > _MAX_REPLY_BYTES:
                    response.close()
                    raise OversizedError(f"{self._where}: the reply is larger than {_MAX_REPLY_BYTES} bytes")
            finally:
                response.release_conn()
        except PoolTimeoutError as error:
            raise self._timed_out(error) from None
        except (HTTPError, OSError) as error:
            kind = UntrustedError if _is_distrust(error) else UnreachableError
            raise kind(f"{self._where}: {_reason(error)}") from None
        return Reply(
            status=response.status, body=content, retry_after_s=_seconds(response.headers.get("Retry-After", ""))
        )

    def close(self) -> None:
        """Let go of the idle connections."""
        self._pool.close()

    def _timed_out(self, error: PoolTimeoutError) -> TransportError:
        if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
            return UnreachableError(f"{self._where}: {_reason(error)}")
        return NoAnswerError(f"{self._where}: no answer in time")


def _timeout() -> urllib3.Timeout:
    """Give up no later than the call does, since a thread that waits on cannot be stopped."""
    left_s = remaining_s()
    # Nothing left is still a number above zero, which alone urllib3 takes.
    most_s = _READ_S if left_s is None else max(left_s, 0.001)
    return urllib3.Timeout(connect=min(_CONNECT_S, most_s), read=min(_READ_S, most_s))


def _is_distrust(error: Exception) -> bool:
    return isinstance(error, SSLError) and any(isinstance(arg, ssl.SSLCertVerificationError) for arg in error.args)


def _reason(error: Exception) -> str:
    """Name the cause in words of our own: what libraries write may repeat the request or what the peer sent."""
    cause = error.args[0] if isinstance(error, SSLError) and error.args else error
    match cause:
        case ssl.SSLCertVerificationError():
            return f"TLS: certificate verify failed: {cause.verify_message}"
        case ssl.SSLError():
            return f"TLS: {(cause.reason or 'handshake failed').replace('_', ' ').lower()}"
        case SSLError():
            return "TLS: handshake failed"
        case urllib3.exceptions.NameResolutionError():
            return "the name does not resolve"
        case urllib3.exceptions.NewConnectionError():
            return "the connection was refused, or there is no route"
        case urllib3.exceptions.ConnectTimeoutError():
            return "no connection in time"
        case _:
            return "the connection broke off"


def _seconds(retry_after: str) -> float | None:
    # The other form, a date, is not worth a clock here: without a hint the caller backs off by itself.
    return float(retry_after) if retry_after.isdecimal() else None
