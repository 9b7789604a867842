"""Where etcd, the API server, the other programs of a cluster, helm and the load generator come from.

None of them is assumed on a machine: what the user does not give is built from pinned Go modules into the cache.
By hand: `python -m bulkhead_testkit.binaries all`.
"""

import argparse
import os
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from bulkhead_testkit.gobuild import BuildError, Recipe, built
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.toolchain import CHECKOUT, ToolchainError

_TESTENV: Final = CHECKOUT / "tests" / "testenv"
_PROGRAMS: Final = ("etcd", "kube-apiserver", "kube-controller-manager")
_NODE_PROGRAMS: Final = ("kubelet", "kube-proxy", "kube-scheduler")


class Product(StrEnum):
    """What can be asked for."""

    KUBE = "kube"
    HELM = "helm"
    LOADGEN = "loadgen"
    NODE = "node"
    COREDNS = "coredns"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeBinaries:
    """The programs of a control plane, all of one Kubernetes version."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path


WITHOUT_A_NODE: Final = (Product.KUBE, Product.HELM, Product.LOADGEN)
"""What tests need that start no real node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBinaries:
    """The programs beside a control plane that make a node, of the control plane's version."""

    kubelet: Path
    kube_proxy: Path
    kube_scheduler: Path


def kube_binaries() -> KubeBinaries:
    """Return the control plane's programs: from `KUBEBUILDER_ASSETS`, else from the cache, else built.

    Raises:
        BuildError: see `gobuild.built`.
        ToolchainError: see `toolchain.find_go`.

    Source: Kubebuilder's envtest, for `KUBEBUILDER_ASSETS`.
    """
    folder = _given_assets() or built(_kube_recipe())
    etcd, apiserver, controller_manager = (folder / program for program in _PROGRAMS)
    return KubeBinaries(etcd=etcd, kube_apiserver=apiserver, kube_controller_manager=controller_manager)


def node_binaries() -> NodeBinaries:
    """Return the programs of a node, from the cache or built; raises as `kube_binaries`."""
    folder = built(_node_recipe())
    kubelet, kube_proxy, kube_scheduler = (folder / program for program in _NODE_PROGRAMS)
    return NodeBinaries(kubelet=kubelet, kube_proxy=kube_proxy, kube_scheduler=kube_scheduler)


def coredns_binary() -> Path:
    """Return the cluster's DNS server, from the cache or built; raises as `kube_binaries`."""
    return built(_coredns_recipe()) / "coredns"


def pause_binary() -> Path:
    """Return the program of a Pod's sandbox, from the cache or built; raises as `kube_binaries`."""
    return built(_pause_recipe()) / "pause"


def helm_binary() -> Path:
    """Return helm, from the cache or built; raises as `kube_binaries`."""
    return built(_helm_recipe()) / "helm"


def loadgen_binary() -> Path:
    """Return the benchmark's load generator, from the cache or built; raises as `kube_binaries`."""
    return built(_loadgen_recipe()) / "loadgen"


def required_version(go_mod: str, module: str) -> str:
    """Return the version, such as `v1.37.2`, of a module that a go.mod file requires.

    Raises:
        BuildError: it does not require it.
    """
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    if found is None:
        raise BuildError(f"go.mod: does not require {module}")
    return found[1]


def _given_assets() -> Path | None:
    given = os.environ.get("KUBEBUILDER_ASSETS")
    if not given:
        return None
    missing = [name for name in _PROGRAMS if not os.access(Path(given) / name, os.X_OK)]
    if not missing:
        return Path(given)
    # Half from there would be a control plane of two versions.
    Progress("kube").say(f"KUBEBUILDER_ASSETS has no {', '.join(missing)}: not used")
    return None


def _kube_recipe() -> Recipe:
    return Recipe(
        name="kube",
        module=_TESTENV,
        package=".",
        programs=("testenv", *_PROGRAMS),
        stamps=_kubernetes_stamps(),
        cost="6 to 10 minutes on 2 cores",
    )


def _node_recipe() -> Recipe:
    return Recipe(
        name="node",
        module=_TESTENV,
        package="./node",
        programs=("node", *_NODE_PROGRAMS),
        stamps=_kubernetes_stamps(),
        cost="2 to 6 minutes on 2 cores",
    )


def _kubernetes_stamps() -> tuple[tuple[str, str], ...]:
    version = required_version((_TESTENV / "go.mod").read_text(), "k8s.io/kubernetes")
    major, minor, _ = version.removeprefix("v").split(".", maxsplit=2)
    # Modules built from the proxy do not know their release: unstamped, they report a version that kubectl
    # cannot parse. The build date stays at the epoch, so that the same inputs give the same program.
    values = {
        "gitVersion": version,
        "gitMajor": major,
        "gitMinor": minor,
        "gitCommit": "unknown",
        "gitTreeState": "clean",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return tuple((f"{package}.{name}", value) for package in packages for name, value in values.items())


def _coredns_recipe() -> Recipe:
    return Recipe(
        name="coredns",
        module=_TESTENV / "coredns",
        package=".",
        programs=("coredns",),
        cost="1 to 3 minutes on 2 cores",
    )


def _pause_recipe() -> Recipe:
    return Recipe(
        name="pause",
        module=_TESTENV / "pause",
        package=".",
        programs=("pause",),
        cost="seconds",
    )


def _helm_recipe() -> Recipe:
    module = _TESTENV / "helm"
    version = required_version((module / "go.mod").read_text(), "helm.sh/helm/v4")
    return Recipe(
        name="helm",
        module=module,
        package="helm.sh/helm/v4/cmd/helm",
        programs=("helm",),
        stamps=(("helm.sh/helm/v4/internal/version.version", version),),
        cost="3 minutes on 2 cores",
    )


def _loadgen_recipe() -> Recipe:
    return Recipe(
        name="loadgen",
        module=CHECKOUT / "tests" / "performance" / "loadgen",
        package=".",
        programs=("loadgen",),
        cost="half a minute on 2 cores",
    )


def _paths(product: Product) -> tuple[Path, ...]:
    match product:
        case Product.KUBE:
            kube = kube_binaries()
            return (kube.etcd, kube.kube_apiserver, kube.kube_controller_manager)
        case Product.HELM:
            return (helm_binary(),)
        case Product.LOADGEN:
            return (loadgen_binary(),)
        case Product.NODE:
            node = node_binaries()
            return (node.kubelet, node.kube_proxy, node.kube_scheduler)
        case Product.COREDNS:
            return (coredns_binary(),)
        case Product.PAUSE:
            return (pause_binary(),)


def _products(asked: str) -> tuple[Product, ...]:
    match asked:
        case "all":
            return WITHOUT_A_NODE
        case "cluster":
            return tuple(Product)
        case one:
            return (Product(one),)


def main() -> None:
    """Print the paths of what is asked for, one a line, and build first what is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m bulkhead_testkit.binaries",
        description="Find or build the programs that tests, the demo and the benchmark need; print their paths.",
        epilog="BULKHEAD_CACHE names the folder they are kept in; KUBEBUILDER_ASSETS one with a control plane.",
    )
    parser.add_argument(
        "product",
        nargs="?",
        choices=[*Product, "all", "cluster"],
        default="all",
        help="what to get: one, all that tests without a real node need (default), or cluster: those and the node's",
    )
    asked = parser.parse_args().product
    try:
        for product in _products(asked):
            for path in _paths(product):
                print(path)
    except (BuildError, ToolchainError) as error:
        notes = getattr(error, "__notes__", ())
        sys.exit("\n".join([*notes, str(error)]))


if __name__ == "__main__":
    main()
