"""Who may call what: a table, and the check of one caller against it.

The caller is known by its certificate, which gRPC has verified against our roots before anything here runs.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from bulkhead_api.errors import CallerNotAllowedError
from bulkhead_runtime.spiffe import SpiffeId

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom a connection belongs to."""

    spiffe_id: SpiffeId
    not_after: datetime
    """When its certificate expires, UTC."""


def caller_from(auth_context: Mapping[str, Iterable[bytes]]) -> Caller:
    """Read the caller from what gRPC knows of the connection.

    Raises:
        CallerNotAllowedError: the connection has no client certificate, or not one with exactly one URI that is a
            SPIFFE id.
    """
    certificates = list(auth_context.get("x509_pem_cert", ()))
    if list(auth_context.get("transport_security_type", ())) != [b"ssl"] or len(certificates) != 1:
        raise CallerNotAllowedError("caller: came without a client certificate")
    return _caller_in(certificates[0])


def check_caller(caller: Caller, method: str, *, trust_domain: str, now: datetime) -> None:
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


# Keyed by public data alone. A call looks at the certificate of its connection, and there are few of these.
@functools.lru_cache(maxsize=256)
def _caller_in(certificate: bytes) -> Caller:
    try:
        leaf = x509.load_pem_x509_certificate(certificate)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        return Caller(spiffe_id=SpiffeId.parse(uri), not_after=leaf.not_valid_after_utc)
    except (ValueError, x509.ExtensionNotFound):
        raise CallerNotAllowedError("caller: the certificate does not name exactly one SPIFFE id by URI") from None
