"""The results as files and as a table beside the goals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.bench.results import Machine, ProcessCost, Results, Summary, summary_of
from bulkhead_demo.table import table


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line of the table."""

    what: str
    shown: Callable[[Summary], str]
    goal: str = ""
    met: Callable[[Summary], bool] | None = None
    """None where there is no goal."""
    eso: str = ""
    """What External Secrets Operator 2.9 reached by the same method; empty where it is not known."""


_ROWS: Final = (
    _Row(
        what="write-only limit, syncs/s",
        shown=lambda s: f"{s.limit_before_per_s:.0f}, {s.limit_after_per_s:.0f}",
        eso="478, 463",
    ),
    _Row(what="first syncs/s", shown=lambda s: f"{s.first_syncs_per_s:.0f}", eso="145"),
    _Row(
        what="first syncs / limit",
        shown=lambda s: f"{s.first_sync_ratio:.2f}",
        goal=">= 0.60",
        met=lambda s: s.first_sync_ratio >= 0.6,
        eso="0.31",
    ),
    _Row(
        what="stored writes, first sync",
        shown=lambda s: f"{s.stored_writes_first_sync:.2f}",
        goal="2",
        met=lambda s: round(s.stored_writes_first_sync, 2) <= 2,
    ),
    _Row(
        what="stored writes, unchanged refresh",
        shown=lambda s: f"{s.stored_writes_unchanged:.2f}",
        goal="0",
        met=lambda s: round(s.stored_writes_unchanged, 2) <= 0,
    ),
    _Row(
        what="controller RSS, MB",
        shown=lambda s: f"{s.controller_rss_mb:.0f} (peak {s.controller_peak_mb:.0f})",
        goal="<= 80",
        met=lambda s: s.controller_rss_mb <= 80,
        eso="290",
    ),
    _Row(
        what="controller and provider CPU, ms/first sync",
        shown=lambda s: f"{s.cpu_ms_per_sync:.2f}",
        goal="<= 2.5",
        met=lambda s: s.cpu_ms_per_sync <= 2.5,
        eso="3.3",
    ),
    _Row(what="the same, ms/unchanged refresh", shown=lambda s: f"{s.cpu_ms_per_refresh:.2f}"),
    _Row(what="backend reads, first sync", shown=lambda s: f"{s.backend_reads_per_sync:.2f}"),
    _Row(
        what="refreshes/s (wanted)",
        shown=lambda s: f"{s.refreshes_per_s:.0f} ({s.refreshes_wanted_per_s:.0f})",
        eso="140 (167)",
    ),
    _Row(
        what="new Secret while all refresh, s, p50 / p99",
        shown=lambda s: f"{s.new_secret_p50_s:.2f} / {s.new_secret_p99_s:.2f}",
        eso="10.5 / 12.7",
    ),
)


def write(results: Results, folder: Path) -> Summary:
    """Write one file for each block and `summary.json`, and give the summary."""
    summary = summary_of(results)
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "machine": results.machine,
        "limits": results.limits,
        "first_syncs": results.first_syncs,
        "refreshes": results.refreshes,
        "newcomers": results.newcomers,
        "summary": summary,
    }
    for name, part in parts.items():
        (folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(part), indent=2) + b"\n")
    return summary


def report(results: Results, summary: Summary) -> str:
    """Lay out the main figures beside goals and ESO's, then the cost of each process."""
    return "\n".join(
        [
            table(["FIGURE", "HERE", "GOAL", "", "ESO 2.9"], [_cells(row, summary) for row in _ROWS]),
            "",
            _processes(results),
            "",
            _circumstances(results.machine, summary),
            "ESO: 3,000 objects, 100 workers, no QPS limit, its controller's CPU; last two lines 5,000 objects.",
        ]
    )


def _circumstances(machine: Machine, summary: Summary) -> str:
    where = f"{machine.cores} cores of {machine.cpu}, Python {machine.python}"
    return f"{summary.objects} ExternalSecrets on {where}; other work kept {summary.foreign_cores:.2f} cores busy."


def _cells(row: _Row, summary: Summary) -> Sequence[str]:
    verdict = "" if row.met is None else "met" if row.met(summary) else "MISSED"
    return [row.what, row.shown(summary), row.goal, verdict, row.eso]


def _processes(results: Results) -> str:
    first, refreshes = results.first_syncs.processes, results.refreshes.processes
    header = ["PROCESS", "CPU MS/FIRST SYNC", "CPU MS/REFRESH", "RSS MB", "PEAK MB"]
    return table(header, [_process(name, first[name], refreshes[name]) for name in sorted(first)])


def _process(name: str, first: ProcessCost, refresh: ProcessCost) -> Sequence[str]:
    return [name, f"{first.cpu_ms:.2f}", f"{refresh.cpu_ms:.2f}", f"{refresh.rss_mb:.0f}", f"{refresh.peak_mb:.0f}"]
