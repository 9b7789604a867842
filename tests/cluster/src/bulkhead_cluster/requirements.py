"""What a machine needs for a real node, looked at one by one, so that what is missing has a name.

Gather, then decide: `look` asks the machine, `missing` judges.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_cluster import cgroups
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.programs import environment, search_path

_TRY_S: Final = 20
_CNI_FOLDERS: Final = ("/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni")
_CNI_PLUGINS: Final = ("ptp", "host-local", "loopback")
_PACKAGE_OF: Final[Mapping[str, str]] = {
    "containerd": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "ctr": "containerd",
    "ip": "iproute2",
    "iptables": "iptables",
    "iptables-restore": "iptables",
    "mount": "mount",
    "nft": "nftables",
    "nsenter": "util-linux",
    "runc": "runc",
    "unshare": "util-linux",
}
"""Programs of the distribution, and the package of Debian that has them."""
_CNI_PACKAGE: Final = "containernetworking-plugins"
_CONTROLLERS: Final = frozenset({"cpu", "cpuset", "memory", "pids"})
_KERNEL_TRIALS: Final[Mapping[str, str]] = {
    "veth links (CONFIG_VETH)": "ip link add name trial0 type veth peer name trial1",
    "address translation (iptables nat)": "iptables -w -t nat -A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1:2",
    "connection tracking (iptables conntrack)": "iptables -w -A FORWARD -m conntrack --ctstate NEW -j ACCEPT",
    "packet filter (nf_tables)": "nft add table inet trial",
}
"""What kernels may lack, and a command that shows it in a network namespace that ends with the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was found."""

    system: str
    """As `sys.platform` says it."""
    root: bool
    programs: frozenset[str]
    """Which of the programs that are needed are there."""
    cni_plugins: frozenset[str]
    controllers: frozenset[str]
    """Of control groups."""
    namespaces: str
    """Why none could be made; empty if they could."""
    kernel: Mapping[str, str]
    """Trials that failed, and what they said; empty where none was made for want of root or programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is missing."""

    what: str
    remedy: str


def missing(machine: Machine) -> list[Missing]:
    """Name everything that is missing and what to do about it; pure. Empty means that a node can run."""
    if machine.system != "linux":
        return [Missing(what=f"Linux (this is {machine.system})", remedy="use a Linux machine or virtual machine")]
    found: list[Missing] = []
    if not machine.root:
        found.append(Missing(what="root", remedy="run it as root, or set KUBECONFIG to a cluster of your own"))
    packages = {_PACKAGE_OF[name]: name for name in sorted(_PACKAGE_OF.keys() - machine.programs, reverse=True)}
    found += [
        Missing(what=f"program {name}", remedy=f"`make cluster-tools`, or install {package}")
        for package, name in sorted(packages.items())
    ]
    plugins = sorted(set(_CNI_PLUGINS) - machine.cni_plugins)
    if plugins:
        remedy = f"`make cluster-tools`, or install {_CNI_PACKAGE}"
        found.append(Missing(what=f"CNI plugins {', '.join(plugins)} in {' or '.join(_CNI_FOLDERS)}", remedy=remedy))
    lacking = sorted(_CONTROLLERS - machine.controllers)
    if lacking:
        remedy = "mount control groups at /sys/fs/cgroup; in a container, give it the host's (`--cgroupns=host`)"
        found.append(Missing(what=f"control group controllers {', '.join(lacking)}", remedy=remedy))
    if machine.namespaces:
        remedy = "in a container, it must be privileged (CAP_SYS_ADMIN, no seccomp profile that forbids unshare)"
        found.append(Missing(what=f"mount, PID and network namespaces ({machine.namespaces})", remedy=remedy))
    for what, said in machine.kernel.items():
        found.append(Missing(what=f"{what}: {said}", remedy="load the kernel's module, or use another kernel"))
    return found


def packages_missing(machine: Machine) -> list[str]:
    """Name the packages of Debian that would bring what programs are missing; pure."""
    names = {_PACKAGE_OF[name] for name in _PACKAGE_OF.keys() - machine.programs}
    if set(_CNI_PLUGINS) - machine.cni_plugins:
        names.add(_CNI_PACKAGE)
    return sorted(names)


def look() -> Machine:
    """Ask the machine; changes nothing."""
    root = os.geteuid() == 0
    programs = frozenset(name for name in _PACKAGE_OF if shutil.which(name, path=search_path()))
    folder = cni_folder()
    plugins = frozenset(name for name in _CNI_PLUGINS if folder and (folder / name).exists())
    namespaces = _try(["true"]) if root and "unshare" in programs else ""
    trials = _KERNEL_TRIALS if root and not namespaces and {"ip", "iptables", "nft"} <= programs else {}
    return Machine(
        system=sys.platform,
        root=root,
        programs=programs,
        cni_plugins=plugins,
        controllers=cgroups.controllers() if Path("/sys/fs/cgroup").is_dir() else frozenset(),
        namespaces=namespaces,
        kernel={what: said for what, command in trials.items() if (said := _try(command.split()))},
    )


def require() -> None:
    """Go on only where a node can run.

    Raises:
        ClusterError: names all that is missing, one a line, each with what to do.
    """
    found = missing(look())
    if found:
        raise ClusterError("\n".join(["this machine cannot run a node:", *map(line_of, found)]))


def line_of(each: Missing) -> str:
    """Say it in a line."""
    return f"  missing: {each.what}\n           {each.remedy}"


def cni_folder() -> Path | None:
    """Find the folder of the network plugins; None if no known place has them."""
    return next((Path(name) for name in _CNI_FOLDERS if (Path(name) / _CNI_PLUGINS[0]).exists()), None)


def _try(command: Sequence[str]) -> str:
    """Run a command in namespaces that end with it; give what it said if it failed, else nothing."""
    unshare = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--"]
    try:
        done = subprocess.run(
            [*unshare, *command], capture_output=True, text=True, timeout=_TRY_S, check=False, env=environment()
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    said = (done.stderr or done.stdout).strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"status {done.returncode}")
