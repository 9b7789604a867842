"""Reads what a Bulkhead process says of itself at /metrics, as Prometheus would."""

import urllib.request
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bulkhead_testkit.process import Process

_ANSWER_S: Final = 5.0
_FLAG: Final = "--metrics-addr="


def scrape(process: Process) -> str:
    """Give everything at a running process's /metrics, in the text format.

    Raises:
        OSError: it does not answer.
        LookupError: it was started without metrics.
    """
    address = next((each.removeprefix(_FLAG) for each in process.argv if each.startswith(_FLAG)), "")
    if not address:
        raise LookupError(f'process "{process.name}": serves no metrics')
    # The loopback interface has no TLS; what is read holds no secret, which a test checks.
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=_ANSWER_S) as answer:
        text: str = answer.read().decode()
    return text


def samples(process: Process, metric: str, /, **labels: str) -> Iterator[Sample]:
    """Give the samples of one name whose labels include these; none while nothing was counted."""
    families: Iterable[Metric] = text_string_to_metric_families(scrape(process))
    for family in families:
        for sample in family.samples:
            if sample.name == metric and labels.items() <= sample.labels.items():
                yield sample


def total(process: Process, metric: str, /, **labels: str) -> float:
    """Add up the samples of one name whose labels include these; 0 while nothing was counted."""
    return sum(sample.value for sample in samples(process, metric, **labels))
