"""Numbers from large metrics pages: of the API server, and of a controller with thousands of objects."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One line of a metrics page."""

    labels: Mapping[str, str]
    value: float


def samples(page: str, name: str) -> Iterator[Sample]:
    """Give the samples of one name, in the page's order. Source: Prometheus, text exposition format."""
    # A regular expression and no parser: of tens of thousands of lines few are wanted, and the parser's CPU would be
    # missing where it is measured.
    for match in re.finditer(rf"^{re.escape(name)}(?:\{{(.*)\}})? (\S+)$", page, re.MULTILINE):
        yield Sample(labels=dict(_LABEL.findall(match[1] or "")), value=float(match[2]))


def total(page: str, name: str, **labels: str) -> float:
    """Add up the samples of one name that have these labels."""
    return sum(each.value for each in samples(page, name) if labels.items() <= each.labels.items())
