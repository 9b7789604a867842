"""What the API server answers when it does not do what was asked.

The server's own text may quote the object that was sent, so for Secrets it must not be seen by anybody. It is kept in
a mute `SecretValue`: neither `str`, `repr`, `args` nor a traceback that prints local variables shows it.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from bulkhead_api.secret_value import SecretValue

MAX_MESSAGE_CHARS: Final = 1024
_MAX_RETRY_AFTER_S: Final = 300.0
_NOT_PRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]+")
_REASON: Final = re.compile(r"[A-Za-z]{1,64}")


class ApiError(Exception):
    """A call to the API server failed. Raised through its subclasses where one fits."""

    def __init__(
        self,
        status: int,
        reason: str,
        retry_after_s: float | None = None,
        *,
        call: str = "",
        message: str = "",
        sensitive: bool = False,
    ) -> None:
        """Keep what the server said.

        Args:
            status: the HTTP status; 0 when there was no answer.
            reason: one CamelCase word, such as `AlreadyExists`.
            retry_after_s: how long the server asks to wait; None if it does not say.
            call: method and path.
            message: the server's text.
            sensitive: whether that text may hold what nobody should see.
        """
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s
        self._text = SecretValue(message.encode("utf-8", "replace"))
        head = f"{call}: {status} {reason}" if status else f"{call}: {reason}"
        shown = "" if sensitive else one_line(message)
        super().__init__(f"{head}: {shown}" if shown else head)

    def mentions(self, marker: str) -> bool:
        """Say whether the server's text holds `marker`, without giving the text away."""
        return marker.encode() in self._text.reveal()


class NotFoundError(ApiError):
    """404: no such object, or no such resource."""


class ConflictError(ApiError):
    """409: it exists already (reason AlreadyExists), or it is not what the caller last saw (reason Conflict)."""


class GoneError(ApiError):
    """410: the resourceVersion is too old; list again."""


class RequestTooLargeError(ApiError):
    """413: the object is larger than the API server takes."""


class InvalidError(ApiError):
    """422: the object breaks its schema, or an admission policy refuses it."""


class TooManyRequestsError(ApiError):
    """429: the server asks to slow down."""


class ForbiddenError(ApiError):
    """403: RBAC or an admission plugin does not allow it."""


class UnauthorizedError(ApiError):
    """401: the token is not, or no longer, accepted."""


class ServerUnavailableError(ApiError):
    """The server could not be reached, broke off, did not answer in time or failed (5xx)."""


class FencedError(ApiError):
    """The call was not made, as this process may not write now."""


class UndecodableReplyError(ApiError):
    """The call succeeded and the reply is not what was expected."""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of the body of a failed call and of a watch's ERROR event. Source: meta/v1 Status."""

    class Details(msgspec.Struct, frozen=True, rename="camel"):
        """Source: meta/v1 StatusDetails."""

        retry_after_seconds: int = 0

    code: int = 0
    reason: str = ""
    message: str = ""
    details: Details | None = None


_STATUS: Final = msgspec.json.Decoder(Status)
_CLASSES: Final[Mapping[int, type[ApiError]]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    413: RequestTooLargeError,
    422: InvalidError,
    429: TooManyRequestsError,
}


def api_error_from_reply(
    status: int, body: bytes, *, call: str, retry_after: str | None = None, sensitive: bool = False
) -> ApiError:
    """Build the error of an HTTP reply that is no success; `retry_after` is the header's text."""
    try:
        said = _STATUS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A proxy or a dying server answers in plain text or HTML; it is as good as any message.
        said = Status(message=body.decode("utf-8", "replace"))
    return api_error_from_status(status, said, call=call, retry_after=retry_after, sensitive=sensitive)


def api_error_from_status(
    code: int, said: Status, *, call: str, retry_after: str | None = None, sensitive: bool = False
) -> ApiError:
    """Build the error of a Status object; `code` counts, whatever the object's own says."""
    error_class = ServerUnavailableError if code >= 500 else _CLASSES.get(code, ApiError)
    return error_class(
        code,
        said.reason if _REASON.fullmatch(said.reason) else "Unknown",
        _retry_after_s(retry_after, said),
        call=call,
        message=said.message,
        sensitive=sensitive,
    )


def one_line(text: str) -> str:
    """Make a server's text fit to be shown: one line, no control characters, at most MAX_MESSAGE_CHARS long."""
    return _NOT_PRINTABLE.sub(" ", text[:MAX_MESSAGE_CHARS]).strip()


def _retry_after_s(header: str | None, said: Status) -> float | None:
    # The API server sends whole seconds only, never the header's date form.
    if header is not None and header.isascii() and header.isdigit():
        return min(float(header), _MAX_RETRY_AFTER_S)
    if said.details and said.details.retry_after_seconds > 0:
        return min(float(said.details.retry_after_seconds), _MAX_RETRY_AFTER_S)
    return None
