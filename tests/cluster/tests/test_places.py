"""Several clusters on one machine keep out of each other's way, and out of the machine's."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from bulkhead_cluster import cgroups
from bulkhead_cluster.layout import NUMBERS, Place, cgroup_of
from bulkhead_cluster.network import free_numbers


@pytest.mark.parametrize(
    ("taken", "want"),
    [
        pytest.param([], list(NUMBERS), id="all-on-an-empty-machine"),
        pytest.param(["10.251.0.0/24", "10.251.2.0/24"], [1, *range(3, 256)], id="not-those-of-other-clusters"),
        pytest.param(["10.251.1.7/32", "192.0.2.0/24"], [0, *range(2, 256)], id="not-one-with-a-single-address-in-it"),
        pytest.param(["10.0.0.0/8"], [], id="none-where-a-wide-network-has-them-all"),
    ],
)
def test_free_numbers(taken: list[str], want: list[int]) -> None:
    assert free_numbers(map(IPv4Network, taken)) == want


def test_the_name_of_a_link_fits_the_kernel_for_every_number() -> None:
    assert max(len(Place(number).link) for number in NUMBERS) <= 15


def test_two_folders_have_two_control_groups() -> None:
    assert cgroup_of(Path("/a")) != cgroup_of(Path("/b"))


def version_1(root: Path) -> Path:
    for name in ("memory", "cpu,cpuacct", "cpuset", "unified"):
        (root / name).mkdir()
        (root / name / "cgroup.procs").touch()
    (root / "cpu").symlink_to("cpu,cpuacct")
    for file in ("cpuset.cpus", "cpuset.mems"):
        (root / "cpuset" / file).write_text("0-1\n")
    return root


def version_2(root: Path) -> Path:
    (root / "cgroup.controllers").write_text("cpu memory pids\n")
    return root


def test_version_1_has_a_hierarchy_for_each_set_of_controllers(tmp_path: Path) -> None:
    assert [each.name for each in cgroups.hierarchies(version_1(tmp_path))] == [
        "cpu,cpuacct",
        "cpuset",
        "memory",
        "unified",
    ]
    assert {"memory", "cpu", "cpuacct", "cpuset"} <= cgroups.controllers(tmp_path)


def test_version_2_has_one_hierarchy(tmp_path: Path) -> None:
    assert cgroups.hierarchies(version_2(tmp_path)) == [tmp_path]
    assert cgroups.controllers(tmp_path) == {"cpu", "memory", "pids"}


def test_a_group_is_made_in_every_hierarchy_and_goes_with_all_below(tmp_path: Path) -> None:
    cgroups.create("it", version_1(tmp_path))
    for hierarchy in cgroups.hierarchies(tmp_path):
        (hierarchy / "it" / "kubepods" / "pod1").mkdir(parents=True)
    assert cgroups.remove("it", tmp_path) == []
    assert not list(tmp_path.glob("*/it"))
