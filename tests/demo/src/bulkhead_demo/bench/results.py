"""What the blocks found out, as it is written to `build/bench`, and the figures that follow from it. Pure."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from bulkhead_demo.bench.limit import Limit
from bulkhead_demo.bench.usage import Cost


class ProcessCost(msgspec.Struct, frozen=True, kw_only=True):
    """One process over one block."""

    cpu_ms: float
    """For each sync or refresh of the block."""
    rss_mb: float
    """At the end of the block."""
    peak_mb: float
    """Since the process started."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The write-only limit, before and after all else: what differs between the two is noise and the server's age."""

    before: Limit
    after: Limit

    @property
    def syncs_per_s(self) -> float:
        """The mean of both."""
        return (self.before.syncs_per_s + self.after.syncs_per_s) / 2


class FirstSyncs(msgspec.Struct, frozen=True, kw_only=True):
    """From the controller's readiness to the last condition Ready."""

    syncs: int
    seconds: float
    seconds_from_start: float
    """From the start of the controller's process to the last condition Ready of all objects."""
    backend_reads: int
    """Of all objects."""
    stored_writes: dict[str, float]
    """For each object, by resource, as the API server counts what it asks etcd to store."""
    changed_objects: float
    """For each ExternalSecret: Secrets and ExternalSecrets whose resourceVersion is another than before."""
    processes: dict[str, ProcessCost]
    foreign_cores: float

    @property
    def syncs_per_s(self) -> float:
        """The rate."""
        return self.syncs / self.seconds


class Refreshes(msgspec.Struct, frozen=True, kw_only=True):
    """Refreshes of objects whose secrets have not changed."""

    refreshes: int
    seconds: float
    wanted_per_s: float
    """What `refreshInterval` asks for."""
    backend_reads: int
    stored_writes: dict[str, float]
    """For each refresh, by resource."""
    changed_objects: int
    """Secrets and ExternalSecrets whose resourceVersion is another than before."""
    processes: dict[str, ProcessCost]
    foreign_cores: float

    @property
    def refreshes_per_s(self) -> float:
        """The rate."""
        return self.refreshes / self.seconds


class Newcomers(msgspec.Struct, frozen=True, kw_only=True):
    """From the creation of an ExternalSecret to its Secret, in seconds, while all others refresh."""

    seconds: list[float]
    """In ascending order."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    cores: int
    cpu: str
    kernel: str
    python: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one run."""

    objects: int
    machine: Machine
    limits: Limits
    first_syncs: FirstSyncs
    refreshes: Refreshes
    newcomers: Newcomers


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The main figures, flat; see docs/benchmarks.md."""

    objects: int
    first_sync_ratio: float
    first_syncs_per_s: float
    limit_per_s: float
    limit_before_per_s: float
    limit_after_per_s: float
    stored_writes_first_sync: float
    stored_writes_unchanged: float
    controller_rss_mb: float
    controller_peak_mb: float
    cpu_ms_per_sync: float
    cpu_ms_per_refresh: float
    backend_reads: int
    backend_reads_per_sync: float
    refreshes_per_s: float
    refreshes_wanted_per_s: float
    new_secret_p50_s: float
    new_secret_p99_s: float
    foreign_cores: float


def summary_of(results: Results) -> Summary:
    """Derive the main figures."""
    first, refreshes, limits = results.first_syncs, results.refreshes, results.limits
    controller = refreshes.processes["controller"]
    return Summary(
        objects=results.objects,
        first_sync_ratio=round(first.syncs_per_s / limits.syncs_per_s, 3),
        first_syncs_per_s=round(first.syncs_per_s, 1),
        limit_per_s=round(limits.syncs_per_s, 1),
        limit_before_per_s=round(limits.before.syncs_per_s, 1),
        limit_after_per_s=round(limits.after.syncs_per_s, 1),
        stored_writes_first_sync=round(sum(first.stored_writes.values()), 3),
        stored_writes_unchanged=round(sum(refreshes.stored_writes.values()), 3),
        controller_rss_mb=round(controller.rss_mb, 1),
        controller_peak_mb=round(controller.peak_mb, 1),
        cpu_ms_per_sync=round(_both_ms(first.processes), 2),
        cpu_ms_per_refresh=round(_both_ms(refreshes.processes), 2),
        backend_reads=first.backend_reads,
        backend_reads_per_sync=round(first.backend_reads / results.objects, 3),
        refreshes_per_s=round(refreshes.refreshes_per_s, 1),
        refreshes_wanted_per_s=round(refreshes.wanted_per_s, 1),
        new_secret_p50_s=round(percentile(results.newcomers.seconds, 50), 3),
        new_secret_p99_s=round(percentile(results.newcomers.seconds, 99), 3),
        foreign_cores=round(max(first.foreign_cores, refreshes.foreign_cores), 2),
    )


def process_costs(costs: Mapping[str, Cost], *, count: int) -> dict[str, ProcessCost]:
    """Share what each process used among `count` syncs."""
    return {
        name: ProcessCost(
            cpu_ms=round(cost.cpu_s * 1000 / count, 3), rss_mb=round(cost.rss_mb, 1), peak_mb=round(cost.peak_mb, 1)
        )
        for name, cost in costs.items()
    }


def per_sync(writes: Mapping[str, int], *, count: int) -> dict[str, float]:
    """Share writes among `count` syncs; resources without any are left out."""
    return {resource: round(number / count, 4) for resource, number in sorted(writes.items()) if number}


def percentile(ascending: Sequence[float], percent: int) -> float:
    """Give the nearest rank of ascending numbers, of which there is at least one."""
    return ascending[max(1, math.ceil(len(ascending) * percent / 100)) - 1]


def _both_ms(processes: Mapping[str, ProcessCost]) -> float:
    return processes["controller"].cpu_ms + processes["provider-vault"].cpu_ms
