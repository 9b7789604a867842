"""The one table between the errors of the code, the errors of the wire and gRPC's status codes."""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.message import DecodeError

# Google publishes no types for its common messages.
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from grpc_status import rpc_status

from bulkhead.provider.v1 import errors_pb2
from bulkhead_api import errors
from bulkhead_api.errors import ProviderError
from bulkhead_runtime.limits import MAX_ERROR_MESSAGE_BYTES, MAX_RETRY_AFTER_S

_DETAILS_KEY: Final = "grpc-status-details-bin"
# Control characters, the invisible ones that turn the direction of text, and the separators of lines.
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class _Row:
    error: type[ProviderError]
    reason: errors_pb2.ErrorReason.ValueType
    code: grpc.StatusCode


_TABLE: Final = (
    _Row(errors.InvalidRequestError, errors_pb2.ERROR_REASON_INVALID_REQUEST, grpc.StatusCode.INVALID_ARGUMENT),
    _Row(errors.InvalidStoreError, errors_pb2.ERROR_REASON_INVALID_STORE, grpc.StatusCode.FAILED_PRECONDITION),
    _Row(errors.InvalidRefError, errors_pb2.ERROR_REASON_INVALID_REF, grpc.StatusCode.INVALID_ARGUMENT),
    _Row(errors.InvalidValueError, errors_pb2.ERROR_REASON_INVALID_VALUE, grpc.StatusCode.FAILED_PRECONDITION),
    _Row(errors.SecretNotFoundError, errors_pb2.ERROR_REASON_NOT_FOUND, grpc.StatusCode.NOT_FOUND),
    _Row(errors.PropertyNotFoundError, errors_pb2.ERROR_REASON_PROPERTY_NOT_FOUND, grpc.StatusCode.NOT_FOUND),
    # Not UNAUTHENTICATED: it is the backend that does not know us, while the caller's own identity is fine.
    _Row(errors.UnauthenticatedError, errors_pb2.ERROR_REASON_UNAUTHENTICATED, grpc.StatusCode.FAILED_PRECONDITION),
    _Row(errors.AccessDeniedError, errors_pb2.ERROR_REASON_ACCESS_DENIED, grpc.StatusCode.PERMISSION_DENIED),
    _Row(errors.PolicyDeniedError, errors_pb2.ERROR_REASON_DENIED_BY_POLICY, grpc.StatusCode.PERMISSION_DENIED),
    _Row(errors.ThrottledError, errors_pb2.ERROR_REASON_THROTTLED, grpc.StatusCode.RESOURCE_EXHAUSTED),
    _Row(errors.UnavailableError, errors_pb2.ERROR_REASON_UNAVAILABLE, grpc.StatusCode.UNAVAILABLE),
    _Row(errors.DeadlineError, errors_pb2.ERROR_REASON_TIMEOUT, grpc.StatusCode.DEADLINE_EXCEEDED),
    _Row(errors.TooLargeError, errors_pb2.ERROR_REASON_TOO_LARGE, grpc.StatusCode.OUT_OF_RANGE),
    _Row(errors.UnsupportedError, errors_pb2.ERROR_REASON_UNSUPPORTED, grpc.StatusCode.UNIMPLEMENTED),
    _Row(errors.CallerNotAllowedError, errors_pb2.ERROR_REASON_CALLER_NOT_ALLOWED, grpc.StatusCode.PERMISSION_DENIED),
    _Row(errors.InternalError, errors_pb2.ERROR_REASON_INTERNAL, grpc.StatusCode.INTERNAL),
)
_BY_ERROR: Final[Mapping[type[ProviderError], _Row]] = {row.error: row for row in _TABLE}
_BY_REASON: Final[Mapping[int, type[ProviderError]]] = {row.reason: row.error for row in _TABLE}

