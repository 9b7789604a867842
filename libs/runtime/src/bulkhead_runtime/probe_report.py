"""What `helm test` asks, and the table of what it found. Nothing is asked here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_HEADINGS: Final = ("process", "asked", "found", "says")
_MAX_DETAIL: Final = 120


class Question(StrEnum):
    """What one process is asked."""

    READY = "ready"
    """Whether /readyz says yes."""
    TLS = "tls"
    """Whether its certificate names it and comes from the roots that are trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to all Pods behind one name."""

    process: str
    """The component, as the chart calls it."""
    question: Question
    host: str
    """The name of a Service."""
    port: int
    path: str = ""
    """Of the URL; only where the question is `ready`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one address answered."""

    check: Check
    address: str
    """HOST:PORT of the one Pod, or of the name where it leads to none."""
    good: bool
    detail: str
    """In words; never what came over the wire but a status."""


def passed(findings: Sequence[Finding]) -> bool:
    """Say whether all is well; nothing asked is nothing proved, so no finding means no."""
    return bool(findings) and all(finding.good for finding in findings)


def table_of(findings: Sequence[Finding]) -> str:
    """Write the findings as a table in their order, one a line, with a last line that says the whole."""
    rows = [_HEADINGS, *(_row(finding) for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    bad = sum(not finding.good for finding in findings)
    whole = "all is well" if passed(findings) else f"{bad} of {len(findings)} answers are wrong"
    return "\n".join([*lines, "", whole])


def _row(finding: Finding) -> tuple[str, str, str, str]:
    mark = "ok" if finding.good else "WRONG"
    detail = " ".join(finding.detail.split())[:_MAX_DETAIL]
    return (finding.check.process, finding.check.question, finding.address, f"{mark}: {detail}")
