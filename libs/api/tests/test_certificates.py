"""The documents between a person and the certcontroller: read as far as they can be, written as they are read."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from bulkhead_api.certificates import (
    MAX_REVOCATIONS,
    CertificateRequests,
    RevocationRequest,
    RotationRequest,
    document_data,
    requests_from_data,
    time_text,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
FULL = CertificateRequests(
    revocations=[
        RevocationRequest(serial="12e5", at=NOON, reason="stolen laptop"),
        RevocationRequest(identity="controller", issued_before=NOON),
        RevocationRequest(identity="provider/vault"),
    ],
    rotation=RotationRequest(id="a1", now=True),
)


def test_what_was_written_is_read_back() -> None:
    read = requests_from_data(document_data(FULL))

    assert (read.requests, read.problems) == (FULL, ())


def test_what_was_written_as_yaml_is_read_back() -> None:
    read = requests_from_data(msgspec.yaml.decode(msgspec.yaml.encode(document_data(FULL))))

    assert (read.requests, read.problems) == (FULL, ())


@pytest.mark.parametrize("text", ["2026-11-01T12:00:00Z", "'2026-11-01T12:00:00Z'", "2026-11-01T13:00:00+01:00"])
def test_a_time_may_stand_with_or_without_quotes(text: str) -> None:
    data = msgspec.yaml.decode(f"revocations: [{{identity: controller, issuedBefore: {text}}}]".encode())

    assert requests_from_data(data).requests.revocations[0].issued_before == NOON


@pytest.mark.parametrize("data", [None, {}, {"revocations": [], "rotation": None}])
def test_an_empty_document_asks_for_nothing(data: object) -> None:
    assert requests_from_data(data).requests == CertificateRequests()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param({"serial": 120}, "revocations[1]: Expected `str | null`, got `int`", id="a-serial-without-quotes"),
        pytest.param("controller", "revocations[1]: Expected `object`, got `str`", id="no-mapping"),
        pytest.param({"identity": "a", "issuedBefore": "noon"}, "revocations[1]: Invalid RFC3339", id="no-time"),
    ],
)
def test_a_broken_revocation_is_named_and_the_rest_counts(entry: object, says: str) -> None:
    read = requests_from_data({"revocations": [{"serial": "a"}, entry, {"serial": "b"}], "rotation": {"id": "x"}})

    assert [each.serial for each in read.requests.revocations] == ["a", "b"]
    assert read.requests.rotation == RotationRequest(id="x")
    assert len(read.problems) == 1
    assert read.problems[0].startswith(says)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param({"rotation": {"now": True}}, "rotation: Object missing required field `id`", id="no-id"),
        pytest.param([1], "requests: Expected `object`, got `array`", id="no-mapping"),
        pytest.param({"revocations": {}}, "requests: Expected `array`", id="revocations-that-are-no-list"),
    ],
)
def test_a_broken_document_is_named(data: object, says: str) -> None:
    read = requests_from_data(data)

    assert read.requests == CertificateRequests()
    assert read.problems[0].startswith(says)


def test_more_revocations_than_a_denylist_can_hold_are_not_read() -> None:
    read = requests_from_data({"revocations": [{"serial": f"{each:x}"} for each in range(MAX_REVOCATIONS + 1)]})

    assert len(read.requests.revocations) == MAX_REVOCATIONS
    assert len(read.problems) == 1


def test_times_are_written_in_utc_to_the_second() -> None:
    moment = datetime(2026, 11, 1, 13, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))

    assert time_text(moment) == "2026-11-01T12:00:00Z"
