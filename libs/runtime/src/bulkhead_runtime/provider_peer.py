"""Whether a server is who its address says, and not revoked: the URI SAN and the serial of its certificate.

gRPC's own check in every handshake knows DNS names only, so that server certificates also carry the SPIFFE id in that
spelling (`SpiffeId.server_name`), and it shows the certificate to nobody. This check reads it, before a channel is
used.
"""

import asyncio
import os
import ssl
from typing import Final

from cryptography import x509

from bulkhead_api.errors import ProviderError, UnauthenticatedError, UnavailableError
from bulkhead_runtime.denylist import NO_LIST
from bulkhead_runtime.leaf import LeafFacts, leaf_facts_from
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_runtime.tls import TlsIdentity

_TIMEOUT_S: Final = 5.0


async def check_server(address: str, *, server: SpiffeId, identity: TlsIdentity) -> LeafFacts:
    """Shake hands once, and give the certificate of a server that names exactly `server` by URI.

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
            certificate = await _certificate(address, _context(identity))
    except ssl.SSLError as error:
        raise _refused(server, f"TLS handshake failed ({_reason(error)})") from None
    except (OSError, TimeoutError) as error:
        raise UnavailableError(
            f"{name_of(server)}: cannot be reached ({type(error).__name__}): look whether its container runs"
        ) from None
    try:
        leaf = leaf_facts_from(x509.load_der_x509_certificate(certificate))
    except ValueError:
        leaf = None
    if leaf is None or leaf.spiffe_id != server:
        raise _refused(server, "the certificate at its address names another identity")
    return leaf


def error_from_refusal(server: SpiffeId, refusal: str) -> ProviderError:
    """Make the error for a server whom the denylist keeps out.

    Args:
        server: who was to be called.
        refusal: why, as `denylist.refusal_of` says it.
    """
    # Without a list nobody is called, and that is no fault of this server.
    kind = UnavailableError if refusal == NO_LIST else UnauthenticatedError
    return kind(f"{name_of(server)}: {refusal}: nothing was sent to it")


def name_of(server: SpiffeId) -> str:
    """Call a provider server by the name that the chart's values have for it."""
    return f'provider server "{server.path.rpartition("/")[2]}"'


async def _certificate(address: str, context: ssl.SSLContext) -> bytes:
    """Give the server's certificate as DER; empty if it showed none."""
    if address.startswith("unix:"):
        path = address.removeprefix("unix://").removeprefix("unix:")
        _, writer = await asyncio.open_unix_connection(path, ssl=context, server_hostname="")
    else:
        host, _, port = address.rpartition(":")
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context, server_hostname="")
    try:
        return writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
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
    return UnauthenticatedError(f"{name_of(server)}: {why}, not {server}: nothing was sent to it")


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or "no reason given").lower().replace("_", " ")
