"""The chart takes the values that the pages for operators show."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

import pytest
import yaml

from bulkhead_testkit import helm
from bulkhead_testkit.helm import CHART
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

PAGES: Final = (CHECKOUT / "docs" / "install.md", CHECKOUT / "docs" / "operations.md", CHART / "README.md")
BLOCK: Final = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def values_shown() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Give each block of values by its page and place; blocks of manifests are for Kubernetes and not for the chart."""
    for page in PAGES:
        for number, block in enumerate(BLOCK.findall(page.read_text())):
            if "apiVersion:" not in block:
                yield f"{page.parent.name}/{page.name}-{number}", yaml.safe_load(textwrap.dedent(block))


SHOWN: Final = dict(values_shown())


def test_every_page_shows_values() -> None:
    assert {place.rpartition("-")[0] for place in SHOWN} == {f"{page.parent.name}/{page.name}" for page in PAGES}


@pytest.mark.parametrize("place", SHOWN)
def test_the_chart_takes(place: str) -> None:
    kinds = {str(each["kind"]) for each in helm.render({"crds": {"create": False}, **SHOWN[place]})}
    assert "Deployment" in kinds
