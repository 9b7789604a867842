"""Numbers from the metrics pages of Bulkhead's processes and of the API server."""

import re
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bulkhead_testkit.process import Process

_TIMEOUT_S: Final = 30.0
_FLAG: Final = "--metrics-addr="
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class ScrapeError(Exception):
    """A process has no metrics page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One line of a metrics page."""

    labels: Mapping[str, str]
    value: float


def metrics_of(process: Process) -> str:
    """Read the page of a process that was started with a metrics address.

    Raises:
        ScrapeError: it was started without one.
        OSError: it does not answer.
    """
    addresses = [argument.removeprefix(_FLAG) for argument in process.argv if argument.startswith(_FLAG)]
    if not addresses or not addresses[-1]:
        raise ScrapeError(f'process "{process.name}": runs without {_FLAG}')
    with urllib.request.urlopen(f"http://{addresses[-1]}/metrics", timeout=_TIMEOUT_S) as page:
        text: bytes = page.read()
    return text.decode()


def samples(page: str, name: str) -> Iterator[Sample]:
    """Give the samples of one name, in the page's order. Source: Prometheus, text exposition format."""
    # A regular expression and no parser: the API server's page has tens of thousands of lines, and few are wanted.
    for match in re.finditer(rf"^{re.escape(name)}(?:\{{(.*)\}})? (\S+)$", page, re.MULTILINE):
        yield Sample(labels=dict(_LABEL.findall(match[1] or "")), value=float(match[2]))


def total(page: str, name: str, **labels: str) -> float:
    """Add up the samples of one name that have these labels."""
    return sum(each.value for each in samples(page, name) if labels.items() <= each.labels.items())
