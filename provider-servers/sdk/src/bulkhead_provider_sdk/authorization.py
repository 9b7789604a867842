"""Who may call what: a table, and the checks of one caller against it and against the denylist.

The caller is known by its certificate, which gRPC has verified against our roots before anything here runs.
"""

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from cryptography import x509

from bulkhead_api.errors import CallerNotAllowedError, ProviderError, UnavailableError
from bulkhead_runtime.denylist import NO_LIST
from bulkhead_runtime.leaf import LeafFacts, is_vouched_for, leaf_facts_from

_SERVICE: Final = "/bulkhead.provider.v1.ProviderService"
_HEALTH: Final = "/grpc.health.v1.Health"
_READERS: Final = frozenset({"controller"})
_ASKERS: Final = frozenset({"controller", "webhook"})

ALLOWED_PATHS: Final[Mapping[str, frozenset[str]]] = {
    f"{_SERVICE}/GetInfo": _ASKERS,
    f"{_SERVICE}/ValidateStore": _ASKERS,
    f"{_SERVICE}/BatchGet": _READERS,
    f"{_SERVICE}/Find": _READERS,
    f"{_HEALTH}/Check": _ASKERS,
    f"{_HEALTH}/Watch": _ASKERS,
}
"""The paths of the SPIFFE ids that may call a method; a method that is not here is for nobody."""


def caller_from(auth_context: Mapping[str, Iterable[bytes]]) -> LeafFacts:
    """Read the caller from what gRPC knows of the connection.

    Raises:
        CallerNotAllowedError: the connection has no client certificate, or not one with exactly one URI that is a
            SPIFFE id.
    """
    certificates = list(auth_context.get("x509_pem_cert", ()))
    if list(auth_context.get("transport_security_type", ())) != [b"ssl"] or len(certificates) != 1:
        raise CallerNotAllowedError("caller: came without a client certificate")
    return _caller_in(certificates[0])


def check_caller(caller: LeafFacts, method: str, *, trust_domain: str, now: datetime) -> None:
    """Refuse a caller whom the table does not allow the method.

    Args:
        caller: whose connection it is.
        method: in full, such as `/bulkhead.provider.v1.ProviderService/Find`.
        trust_domain: our own.
        now: the current time, UTC. Connections outlive handshakes, so a certificate that was good then may not be now.

    Raises:
        CallerNotAllowedError: it may not call.
    """
    if caller.not_after <= now:
        raise CallerNotAllowedError(f'caller "{caller.spiffe_id}": the certificate has expired')
    allowed = ALLOWED_PATHS.get(method, frozenset())
    if caller.spiffe_id.trust_domain != trust_domain or caller.spiffe_id.path not in allowed:
        raise CallerNotAllowedError(f'caller "{caller.spiffe_id}": may not call {method.rpartition("/")[2]} here')


def check_way(caller: LeafFacts, peer: str) -> None:
    """Refuse a caller who comes over the network, where nobody but the webhook has to be.

    Whoever steals the controller's certificate still needs a place in its Pod, in which the Unix socket is.

    Args:
        caller: whose connection it is.
        peer: where it comes from, as gRPC writes it: `unix:`, `ipv4:…` or `ipv6:…`.

    Raises:
        CallerNotAllowedError: it is not the webhook.
    """
    if not peer.startswith("unix:") and caller.spiffe_id.path != "webhook":
        raise CallerNotAllowedError(f'caller "{caller.spiffe_id}": may call over the Unix socket only')


def check_roots(auth_context: Mapping[str, Iterable[bytes]], caller: LeafFacts, *, roots: bytes) -> None:
    """Refuse a caller whose certificate none of the roots vouches for, as when a root was withdrawn at once.

    Args:
        auth_context: what gRPC knows of the connection.
        caller: as `caller_from` gives it.
        roots: PEM; whom we trust now, which may be others than at the handshake.

    Raises:
        UnavailableError: none does. The caller may come back with a certificate of a root that is trusted.
    """
    chain = (*auth_context.get("x509_pem_cert", ()), *auth_context.get("x509_pem_cert_chain", ()))
    if not _is_vouched_for(chain, roots):
        raise UnavailableError(
            f'caller "{caller.spiffe_id}": not let through by the provider server: its certificate is of a root that '
            "is no longer trusted"
        )


def error_from_refusal(caller: LeafFacts, refusal: str) -> ProviderError:
    """Make the error for a caller whom the denylist keeps out.

    Args:
        caller: whose connection it is.
        refusal: why, as `denylist.refusal_of` says it.
    """
    # Without a list nobody is let through, and that is not the caller's fault: it may try again.
    kind = UnavailableError if refusal == NO_LIST else CallerNotAllowedError
    return kind(f'caller "{caller.spiffe_id}": not let through by the provider server: {refusal}')


# Keyed by public data alone. A call looks at the certificate of its connection, and there are few of these.
@functools.lru_cache(maxsize=256)
def _caller_in(certificate: bytes) -> LeafFacts:
    try:
        return leaf_facts_from(x509.load_pem_x509_certificate(certificate))
    except ValueError:
        raise CallerNotAllowedError("caller: the certificate does not name exactly one SPIFFE id by URI") from None


@functools.lru_cache(maxsize=256)
def _is_vouched_for(chain: tuple[bytes, ...], roots: bytes) -> bool:
    try:
        leaf, *between = (each for pem in chain for each in x509.load_pem_x509_certificates(pem))
        return is_vouched_for(leaf, between, x509.load_pem_x509_certificates(roots))
    except ValueError:
        return False
