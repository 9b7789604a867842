"""docs/security/threat-model.md against itself and against the tests that it names."""

import re
from functools import cache
from typing import Final

import pytest

from bulkhead_testkit.named_tests import REFERENCE, missing_tests
from bulkhead_testkit.toolchain import CHECKOUT

DOCUMENT: Final = CHECKOUT / "docs" / "security" / "threat-model.md"
STRIDE: Final = list("STRIDE")
TOPOLOGIES: Final = 2


@cache
def text() -> str:
    return DOCUMENT.read_text()


@cache
def flows() -> list[str]:
    return re.findall(r"^\| (F\d+) \|", text(), re.MULTILINE)


@cache
def stride_of(flow: str) -> list[list[str]]:
    body = re.split(r"\n##", re.split(rf"\n### {flow}: ", text())[1])[0]
    lines = re.findall(r"^\| ([STRIDE]) \|(.*)\|(.*)\|(.*)\|$", body, re.MULTILINE)
    return [[cell.strip() for cell in line] for line in lines]


def defined(letter: str) -> list[str]:
    return re.findall(rf"^\| ({letter}\d+) \|", text(), re.MULTILINE)


def used(letter: str) -> set[str]:
    without_definitions = re.sub(rf"^\| {letter}\d+ \|", "", text(), flags=re.MULTILINE)
    return set(re.findall(rf"\b{letter}\d+\b", without_definitions))


def test_every_test_that_is_named_exists() -> None:
    assert list(missing_tests(text())) == []
    assert len(set(REFERENCE.findall(text()))) > 100


def test_every_control_names_a_test_that_shows_it() -> None:
    rows = re.findall(r"^\| (C\d+) \|.*\|(.*)\|$", text(), re.MULTILINE)
    assert [control for control, shown in rows if not REFERENCE.findall(shown)] == []
    assert [control for control, shown in rows if REFERENCE.sub("", shown).strip(" ,")] == []


@pytest.mark.parametrize("letter", ["C", "O"])
def test_what_is_numbered_is_there_once_and_used(letter: str) -> None:
    numbers = defined(letter)
    assert numbers == [f"{letter}{number + 1}" for number in range(len(numbers))]
    assert used(letter) == set(numbers)


def test_every_flow_is_looked_at_from_six_sides() -> None:
    assert len(flows()) > 10
    for flow in flows():
        assert [row[0] for row in stride_of(flow)] == STRIDE, flow


def test_every_threat_is_answered_or_said_to_be_open() -> None:
    rows = [(flow, row) for flow in flows() for row in stride_of(flow)]
    assert [(flow, row) for flow, row in rows if not re.fullmatch(r"C\d+(, C\d+)*", row[2])] == []
    assert [(flow, row) for flow, row in rows if not re.fullmatch(r"(O\d+(, O\d+)*)?", row[3])] == []


def test_every_flow_is_drawn_in_both_topologies() -> None:
    drawings = re.findall(r"```mermaid\n(.*?)```", text(), re.DOTALL)
    assert len(drawings) == TOPOLOGIES
    for drawing in drawings:
        assert set(re.findall(r"\bF\d+\b", drawing)) == set(flows())
