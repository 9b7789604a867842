"""Property paths give what the original implementation gave; tests/differential/gjson/record.py wrote its answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from bulkhead_api import errors
from bulkhead_provider_sdk.property_path import go_json, property_from_json, raw_fields

LINES = [json.loads(line) for line in (Path(__file__).parent / "property_path_answers.jsonl").read_text().splitlines()]
DOCUMENTS: list[str] = LINES[0]
CASES: list[dict[str, Any]] = [{**line, "document": DOCUMENTS[line["document"]]} for line in LINES[1:]]


def cases(kind: str, *, differing: bool = False) -> list[Any]:
    """The documents are inventions of the table, so ids may show paths; a number keeps them apart."""
    return [
        pytest.param(case, id=f"{number}-{case.get('path', '')}")
        for number, case in enumerate(CASES)
        if case["kind"] == kind and ("why" in case) is differing
    ]


def text(found: bytes | None) -> str | None:
    return None if found is None else found.decode()


def original(case: dict[str, Any]) -> str | None:
    answer = case["answer"]
    return str(answer.get("string", "")) if answer.get("exists") else None


@pytest.mark.parametrize("case", cases("get"))
def test_property_path_gives_what_the_original_gives(case: dict[str, Any]) -> None:
    assert text(property_from_json(case["document"].encode(), case["path"])) == original(case)


@pytest.mark.parametrize("case", cases("get", differing=True))
def test_property_path_differs_from_the_original_where_it_says_so(case: dict[str, Any]) -> None:
    if case["our_error"] is not None:
        with pytest.raises(getattr(errors, case["our_error"])):
            property_from_json(case["document"].encode(), case["path"])
        return
    found = text(property_from_json(case["document"].encode(), case["path"]))
    assert found == case["ours"]
    assert found != original(case), "a difference that is none belongs to the agreements"


@pytest.mark.parametrize("case", cases("raw-fields"))
def test_raw_fields_are_what_go_reads(case: dict[str, Any]) -> None:
    found = raw_fields(case["document"].encode())
    assert {key: value.decode() for key, value in found.items()} == case["answer"].get("fields", {})


@pytest.mark.parametrize("case", cases("go-json"))
def test_go_json_is_what_go_writes(case: dict[str, Any]) -> None:
    assert go_json(case["document"].encode()).decode() == case["answer"]["json"]
