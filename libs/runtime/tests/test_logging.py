"""Logs: what a line holds, and what never gets into one."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead_api.errors import ThrottledError
from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.logging import (
    TIME_ENCODINGS,
    JsonFormatter,
    configure,
    describe_error,
    get_logger,
    json_from,
    time_in_log,
)

CANARY = "canary-9d02"


@dataclass
class Settings:
    password: bytes


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("controller"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [msgspec.json.decode(line, type=dict[str, object]) for line in stream.getvalue().splitlines()]


def fail(error: Exception) -> None:
    raise error


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught:
        fail(error)
    return caught.value


def test_a_line_has_the_keys_of_eso_and_the_given_values(stream: io.StringIO) -> None:
    get_logger("externalsecret").info(
        "synced", namespace="team-a", keys=3, ok=True, at=datetime(2026, 1, 2, tzinfo=UTC)
    )

    (line,) = lines(stream)
    assert isinstance(line.pop("ts"), float)
    assert line == {
        "level": "info",
        "logger": "externalsecret",
        "msg": "synced",
        "component": "controller",
        "namespace": "team-a",
        "keys": 3,
        "ok": True,
        "at": "2026-01-02 00:00:00+00:00",
    }


def test_a_value_cannot_take_the_place_of_a_key_of_its_own(stream: io.StringIO) -> None:
    get_logger("x").info("true", logger="forged", ts=0, msg="forged")

    (line,) = lines(stream)
    assert (line["logger"], line["msg"]) == ("x", "true")


def test_a_value_cannot_start_a_line_of_its_own(stream: io.StringIO) -> None:
    get_logger("x").info("one", text='a\n{"level":"error"}\r\x1b[31m')

    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(SecretValue(CANARY.encode()), id="a-secret-value"),
        pytest.param(CANARY.encode(), id="bytes"),
        pytest.param({"nested": [SecretValue(CANARY.encode())]}, id="nested"),
        pytest.param(Settings(password=CANARY.encode()), id="a-dataclass"),
        pytest.param(ValueError(CANARY), id="an-error-that-is-not-ours"),
        pytest.param(OSError(13, CANARY, CANARY), id="an-error-of-the-system"),
        pytest.param(ExceptionGroup(CANARY, [ValueError(CANARY)]), id="a-group-of-errors"),
    ],
)
def test_what_may_hold_a_secret_is_mute(stream: io.StringIO, value: object) -> None:
    get_logger("x").error("failed", value=value)

    assert len(lines(stream)) == 1
    assert CANARY not in stream.getvalue()


def test_our_own_errors_speak_for_themselves(stream: io.StringIO) -> None:
    get_logger("x").warning("failed", error=ThrottledError('store "a": slow down'))

    assert lines(stream)[0]["error"] == 'ThrottledError: store "a": slow down'


def test_a_defect_is_logged_with_its_places_and_without_its_text(stream: io.StringIO) -> None:
    error = raised(ThrottledError("store: slow down"))
    error.__cause__ = raised(KeyError(CANARY))
    get_logger("x").failure("reconcile failed", error)

    (line,) = lines(stream)
    assert line["error"] == "ThrottledError: store: slow down caused by KeyError"
    assert "test_logging.py:" in str(line["stacktrace"])
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("text", [f"Exception calling application: {CANARY}", f"Task exception\nfuture: {CANARY}"])
def test_a_librarys_ready_made_text_is_withheld(stream: io.StringIO, text: str) -> None:
    try:
        fail(ValueError(CANARY))
    except ValueError:
        logging.getLogger("grpc").exception(text)

    assert CANARY not in stream.getvalue()
    assert str(lines(stream)[0]["msg"]).startswith("message withheld, see ")
    assert lines(stream)[0]["error"] == "ValueError"


def test_a_librarys_template_is_logged_without_its_values(stream: io.StringIO) -> None:
    logging.getLogger("aiohttp").warning("header %s is odd", CANARY)

    assert lines(stream)[0]["msg"] == "header %s is odd"
    assert CANARY not in stream.getvalue()


def test_an_error_of_the_system_says_which() -> None:
    assert describe_error(PermissionError(13, "x", "/secret/path")) == "PermissionError(EACCES)"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(value=VALUES)
def test_any_value_makes_a_line(value: object) -> None:
    msgspec.json.encode(json_from(value))


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="debug, info, warn, error"):
        configure("loud", "controller")


@pytest.mark.slow
def test_configure_writes_to_standard_error_from_its_level_on() -> None:
    code = (
        "from bulkhead_runtime.logging import configure, get_logger\n"
        "configure('warn', 'controller')\n"
        "get_logger('a').info('quiet')\n"
        "get_logger('a').warning('loud')\n"
        f"raise ValueError('{CANARY}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, timeout=20)

    assert [msgspec.json.decode(line)["msg"] for line in done.stderr.splitlines()] == [
        "loud",
        "process ended by an exception",
    ]
    assert CANARY.encode() not in done.stderr


@pytest.mark.parametrize(
    ("encoding", "want"),
    [
        ("epoch", 1767323045.000678),
        ("millis", 1767323045000.678),
        ("nano", 1767323045000678000),
        ("iso8601", "2026-01-02T03:04:05.000Z"),
        ("rfc3339", "2026-01-02T03:04:05Z"),
        ("rfc3339nano", "2026-01-02T03:04:05.000678Z"),
    ],
)
def test_time_is_written_as_zap_would(encoding: str, want: object) -> None:
    assert encoding in TIME_ENCODINGS
    assert time_in_log(1767323045.000678, encoding) == want


def test_an_unknown_form_of_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time encoding"):
        configure("info", "controller", time_encoding="unix")
