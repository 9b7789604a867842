"""JSON is read and written as Go does it; tests/differential/golibs/record.py wrote its answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_controller.externalsecret.gojson import json_of, object_from_json, plain_decimal, text_of

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "json_answers.jsonl").read_text().splitlines()
]


def cases(kind: str, outcome: str) -> list[Any]:
    """The documents are inventions of the table, so ids may show them."""
    return [
        pytest.param(case, id=f"{number}-{case['text']}")
        for number, case in enumerate(CASES)
        if case["kind"] == kind and outcome in case["answer"]
    ]


@pytest.mark.parametrize("case", cases("decimal", "result"))
def test_number_is_written_as_go_writes_it(case: dict[str, Any]) -> None:
    members = object_from_json(f'{{"a":{case["text"]}}}'.encode())
    assert members is not None
    assert text_of(members["a"]).decode() == case["answer"]["result"]


@pytest.mark.parametrize("case", cases("decimal", "error"))
def test_number_that_go_refuses_is_refused(case: dict[str, Any]) -> None:
    assert object_from_json(f'{{"a":{case["text"]}}}'.encode()) is None


@pytest.mark.parametrize("case", cases("json", "result"))
def test_document_is_written_as_go_writes_it(case: dict[str, Any]) -> None:
    members = object_from_json(case["text"].encode())
    assert members is not None
    if case["text"] == "null":
        # Nothing to merge, which Go writes as null if it is all there is.
        assert members == {}
        return
    written = text_of(members) if case["html"] else json_of(members)
    assert written.decode() == case["answer"]["result"]


@pytest.mark.parametrize("case", cases("json", "error"))
def test_document_that_go_refuses_is_refused(case: dict[str, Any]) -> None:
    assert object_from_json(case["text"].encode()) is None


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b'{"a":"\xff"}', id="not-utf-8"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="nested-beyond-all-measure"),
    ],
)
def test_document_is_no_object(document: bytes) -> None:
    assert object_from_json(document) is None


@pytest.mark.slow
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_plain_decimal_can_be_read_back(number: float) -> None:
    written = plain_decimal(number)
    assert "e" not in written
    assert float(written) == number
