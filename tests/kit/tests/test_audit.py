"""Audit events from the lines of a log."""

from pathlib import Path

import msgspec
import pytest

from bulkhead_testkit.audit import read_events, requests_for

PUT = (
    '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete",'
    '"requestURI":"/api/v1/namespaces/team-a/secrets/db","verb":"update","user":{"username":"ada","groups":["devs"]},'
    '"userAgent":"curl","objectRef":{"resource":"secrets","namespace":"team-a","name":"db","apiVersion":"v1"},'
    '"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-11-23T23:34:41.197966Z"}\n'
)
READY = (
    '{"auditID":"2","stage":"ResponseComplete","requestURI":"/readyz","verb":"get","user":{"username":"admin"},'
    '"requestReceivedTimestamp":"2026-11-23T23:34:42.000000Z"}\n'
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def test_an_event_tells_who_did_what_to_which_object(log: Path) -> None:
    log.write_text(PUT)
    (event,) = read_events(log)

    assert (event.user.username, event.verb, event.response_status.code) == ("ada", "update", 200)
    assert event.object_ref is not None
    assert (event.object_ref.resource, event.object_ref.namespace, event.object_ref.name) == (
        "secrets",
        "team-a",
        "db",
    )


def test_a_line_that_is_still_being_written_is_left_out(log: Path) -> None:
    log.write_text(READY + PUT[:40])
    assert [event.audit_id for event in read_events(log)] == ["2"]


def test_events_are_read_from_a_moment_on_when_its_size_is_given(log: Path) -> None:
    log.write_text(READY)
    moment = log.stat().st_size
    log.write_text(READY + PUT)
    assert [event.audit_id for event in read_events(log, start=moment)] == ["1"]


def test_a_complete_line_that_is_no_event_is_an_error(log: Path) -> None:
    log.write_text(READY + "{}\n")
    with pytest.raises(msgspec.DecodeError):
        tuple(read_events(log))


@pytest.mark.parametrize(
    ("verb", "want"),
    [
        pytest.param(None, ["1"], id="with-any-verb"),
        pytest.param("update", ["1"], id="with-the-verb"),
        pytest.param("patch", [], id="not-with-another-verb"),
    ],
)
def test_requests_are_found_by_resource(log: Path, verb: str | None, want: list[str]) -> None:
    log.write_text(READY + PUT)
    assert [event.audit_id for event in requests_for(log, resource="secrets", verb=verb)] == want
