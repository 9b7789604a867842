import unicodedata

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead.provider.v1 import errors_pb2
from bulkhead_api import errors
from bulkhead_api.errors import ProviderError
from bulkhead_runtime.limits import MAX_ERROR_MESSAGE_BYTES, MAX_RETRY_AFTER_S
from bulkhead_runtime.rpc_status import (
    error_info_from,
    one_line,
    provider_error_from,
    provider_error_from_rpc,
    rpc_status_from,
)

ALL_ERRORS = ProviderError.__subclasses__()
REASONS = [value for value in errors_pb2.ErrorReason.values() if value != errors_pb2.ERROR_REASON_UNSPECIFIED]


def rpc_error(
    code: grpc.StatusCode, details: str = "raw text of a stranger", *, trailer: bytes | None = None
) -> grpc.aio.AioRpcError:
    metadata = grpc.aio.Metadata() if trailer is None else grpc.aio.Metadata(("grpc-status-details-bin", trailer))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), metadata, details)


def as_the_caller_sees_it(error: ProviderError) -> grpc.aio.AioRpcError:
    status = rpc_status_from(error)
    ((key, trailer),) = status.trailing_metadata or ()
    assert (key, type(trailer)) == ("grpc-status-details-bin", bytes)
    return rpc_error(status.code, status.details, trailer=trailer if isinstance(trailer, bytes) else b"")


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_an_error_survives_the_wire_as_an_item_and_as_a_whole_call(kind: type[ProviderError]) -> None:
    error = kind('store "a": refused', retry_after_s=1.5)
    for back in (
        provider_error_from(error_info_from(error)),
        provider_error_from_rpc(as_the_caller_sees_it(error), where="somewhere"),
    ):
        assert (type(back), back.message, back.retry_after_s) == (kind, 'store "a": refused', 1.5)
    assert error_info_from(error).retryable is kind.retryable


def test_every_reason_has_one_error_and_every_error_one_reason() -> None:
    from_wire = {reason: type(provider_error_from(errors_pb2.ErrorInfo(reason=reason))) for reason in REASONS}
    assert sorted(from_wire.values(), key=str) == sorted(ALL_ERRORS, key=str)
    assert {error_info_from(kind("m")).reason for kind in ALL_ERRORS} == set(REASONS)


@pytest.mark.parametrize("reason", [0, 4711])
def test_a_reason_that_is_not_known_becomes_an_internal_error(reason: int) -> None:
    info = errors_pb2.ErrorInfo.FromString(bytes([8]) + varint(reason))
    assert type(provider_error_from(info)) is errors.InternalError


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number % 128 + 128]) + varint(number // 128)


def test_a_subclass_travels_as_the_nearest_class_of_the_table() -> None:
    class SealedError(errors.UnavailableError):
        """One provider's own."""

    assert error_info_from(SealedError("sealed")).reason == errors_pb2.ERROR_REASON_UNAVAILABLE


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        pytest.param(None, None, id="nothing-stays-nothing"),
        pytest.param(0.0, 0.0, id="zero-stays-zero"),
        pytest.param(-3.0, 0.0, id="below-zero-becomes-zero"),
        pytest.param(1e12, MAX_RETRY_AFTER_S, id="ages-are-cut"),
        pytest.param(float("inf"), MAX_RETRY_AFTER_S, id="infinity-is-cut"),
        pytest.param(float("nan"), MAX_RETRY_AFTER_S, id="no-number-is-cut"),
    ],
)
def test_retry_after(asked: float | None, sent: float | None) -> None:
    error = errors.ThrottledError("slow down", retry_after_s=asked)
    assert provider_error_from(error_info_from(error)).retry_after_s == sent


def test_retry_after_of_a_stranger_is_cut_too() -> None:
    info = errors_pb2.ErrorInfo(reason=errors_pb2.ERROR_REASON_THROTTLED)
    info.retry_after.FromSeconds(10**9)
    assert provider_error_from(info).retry_after_s == MAX_RETRY_AFTER_S


@given(st.text(max_size=3000))
def test_one_line_is_one_short_visible_line(text: str) -> None:
    line = one_line(text)
    assert 0 < len(line.encode()) <= MAX_ERROR_MESSAGE_BYTES
    assert not {unicodedata.category(each) for each in line} & {"Cc", "Cf", "Zl", "Zp", "Cs"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a\r\nb\x00c", "a b c", id="line-ends-and-controls-become-spaces"),
        pytest.param("abc\u202edef", "abc def", id="a-turn-of-direction-becomes-a-space"),
        pytest.param("\u00e9" * 600, "\u00e9" * 512, id="a-cut-leaves-whole-characters"),
        pytest.param("\n", "no message was given", id="nothing-is-said-to-be-nothing"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(rpc_error(grpc.StatusCode.UNAVAILABLE), errors.UnavailableError, id="unavailable"),
        pytest.param(
            rpc_error(grpc.StatusCode.UNAVAILABLE, "Tls handshake failed: bad"), errors.UnavailableError, id="handshake"
        ),
        pytest.param(rpc_error(grpc.StatusCode.DEADLINE_EXCEEDED), errors.DeadlineError, id="deadline"),
        pytest.param(rpc_error(grpc.StatusCode.CANCELLED), errors.UnavailableError, id="cancelled"),
        pytest.param(rpc_error(grpc.StatusCode.UNIMPLEMENTED), errors.UnsupportedError, id="unimplemented"),
        pytest.param(rpc_error(grpc.StatusCode.RESOURCE_EXHAUSTED), errors.ThrottledError, id="exhausted"),
        pytest.param(
            rpc_error(grpc.StatusCode.RESOURCE_EXHAUSTED, "Received message larger than max (9 vs. 4)"),
            errors.TooLargeError,
            id="message-too-large",
        ),
        pytest.param(rpc_error(grpc.StatusCode.PERMISSION_DENIED), errors.CallerNotAllowedError, id="denied"),
        pytest.param(rpc_error(grpc.StatusCode.UNAUTHENTICATED), errors.UnauthenticatedError, id="unauthenticated"),
        pytest.param(rpc_error(grpc.StatusCode.INVALID_ARGUMENT), errors.InvalidRequestError, id="invalid"),
        pytest.param(rpc_error(grpc.StatusCode.DATA_LOSS), errors.InternalError, id="anything-else"),
        pytest.param(rpc_error(grpc.StatusCode.OK), errors.InternalError, id="ok-that-is-an-error"),
        pytest.param(
            rpc_error(grpc.StatusCode.INTERNAL, trailer=b"\xff\xff"),
            errors.InternalError,
            id="details-that-do-not-decode",
        ),
        pytest.param(grpc.RpcError("secret"), errors.InternalError, id="an-error-of-no-known-kind"),
    ],
)
def test_a_status_without_details_is_told_without_its_own_text(error: grpc.RpcError, kind: type[ProviderError]) -> None:
    told = provider_error_from_rpc(error, where='provider server "x"')
    assert type(told) is kind
    assert told.message.startswith('provider server "x": ')
    assert "stranger" not in told.message
    assert "secret" not in told.message
