"""The arithmetic of `make bench`: what it reads from the kernel and from metrics pages, and what it derives."""

import pytest

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
