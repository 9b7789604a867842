"""The errors that providers raise and the controller decides by.

One class for each reason of the wire (`ErrorReason` in errors.proto). A message is one line, general to particular,
safe to show to the store's users: it never holds a secret value, a credential or a backend's raw reply.
"""

from typing import ClassVar


class ProviderError(Exception):
    """A read, a find or a validation failed. Raised through its subclasses."""

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later without anybody changing it."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        """Keep the message and the backend's own hint, in seconds, if it gave one."""
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s


class InvalidRequestError(ProviderError):
    """The request breaks a rule or a limit of the protocol."""


class InvalidStoreError(ProviderError):
    """The store's provider spec cannot work."""


class InvalidRefError(ProviderError):
    """One reference or query cannot work: a bad version, a path that does not parse."""


class InvalidValueError(ProviderError):
    """The value is there and is not of the form that was asked for, such as a JSON object."""


class SecretNotFoundError(ProviderError):
    """The backend has no secret at this key. Source: ESO's NoSecretErr, which drives deletionPolicy."""


class PropertyNotFoundError(ProviderError):
    """The secret is there and the property in it is not."""


class UnauthenticatedError(ProviderError):
    """The backend did not accept who we are: no credential, or a wrong, expired or revoked one."""

    retryable = True


class AccessDeniedError(ProviderError):
    """The backend knows us and refuses this key."""

    retryable = True


class PolicyDeniedError(ProviderError):
    """The provider server's own policy file refuses the namespace, key or host."""


class ThrottledError(ProviderError):
    """The backend asks us to slow down."""

    retryable = True


class UnavailableError(ProviderError):
    """The backend, or the provider server, is down, sealed, on standby or cannot be reached."""

    retryable = True


class DeadlineError(ProviderError):
    """The backend, or the provider server, did not answer in time."""

    retryable = True


class TooLargeError(ProviderError):
    """The reply would be larger than a message may be."""


class UnsupportedError(ProviderError):
    """The provider server does not do what was asked."""


class CallerNotAllowedError(ProviderError):
    """The caller's identity may not call this method."""


class InternalError(ProviderError):
    """A defect of the provider server."""

    retryable = True
