"""From an answer without a secret to the typed error, never in the words of who answered. Pure."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from bulkhead_api.errors import (
    AccessDeniedError,
    DeadlineError,
    InvalidRefError,
    ProviderError,
    SecretNotFoundError,
    ThrottledError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from bulkhead_provider_vault.transport import NoAnswerError, OversizedError, Reply, TransportError, WithheldError

Answer: TypeAlias = Reply | TransportError
"""What became of one request."""

_NO_MOUNT: Final = b"no handler for route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was asked for, for messages to the store's users."""

    subject: str
    """Such as `store "team-a/vault": key "db/pass"`."""
    path: str = ""
    """Where in Vault; empty if it says nothing."""
    whose: str = "this provider server's"
    """Whose credential was used."""

    def __str__(self) -> str:
        return self.subject

    @property
    def suffix(self) -> str:
        """The path in brackets, to be put behind a message."""
        return f' (path "{self.path}")' if self.path else ""


def error_from(answer: Answer, place: Place, *, token_accepted: bool = True) -> ProviderError:
    """Say what an answer without a secret means, never in the words of who answered.

    Source: Vault's HTTP API, status codes; sys/health for those of standby and sealed nodes.
    """
    match answer:
        case NoAnswerError():
            return DeadlineError(f"{place}: Vault at {answer}")
        case OversizedError():
            return TooLargeError(f"{place}: Vault at {answer}")
        case WithheldError():
            return AccessDeniedError(f"{place}: {answer}, so it is withheld{place.suffix}")
        case TransportError():
            return UnavailableError(f"{place}: Vault at {answer}")
        case Reply():
            return _error_from_status(answer, place, token_accepted=token_accepted)


def _error_from_status(reply: Reply, place: Place, *, token_accepted: bool) -> ProviderError:  # noqa: C901, PLR0911
    """One return for each row of the table."""
    where = place.suffix
    match reply.status:
        case 400:
            return InvalidRefError(f"{place}: Vault refused the request as malformed{where}")
        case 401:
            return _unauthenticated(place)
        case 403 if not token_accepted:
            return _unauthenticated(place)
        case 403:
            return AccessDeniedError(f"{place}: access denied by the Vault policy of {place.whose} credential{where}")
        case 404 if _NO_MOUNT in reply.body:
            return SecretNotFoundError(f"{place}: not found: no secrets engine is mounted there{where}")
        case 404:
            return SecretNotFoundError(f"{place}: not found{where}")
        case 412:
            return UnavailableError(f"{place}: this Vault node has not caught up yet")
        case 429:
            return ThrottledError(
                f"{place}: Vault asks to slow down, or this node is on standby", retry_after_s=reply.retry_after_s
            )
        case 472 | 473:
            return UnavailableError(f"{place}: this Vault node is on standby")
        case 503:
            return UnavailableError(
                f"{place}: Vault is sealed, on standby or in maintenance", retry_after_s=reply.retry_after_s
            )
        case status if 300 <= status < 400:
            return UnavailableError(
                f"{place}: this Vault node sends us elsewhere (HTTP {status}), which is not followed: "
                "name the active node, or a load balancer, in server"
            )
        case status:
            return UnavailableError(
                f"{place}: Vault answered with HTTP {status}{where}", retry_after_s=reply.retry_after_s
            )


def _unauthenticated(place: Place) -> UnauthenticatedError:
    return UnauthenticatedError(f"{place}: Vault does not accept {place.whose} token: it is wrong, expired or revoked")