# What a status means that came without an ErrorInfo: from gRPC itself, or from a server that does not keep to the
# protocol. Its text is not repeated, as nobody vouches for it.
_BARE: Final[Mapping[grpc.StatusCode, tuple[type[ProviderError], str]]] = {
    grpc.StatusCode.UNAVAILABLE: (errors.UnavailableError, "cannot be reached: look whether it runs"),
    grpc.StatusCode.CANCELLED: (errors.UnavailableError, "the call was cut off"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (errors.DeadlineError, "did not answer in time"),
    grpc.StatusCode.UNIMPLEMENTED: (errors.UnsupportedError, "does not know this method"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (errors.ThrottledError, "has too much to do"),
    grpc.StatusCode.UNAUTHENTICATED: (errors.UnauthenticatedError, "did not accept our identity"),
    grpc.StatusCode.PERMISSION_DENIED: (errors.CallerNotAllowedError, "does not allow us this method"),
    grpc.StatusCode.INVALID_ARGUMENT: (errors.InvalidRequestError, "did not accept the request"),
}


def error_info_from(error: ProviderError) -> errors_pb2.ErrorInfo:
    """Put an error on the wire; its message is cut to one line within the limit."""
    info = errors_pb2.ErrorInfo(reason=_row(error).reason, retryable=error.retryable, message=one_line(error.message))
    if error.retry_after_s is not None:
        info.retry_after.FromNanoseconds(round(_clamped(error.retry_after_s) * 1e9))
    return info


def provider_error_from(info: errors_pb2.ErrorInfo) -> ProviderError:
    """Take an error off the wire. A reason that is not known here becomes an InternalError.

    Whether to try again is the class's own to say: the reasons decide, and a server cannot change what they mean.
    """
    retry_after_s = info.retry_after.ToNanoseconds() / 1e9 if info.HasField("retry_after") else None
    return _BY_REASON.get(info.reason, errors.InternalError)(
        one_line(info.message), retry_after_s=None if retry_after_s is None else _clamped(retry_after_s)
    )


def rpc_status_from(error: ProviderError) -> grpc.Status:
    """Make the status that a whole call fails with, for `context.abort_with_status`."""
    info = error_info_from(error)
    status = Status(code=_row(error).code.value[0], message=info.message)
    status.details.add().Pack(info)
    return rpc_status.to_status(status)


def provider_error_from_rpc(error: grpc.RpcError, *, where: str) -> ProviderError:
    """Say what a failed call means.

    Args:
        error: as grpc raised it.
        where: whom was called, such as `provider server "vault"`; begins the message if the server sent no ErrorInfo.
    """
    if not isinstance(error, grpc.aio.AioRpcError):
        return errors.InternalError(f"{where}: the call failed in an unknown way")
    info = _error_info_in(error)
    if info is not None:
        return provider_error_from(info)
    # gRPC's own texts tell two pairs of causes apart that share a code; they are read here and not shown.
    text = (error.details() or "").lower()
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in text:
        return errors.TooLargeError(f"{where}: the reply is larger than a message may be")
    if error.code() is grpc.StatusCode.UNAVAILABLE and ("handshake failed" in text or "verification" in text):
        return errors.UnavailableError(f"{where}: TLS handshake failed: look at the certificates of both sides")
    kind, meaning = _BARE.get(
        error.code(), (errors.InternalError, f"failed with gRPC status {error.code().name} and gave no reason")
    )
    return kind(f"{where}: {meaning}")


def one_line(text: str) -> str:
    """Make a text fit for an ErrorInfo's message: one line, nothing invisible, at most MAX_ERROR_MESSAGE_BYTES."""
    visible = "".join(" " if unicodedata.category(each) in _UNSAFE_CATEGORIES else each for each in text)
    cut = " ".join(visible.split()).encode("utf-8", "replace")[:MAX_ERROR_MESSAGE_BYTES]
    return cut.decode("utf-8", "ignore") or "no message was given"


def _row(error: ProviderError) -> _Row:
    # A provider's own subclass is what the nearest class of the table is.
    return next((_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR), _BY_ERROR[errors.InternalError])


def _clamped(retry_after_s: float) -> float:
    return min(max(retry_after_s, 0.0), MAX_RETRY_AFTER_S) if math.isfinite(retry_after_s) else MAX_RETRY_AFTER_S


def _error_info_in(error: grpc.aio.AioRpcError) -> errors_pb2.ErrorInfo | None:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            return _unpacked(value)
    return None


def _unpacked(details: bytes) -> errors_pb2.ErrorInfo | None:
    info = errors_pb2.ErrorInfo()
    try:
        for detail in Status.FromString(details).details:
            if detail.Is(errors_pb2.ErrorInfo.DESCRIPTOR) and detail.Unpack(info):
                return info
    except DecodeError:
        return None
    return None
