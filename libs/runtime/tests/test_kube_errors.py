"""Errors of the API server, and who may read their texts."""

import sys
import traceback

import msgspec
import pytest

from bulkhead_runtime.kube import errors
from bulkhead_runtime.kube.errors import ApiError, Status, api_error_from_reply

CANARY = "canary-6f1c"


def reply(message: str, reason: str = "Invalid", **more: object) -> bytes:
    return msgspec.json.encode({"kind": "Status", "reason": reason, "message": message, **more})


@pytest.mark.parametrize(
    ("status", "want"),
    [
        (400, errors.ApiError),
        (401, errors.UnauthorizedError),
        (403, errors.ForbiddenError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (410, errors.GoneError),
        (413, errors.RequestTooLargeError),
        (422, errors.InvalidError),
        (429, errors.TooManyRequestsError),
        (500, errors.ServerUnavailableError),
        (503, errors.ServerUnavailableError),
    ],
)
def test_each_status_has_its_class(status: int, want: type[ApiError]) -> None:
    error = api_error_from_reply(status, b"", call="GET /x")

    assert type(error) is want
    assert error.status == status


def test_an_error_says_what_was_called_and_what_the_server_said() -> None:
    error = api_error_from_reply(422, reply("spec.x: Required value"), call="PUT /apis/g/v1/things/a")

    assert str(error) == "PUT /apis/g/v1/things/a: 422 Invalid: spec.x: Required value"
    assert error.reason == "Invalid"


def test_a_sensitive_error_shows_its_text_nowhere_and_still_knows_markers() -> None:
    error = api_error_from_reply(422, reply(f"bulkhead:not-managed: {CANARY}"), call="PUT /s", sensitive=True)
    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    try:
        raise error
    except ApiError:
        shown += traceback.TracebackException(*sys.exc_info(), capture_locals=True).format()

    assert CANARY not in "".join(shown)
    assert error.mentions("bulkhead:not-managed")
    assert not error.mentions("bulkhead:type-denied")


@pytest.mark.parametrize(
    ("header", "details", "want"),
    [
        pytest.param("7", {}, 7.0, id="the-header-counts"),
        pytest.param(None, {"details": {"retryAfterSeconds": 3}}, 3.0, id="the-body-counts-without-a-header"),
        pytest.param(None, {}, None, id="nothing-is-said"),
        pytest.param("Wed, 21 Oct 2026 07:28:00 GMT", {}, None, id="a-date-is-not-understood"),
        pytest.param("999999", {}, 300.0, id="no-server-stops-us-for-hours"),
    ],
)
def test_retry_after(header: str | None, details: dict[str, object], want: float | None) -> None:
    body = reply("slow down", "TooManyRequests", **details)

    assert api_error_from_reply(429, body, call="GET /x", retry_after=header).retry_after_s == want


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>bad\ngateway\x1b[31m</html>", id="html"),
        pytest.param(b"\xff\xfe bad gateway", id="not-utf-8"),
        pytest.param(b'{"reason": 7, "message": "bad gateway"}', id="json-of-another-form"),
    ],
)
def test_a_reply_that_is_no_status_is_still_one_printable_line(body: bytes) -> None:
    text = str(api_error_from_reply(502, body, call="GET /x"))

    assert text.startswith("GET /x: 502 Unknown: ")
    assert text.isprintable()


def test_a_reason_that_is_no_word_is_not_shown() -> None:
    error = api_error_from_reply(422, reply("x", reason=f"Bad {CANARY}\n"), call="PUT /s", sensitive=True)

    assert error.reason == "Unknown"


def test_a_long_message_is_cut() -> None:
    assert len(str(api_error_from_reply(422, reply("x" * 100_000), call="PUT /a"))) < 1100


def test_every_field_of_a_status_may_be_missing() -> None:
    assert msgspec.json.decode(b"{}", type=Status) == Status()
