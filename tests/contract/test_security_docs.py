"""docs/security and SECURITY.md: links that lead somewhere, tests that exist, answers of a closed set."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from bulkhead_testkit.links import dead_links, links_of
from bulkhead_testkit.named_tests import missing_tests
from bulkhead_testkit.toolchain import CHECKOUT

FOLDER: Final = CHECKOUT / "docs" / "security"
POLICY: Final = CHECKOUT / "SECURITY.md"
CHECKLIST: Final = FOLDER / "checklist.md"
PAGES: Final = sorted([POLICY, *FOLDER.glob("*.md")])
STATES: Final = {"met", "partly", "not met", "not applicable", "publisher"}
SECTIONS: Final = [
    "Metadata",
    "Overview",
    "Self-assessment use",
    "Security functions and features",
    "Project compliance",
    "Secure development practices",
    "Security issue resolution",
    "Appendix",
]
"""Of the form that TAG-Security gives, in its order."""


def answers() -> Sequence[list[str]]:
    rows = re.findall(r"^\|(.*)\|(.*)\|(.*)\|(.*)\|$", CHECKLIST.read_text(), re.MULTILINE)
    cells = [[cell.strip() for cell in row] for row in rows]
    return [row for row in cells if row[2] != "state" and set(row[2]) != {"-"}]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    assert list(dead_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    assert list(missing_tests(page.read_text())) == []


def test_the_index_names_every_page() -> None:
    linked = {link.partition("#")[0] for link in links_of(FOLDER / "README.md")}
    assert {page.name for page in FOLDER.glob("*.md")} - {"README.md"} <= linked


def test_every_question_has_an_answer_of_the_closed_set_and_a_reason() -> None:
    assert len(answers()) > 50
    assert [row for row in answers() if row[2] not in STATES or not row[3]] == []


def test_what_is_not_met_is_admitted() -> None:
    counts = Counter(row[2] for row in answers())
    assert set(counts) == STATES


def test_the_self_assessment_has_the_sections_of_the_form_in_their_order() -> None:
    text = (FOLDER / "self-assessment.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
