"""The arithmetic of `make bench`: what it reads from the kernel and from metrics pages, and what it derives."""

import msgspec
import pytest

from bulkhead_demo.bench.figures import Run, change, run_from_files, side_by_side
from bulkhead_demo.bench.results import per_sync, percentile
from bulkhead_demo.bench.scrape import total
from bulkhead_demo.bench.usage import Snapshot, Usage, costs, cpu_s_from_stat, foreign_cores, memory_mb_from_status

PAGE = """# HELP etcd_requests_total Requests.
# TYPE etcd_requests_total counter
etcd_requests_total{group="",operation="create",resource="secrets"} 3000
etcd_requests_total{group="",operation="get",resource="secrets"} 7
etcd_requests_total{group="",operation="update",resource="secrets"} 1.5e+03
etcd_requests_total_more{operation="create"} 9
process_start_time_seconds 12.5
"""


def used(cpu_s: float) -> Usage:
    return Usage(cpu_s=cpu_s, rss_mb=50.0, peak_mb=60.0)


@pytest.mark.parametrize(
    ("name", "labels", "want"),
    [
        pytest.param("etcd_requests_total", {"operation": "create"}, 3000, id="takes-what-has-the-label"),
        pytest.param("etcd_requests_total", {"resource": "secrets"}, 4507, id="adds-up-what-has-the-label"),
        pytest.param("process_start_time_seconds", {}, 12.5, id="reads-a-sample-without-labels"),
        pytest.param("etcd_requests", {}, 0, id="takes-no-metric-of-a-longer-name"),
    ],
)
def test_a_total_of_a_metrics_page(name: str, labels: dict[str, str], want: float) -> None:
    assert total(PAGE, name, **labels) == want


def test_cpu_time_is_read_behind_a_program_name_with_blanks_and_parentheses() -> None:
    fields = " ".join(["S", *["0"] * 10, "150", "50", *["0"] * 30])
    assert cpu_s_from_stat(f"42 (a (b) c) {fields}") == pytest.approx(cpu_s_from_stat(f"42 (plain) {fields}"))
    assert cpu_s_from_stat(f"42 (a (b) c) {fields}") > 0


def test_memory_is_given_in_millions_of_bytes() -> None:
    assert memory_mb_from_status("Name:\tx\nVmHWM:\t  2000 kB\nVmRSS:\t  1000 kB\n") == pytest.approx(
        {"VmHWM": 2.048, "VmRSS": 1.024}
    )


def test_a_process_that_started_in_between_has_used_all_that_it_has_used() -> None:
    before = Snapshot(processes={"etcd": used(10.0)}, own_cpu_s=0.0, machine_cpu_s=0.0)
    after = Snapshot(processes={"etcd": used(12.0), "controller": used(3.0)}, own_cpu_s=0.0, machine_cpu_s=0.0)
    assert {name: cost.cpu_s for name, cost in costs(before, after).items()} == {"etcd": 2.0, "controller": 3.0}


def test_foreign_work_is_what_neither_the_processes_nor_the_benchmark_did() -> None:
    before = Snapshot(processes={"etcd": used(10.0)}, own_cpu_s=1.0, machine_cpu_s=100.0)
    after = Snapshot(processes={"etcd": used(14.0)}, own_cpu_s=2.0, machine_cpu_s=110.0)
    assert foreign_cores(before, after, seconds=10.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("percent", "want"),
    [
        pytest.param(50, 20, id="median-is-the-nearest-rank-below"),
        pytest.param(99, 40, id="p99-of-few-samples-is-the-largest"),
        pytest.param(0, 10, id="zero-is-the-smallest"),
    ],
)
def test_a_percentile_is_a_sample(percent: int, want: float) -> None:
    assert percentile([10, 20, 30, 40], percent) == want


def test_writes_are_shared_among_syncs_and_resources_without_any_are_left_out() -> None:
    assert per_sync({"secrets": 3000, "externalsecrets": 1500, "events": 0}, count=3000) == {
        "secrets": 1.0,
        "externalsecrets": 0.5,
    }


def a_run(*, rate: float, cpu_ms: float) -> Run:
    names = ("controller", "provider-vault", "openbao")
    processes = {name: {"cpu_ms": cpu_ms, "rss_mb": 80.0, "peak_mb": 90.0} for name in names}
    summary = {
        "first_syncs_per_s": rate,
        "first_sync_ratio": 0.5,
        "stored_writes_first_sync": 2.0,
        "stored_writes_unchanged": 0.0,
        "foreign_cores": 0.1,
        "a_figure_of_tomorrow": 1,
    }
    block = msgspec.json.encode({"processes": processes, "seconds": 3.0})
    return run_from_files(summary=msgspec.json.encode(summary), first_syncs=block, refreshes=block)


def test_figures_of_two_revisions_stand_side_by_side_with_the_change_of_their_means() -> None:
    before = [a_run(rate=100, cpu_ms=2.0), a_run(rate=140, cpu_ms=2.0)]
    after = [a_run(rate=130, cpu_ms=1.0), a_run(rate=134, cpu_ms=2.0)]
    lines = [line.split("   ") for line in side_by_side("96f4adf", before, after).splitlines()]
    rows = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in lines}
    assert rows["FIGURE"] == ["96f4adf", "HERE", "CHANGE"]
    assert rows["first syncs/s"] == ["100, 140", "130, 134", "+10 %"]
    assert rows["controller CPU, ms/refresh"] == ["2.00, 2.00", "1.00, 2.00", "-25 %"]


def test_of_a_figure_that_was_zero_no_change_in_percent_can_be_said() -> None:
    assert change([0.0, 0.0], [1.0, 0.0]) == ""


def test_a_run_without_a_figure_that_is_compared_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        run_from_files(summary=b"{}", first_syncs=b'{"processes": {}}', refreshes=b'{"processes": {}}')
