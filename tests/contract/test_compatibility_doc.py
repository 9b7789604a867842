"""docs/compatibility.md against the tests that it names."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

import pytest

from bulkhead_testkit.named_tests import REFERENCE, missing_tests
from bulkhead_testkit.toolchain import CHECKOUT

DOCUMENT: Final = CHECKOUT / "docs" / "compatibility.md"
HEAD: Final = "| feature | state | here | test |"
STATES: Final = ("same", "better", "different", "not yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feature."""

    section: str
    feature: str
    state: str
    here: str
    tests: str

    @property
    def references(self) -> list[tuple[str, str]]:
        """The files and names of the tests."""
        return REFERENCE.findall(self.tests)


@cache
def rows() -> list[Row]:
    found: list[Row] = []
    for section in DOCUMENT.read_text().split("\n## ")[1:]:
        title = section.partition("\n")[0]
        assert HEAD in section, f"{title}: its table has another head"
        for line in section.partition(HEAD)[2].splitlines()[2:]:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 4, line
            feature, state, here, tests = cells
            found.append(Row(section=title, feature=feature, state=state, here=here, tests=tests))
    return found


def test_every_feature_has_one_of_the_states() -> None:
    assert [row for row in rows() if row.state not in STATES] == []
    assert {row.state for row in rows()} == set(STATES)


def test_every_test_that_is_named_exists() -> None:
    assert [missing for row in rows() for missing in missing_tests(row.tests)] == []
    assert len(rows()) > 80


@pytest.mark.parametrize("state", ["different", "same"])
def test_a_claim_names_a_test_that_shows_it(state: str) -> None:
    assert [row.feature for row in rows() if row.state == state and not row.references] == []


def test_a_difference_says_what_is_done_here() -> None:
    assert [row.feature for row in rows() if row.state in ("better", "different") and not row.here] == []


def test_templates_differ_in_ten_ways_at_most() -> None:
    assert 0 < sum(row.section == "Functions of templates" and row.state == "different" for row in rows()) <= 10


def test_nothing_but_references_stands_in_the_last_column() -> None:
    assert [row.tests for row in rows() if REFERENCE.sub("", row.tests).strip(", ")] == []


def test_no_feature_is_there_twice_in_a_section() -> None:
    counts = Counter((row.section, row.feature, row.here) for row in rows())
    assert [what for what, count in counts.items() if count > 1] == []


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT.read_text())
    assert [link for link in links if not (DOCUMENT.parent / link).exists()] == []
