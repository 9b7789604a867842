"""docs/operations.md against the chart's alerts, and the links of the pages for operators."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from bulkhead_testkit.links import dead_links
from bulkhead_testkit.toolchain import CHECKOUT

DOCS: Final = CHECKOUT / "docs"
OPERATIONS: Final = DOCS / "operations.md"
TEMPLATES: Final = CHECKOUT / "charts" / "bulkhead" / "templates"
SEVERITIES: Final = {"critical", "warning", "info"}


def alerts() -> dict[str, str]:
    """Give the severities of all alerts of the chart by name, whatever the values are that bring them."""
    text = "\n".join(file.read_text() for file in sorted(TEMPLATES.iterdir()))
    return dict(re.findall(r"- alert: (\w+)$.*?severity: (\w+)", text, re.MULTILINE | re.DOTALL))


def explained() -> list[tuple[str, str]]:
    return re.findall(r"^### (Bulkhead\w+)\n\n\*(\w+)\.\*", OPERATIONS.read_text(), re.MULTILINE)


def test_every_alert_of_the_chart_has_its_heading_with_its_severity() -> None:
    assert len(alerts()) > 30
    assert dict(explained()) == alerts()


def test_no_alert_is_explained_twice() -> None:
    assert [name for name, count in Counter(name for name, _ in explained()).items() if count > 1] == []


def test_severities_are_those_that_the_page_explains() -> None:
    assert set(alerts().values()) == SEVERITIES


@pytest.mark.parametrize("page", [OPERATIONS, DOCS / "install.md", CHECKOUT / "README.md"], ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    assert list(dead_links(page)) == []
