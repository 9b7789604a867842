"""Figures of runs of two revisions, side by side. Pure.

Read from the files that a run leaves, and not from its types: an older revision knows fewer figures, and none of the
types of today.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

import msgspec

from bulkhead_demo.bench.results import ProcessCost
from bulkhead_demo.table import table


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of `summary.json`."""

    first_syncs_per_s: float
    first_sync_ratio: float
    stored_writes_first_sync: float
    stored_writes_unchanged: float
    foreign_cores: float


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of `first_syncs.json` and `refreshes.json`."""

    processes: dict[str, ProcessCost]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one revision."""

    summary: Summary
    first_syncs: Block
    refreshes: Block


def run_from_files(*, summary: bytes, first_syncs: bytes, refreshes: bytes) -> Run:
    """Read the files of one run.

    Raises:
        msgspec.DecodeError: a figure that is compared is missing.
    """
    return Run(
        summary=msgspec.json.decode(summary, type=Summary),
        first_syncs=msgspec.json.decode(first_syncs, type=Block),
        refreshes=msgspec.json.decode(refreshes, type=Block),
    )


def side_by_side(base: str, before: Sequence[Run], after: Sequence[Run]) -> str:
    """Lay out each figure of all runs of the revision `base` and of this checkout, and how the mean changed."""
    rows = [_cells(figure, before, after) for figure in _FIGURES]
    return table(["FIGURE", base, "HERE", "CHANGE"], rows)


def change(before: Sequence[float], after: Sequence[float]) -> str:
    """Say by how much the mean has changed, in percent of what it was; empty if it was nothing."""
    return f"{(mean(after) / mean(before) - 1) * 100:+.0f} %" if mean(before) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    what: str
    value: Callable[[Run], float]
    digits: int = 2
    of_machine: bool = False
    """Whether it is of the machine and not of the revision, so that its change means nothing."""


_FIGURES: Final = (
    _Figure(what="first syncs/s", value=lambda run: run.summary.first_syncs_per_s, digits=0),
    _Figure(what="first syncs / limit", value=lambda run: run.summary.first_sync_ratio),
    _Figure(what="controller CPU, ms/first sync", value=lambda run: run.first_syncs.processes["controller"].cpu_ms),
    _Figure(what="controller CPU, ms/refresh", value=lambda run: run.refreshes.processes["controller"].cpu_ms),
    _Figure(what="provider CPU, ms/first sync", value=lambda run: run.first_syncs.processes["provider-vault"].cpu_ms),
    _Figure(what="provider CPU, ms/refresh", value=lambda run: run.refreshes.processes["provider-vault"].cpu_ms),
    # The same program in both: when it needs more time, the machine was slower.
    _Figure(what="openbao CPU, ms/first sync", value=lambda run: run.first_syncs.processes["openbao"].cpu_ms),
    _Figure(what="openbao CPU, ms/refresh", value=lambda run: run.refreshes.processes["openbao"].cpu_ms),
    _Figure(what="controller RSS, MB", value=lambda run: run.refreshes.processes["controller"].rss_mb, digits=0),
    _Figure(what="provider RSS, MB", value=lambda run: run.refreshes.processes["provider-vault"].rss_mb, digits=0),
    _Figure(what="stored writes, first sync", value=lambda run: run.summary.stored_writes_first_sync),
    _Figure(what="stored writes, unchanged refresh", value=lambda run: run.summary.stored_writes_unchanged),
    _Figure(what="cores of other work", value=lambda run: run.summary.foreign_cores, of_machine=True),
)


def _cells(figure: _Figure, before: Sequence[Run], after: Sequence[Run]) -> Sequence[str]:
    old, new = ([figure.value(run) for run in runs] for runs in (before, after))
    shown = [_shown(values, figure.digits) for values in (old, new)]
    return [figure.what, *shown, "" if figure.of_machine else change(old, new)]


def _shown(values: Sequence[float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)
