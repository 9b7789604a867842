"""What processes have used so far, as the kernel counts it. Linux only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_KIB_PER_MB: Final = 1000 / 1.024
# Fields of /proc/stat's first line that are work: user, nice, system, irq, softirq. Idle, iowait and steal are not.
_BUSY: Final = (1, 2, 3, 6, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One process at one moment."""

    cpu_s: float
    """All its threads, in user and kernel, since it started."""
    rss_mb: float
    """Megabytes of 1,000,000 bytes."""
    peak_mb: float
    """The most it ever had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process used between two moments."""

    cpu_s: float
    rss_mb: float
    """At the later moment."""
    peak_mb: float
    """At the later moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All processes of the benchmark and the machine at one moment."""

    processes: Mapping[str, Usage]
    own_cpu_s: float
    """Of the benchmark's own process."""
    machine_cpu_s: float
    """Of everything on the machine since it started, all cores together."""


def snapshot(pids: Mapping[str, int]) -> Snapshot:
    """Read all processes, by name, and the machine."""
    return Snapshot(
        processes={name: usage_of(pid) for name, pid in pids.items()},
        own_cpu_s=usage_of(os.getpid()).cpu_s,
        machine_cpu_s=busy_s_from_stat((_PROC / "stat").read_text()),
    )


def costs(before: Snapshot, after: Snapshot) -> dict[str, Cost]:
    """Give what each process used in between; one that is new has used all that it has used."""
    return {
        name: Cost(
            cpu_s=used.cpu_s - (before.processes[name].cpu_s if name in before.processes else 0.0),
            rss_mb=used.rss_mb,
            peak_mb=used.peak_mb,
        )
        for name, used in after.processes.items()
    }


def foreign_cores(before: Snapshot, after: Snapshot, *, seconds: float) -> float:
    """Say how many cores, on average, were kept busy by what is not of the benchmark: the noise."""
    ours = sum(cost.cpu_s for cost in costs(before, after).values()) + after.own_cpu_s - before.own_cpu_s
    return max(0.0, (after.machine_cpu_s - before.machine_cpu_s - ours) / seconds)


def usage_of(pid: int) -> Usage:
    """Read one process."""
    folder = _PROC / str(pid)
    memory = memory_mb_from_status((folder / "status").read_text())
    return Usage(cpu_s=cpu_s_from_stat((folder / "stat").read_text()), rss_mb=memory["VmRSS"], peak_mb=memory["VmHWM"])


def cpu_s_from_stat(text: str) -> float:
    """Read /proc/PID/stat. Source: proc(5)."""
    # The program's name stands in parentheses and may hold anything, so fields are counted from its end.
    fields = text.rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / _TICKS_PER_S


def memory_mb_from_status(text: str) -> dict[str, float]:
    """Read the sizes in /proc/PID/status, in megabytes by name. Source: proc(5)."""
    lines = (line.partition(":") for line in text.splitlines() if line.endswith(" kB"))
    return {name: int(size.split()[0]) / _KIB_PER_MB for name, _, size in lines}


def busy_s_from_stat(text: str) -> float:
    """Read the machine's busy time from /proc/stat. Source: proc(5)."""
    fields = text.splitlines()[0].split()
    return sum(int(fields[index]) for index in _BUSY) / _TICKS_PER_S
