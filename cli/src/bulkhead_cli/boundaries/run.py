"""Carries `bulkhead boundaries` out: gather objects, make the report, print it or what differs."""

from dataclasses import dataclass

from bulkhead_cli.arguments import STDIN
from bulkhead_cli.boundaries.compare import compare
from bulkhead_cli.boundaries.document import is_report, json_of_comparison, json_of_report, report_from_json
from bulkhead_cli.boundaries.drawing.page import svg_of_report
from bulkhead_cli.boundaries.extract import report_from
from bulkhead_cli.boundaries.helm import rendered
from bulkhead_cli.boundaries.installation import installation_from
from bulkhead_cli.boundaries.live import documents_in
from bulkhead_cli.boundaries.manifests import manifests_of
from bulkhead_cli.boundaries.report import Report
from bulkhead_cli.boundaries.requests import (
    BoundariesFormat,
    BoundariesRequest,
    CompareBoundaries,
    FromCluster,
    FromManifests,
    FromValues,
    ShowBoundaries,
    Source,
)
from bulkhead_cli.boundaries.sentences import text_of_comparison
from bulkhead_cli.boundaries.table import text_of_report
from bulkhead_cli.files import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run prints and how it ends."""

    output: bytes
    widens: bool
    """Whether a comparison found a boundary that is wider."""


def run_boundaries(request: BoundariesRequest) -> Told:
    """Do what is asked.

    Raises:
        InputError: an input cannot be read or understood; the message says which and why.
    """
    match request:
        case ShowBoundaries(source=source, output=output):
            return Told(output=_shown(report_of(source), output), widens=False)
        case CompareBoundaries(old=old, new=new, output=output):
            comparison = compare(report_of(old), report_of(new))
            as_json = output is BoundariesFormat.JSON
            told = json_of_comparison(comparison) if as_json else text_of_comparison(comparison).encode()
            return Told(output=told, widens=bool(comparison.widened))


def report_of(source: Source) -> Report:
    """Give the report of what a source tells. Raises as `run_boundaries`."""
    match source:
        case FromCluster(namespace=namespace):
            return report_from(installation_from(documents_in(source), namespace=namespace))
        case FromValues(chart=chart, namespace=namespace):
            kept = _kept_report(source.values)
            return kept if kept is not None else _report_from_text(chart, rendered(source), namespace)
        case FromManifests(file=file, namespace=namespace):
            data = read(file)
            return report_from_json(file, data) if is_report(data) else _report_from_text(file, data, namespace)


def _kept_report(values: tuple[str, ...]) -> Report | None:
    """Give the report that stands where values could, as a comparison takes both; None if there is none."""
    if len(values) != 1 or values[0] == STDIN:
        return None
    data = read(values[0])
    return report_from_json(values[0], data) if is_report(data) else None


def _report_from_text(file: str, data: bytes, namespace: str) -> Report:
    return report_from(installation_from(manifests_of(file, data), namespace=namespace))


def _shown(report: Report, output: BoundariesFormat) -> bytes:
    match output:
        case BoundariesFormat.TEXT:
            return text_of_report(report).encode()
        case BoundariesFormat.JSON:
            return json_of_report(report)
        case BoundariesFormat.SVG:
            return svg_of_report(report).encode()
