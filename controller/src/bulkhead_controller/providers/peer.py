"""Whether a server is who its address says: the URI SAN of its certificate.

gRPC's own check in every handshake knows DNS names only, so that server certificates also carry the SPIFFE id in that
spelling (`SpiffeId.server_name`). This check reads the URI itself, before a channel is used.
"""

import asyncio
import os
import ssl
from typing import Final

from bulkhead_api.errors import ProviderError, UnauthenticatedError, UnavailableError
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_runtime.tls import TlsIdentity

_TIMEOUT_S: Final = 5.0


async def check_server(address: str, *, server: SpiffeId, identity: TlsIdentity) -> None:
    """Shake hands once and refuse a server whose certificate does not name exactly `server` by URI.

    Args:
        address: a gRPC target, `unix:///path` or `host:port`.
        server: whom the certificate must name.
        identity: our own certificate, key and roots.

    Raises:
        UnavailableError: nobody listens there, or not in time.
        UnauthenticatedError: the handshake failed, or the certificate names somebody else.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            names = await _uri_names(address, _context(identity))
    except ssl.SSLError as error:
        raise _refused(server, f"TLS handshake failed ({_reason(error)})") from None
    except (OSError, TimeoutError) as error:
        raise UnavailableError(
            f'provider server "{server.path.rpartition("/")[2]}": cannot be reached ({type(error).__name__}): '
            "look whether its container runs"
        ) from None
    if names != [str(server)]:
        raise _refused(server, "the certificate at its address names another identity")


async def _uri_names(address: str, context: ssl.SSLContext) -> list[str]:
    if address.startswith("unix:"):
        path = address.removeprefix("unix://").removeprefix("unix:")
        _, writer = await asyncio.open_unix_connection(path, ssl=context, server_hostname="")
    else:
        host, _, port = address.rpartition(":")
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context, server_hostname="")
    try:
        certificate = writer.get_extra_info("peercert")
        return [str(value) for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"]
    finally:
        # A polite end would wait for the server's farewell, which gRPC does not send; the connection would stay half
        # a minute, and a server that stops waits for it.
        writer.transport.abort()


def _context(identity: TlsIdentity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The name is the URI's, checked by the caller.
    context.check_hostname = False
    context.load_verify_locations(cadata=identity.roots.decode())
    context.set_alpn_protocols(["h2"])
    # Python's ssl loads a key from a file only; this one is in memory and has no name that others could open.
    with os.fdopen(os.memfd_create("bulkhead-tls", os.MFD_CLOEXEC), "wb") as file:
        file.write(identity.private_key.reveal() + b"\n" + identity.certificate_chain)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
    return context


def _refused(server: SpiffeId, why: str) -> ProviderError:
    return UnauthenticatedError(
        f'provider server "{server.path.rpartition("/")[2]}": {why}, not {server}: nothing was sent to it'
    )


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or "no reason given").lower().replace("_", " ")
