"""A machine that cannot run a node is told all that it lacks."""

from dataclasses import replace

import pytest

from bulkhead_cluster.requirements import Machine, line_of, missing, packages_missing

WHOLE = Machine(
    system="linux",
    root=True,
    programs=frozenset(
        {
            "containerd",
            "containerd-shim-runc-v2",
            "ctr",
            "ip",
            "iptables",
            "iptables-restore",
            "mount",
            "nft",
            "nsenter",
        }
        | {"runc", "unshare"}
    ),
    cni_plugins=frozenset({"ptp", "host-local", "loopback", "bridge"}),
    controllers=frozenset({"cpu", "cpuset", "memory", "pids", "blkio"}),
    namespaces="",
    kernel={},
)


def test_nothing_is_missing_on_a_machine_that_has_all() -> None:
    assert missing(WHOLE) == []


@pytest.mark.parametrize(
    ("machine", "what", "remedy"),
    [
        pytest.param(replace(WHOLE, system="darwin"), "Linux (this is darwin)", "Linux machine", id="another-system"),
        pytest.param(replace(WHOLE, root=False), "root", "KUBECONFIG", id="root"),
        pytest.param(
            replace(WHOLE, programs=WHOLE.programs - {"runc"}), "program runc", "install runc", id="a-program"
        ),
        pytest.param(
            replace(WHOLE, programs=WHOLE.programs - {"nft"}), "program nft", "nftables", id="another-package"
        ),
        pytest.param(
            replace(WHOLE, cni_plugins=frozenset({"ptp"})),
            "CNI plugins host-local, loopback",
            "networking",
            id="plugins",
        ),
        pytest.param(
            replace(WHOLE, controllers=frozenset({"cpu", "cpuset"})),
            "controllers memory, pids",
            "--cgroupns",
            id="cgroups",
        ),
        pytest.param(replace(WHOLE, namespaces="not permitted"), "(not permitted)", "privileged", id="namespaces"),
        pytest.param(
            replace(WHOLE, kernel={"veth links (CONFIG_VETH)": "Unknown device type."}),
            "veth links",
            "kernel",
            id="kernel",
        ),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(machine: Machine, what: str, remedy: str) -> None:
    (found,) = missing(machine)
    assert what in found.what
    assert remedy in found.remedy
    assert line_of(found).splitlines()[0].strip().startswith("missing: ")


def test_programs_of_one_package_are_named_by_one_of_them() -> None:
    found = missing(replace(WHOLE, programs=WHOLE.programs - {"containerd", "ctr", "containerd-shim-runc-v2"}))
    assert [each.what for each in found] == ["program containerd"]


def test_everything_that_is_missing_is_named_at_once() -> None:
    bare = replace(WHOLE, root=False, programs=frozenset(), cni_plugins=frozenset(), controllers=frozenset())
    assert len(missing(bare)) == 1 + len(packages_missing(bare)) - 1 + 1 + 1


def test_packages_are_asked_for_once_each() -> None:
    bare = replace(WHOLE, programs=frozenset(), cni_plugins=frozenset())
    assert packages_missing(WHOLE) == []
    assert packages_missing(bare) == sorted(
        {"containerd", "containernetworking-plugins", "iproute2", "iptables", "mount", "nftables", "runc", "util-linux"}
    )
