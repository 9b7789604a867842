"""What targets of other kinds than Secret hold, and how Go prints it for ESO's hash."""

from pathlib import Path

import msgspec
import pytest

from bulkhead_target.fields import hash_content
from bulkhead_target.gotext import go_text


class _Answer(msgspec.Struct, frozen=True):
    result: str


class _Case(msgspec.Struct, frozen=True):
    text: str
    answer: _Answer


ANSWERS = [
    msgspec.json.decode(line, type=_Case)
    for line in (Path(__file__).parent / "value_answers.jsonl").read_bytes().splitlines()
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.text)
def test_values_are_printed_as_go_prints_them(case: _Case) -> None:
    assert go_text(msgspec.json.decode(case.text)) == case.answer.result


def test_what_is_not_json_is_not_printed() -> None:
    with pytest.raises(TypeError, match="set is not JSON"):
        go_text({"a": {1}})


@pytest.mark.parametrize(
    ("content", "same_as"),
    [
        pytest.param({"spec": {"a": 1}, "data": {"b": 2}}, {"data": {"a": 1}}, id="spec-before-data"),
        pytest.param({"data": {"a": 1}, "status": {"x": 1}}, {"data": {"a": 1}}, id="nothing-else"),
    ],
)
def test_the_hash_is_of_spec_or_data(content: dict[str, object], same_as: dict[str, object]) -> None:
    assert hash_content(content) == hash_content(same_as)


def test_an_object_with_neither_has_no_hash() -> None:
    assert hash_content({"rules": []}) == ""


def test_the_hash_of_no_data_is_esos() -> None:
    assert hash_content({"data": {}}) == "74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b"


def test_what_is_nested_too_deeply_has_no_hash() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert hash_content({"spec": deep}) == ""
