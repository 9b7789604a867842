"""The cluster that the drill is held in, and the places on its node."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bulkhead_cluster.cluster import RUN, Cluster
from bulkhead_cluster.layout import CONTAINERD, INSIDE
from bulkhead_demo.cluster_demo.images import DEFAULT_REGISTRY, build_images, given_registry, reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A cluster with one node, and where things are on it; the defaults are those of most distributions."""

    kubeconfig: Path
    registry: str = DEFAULT_REGISTRY
    """Where the kubelet finds the images."""
    kubelet: str = "/var/lib/kubelet"
    """The kubelet's folder."""
    containerd: str = "/run/containerd/containerd.sock"
    """The container runtime's socket."""
    scratch: str = "/run/bulkhead-drill"
    """A folder for the sockets of the loosened installations."""
    passing: bool = False
    """Whether the cluster ends with the drill, so that nothing has to be taken away."""

    def image(self, name: str) -> str:
        """Give the reference of an image."""
        return reference(name, registry=self.registry)


def ground_of(cluster: Cluster, *, passing: bool = False) -> Ground:
    """Give the ground of a cluster that this project started; `passing` as in `Ground`."""
    return Ground(
        kubeconfig=cluster.kubeconfig,
        kubelet=str(INSIDE / "kubelet"),
        containerd=str(CONTAINERD),
        scratch=str(INSIDE / "drill"),
        passing=passing,
    )


@contextmanager
def drill_ground() -> Iterator[Ground]:
    """Give the cluster of `make cluster` with the images in it, or one that ends with the context.

    `KUBECONFIG` names somebody's own cluster, of one node; it must find the images below `REGISTRY`.

    Raises:
        DemoError: the images could not be built.
        ClusterError: the cluster did not start.
    """
    given = os.environ.get("KUBECONFIG")
    if given:
        yield Ground(kubeconfig=Path(given), registry=given_registry())
        return
    archives = build_images()
    with Cluster.running_or_own() as cluster:
        for archive in archives:
            cluster.import_image(archive)
        yield ground_of(cluster, passing=not cluster.kubeconfig.is_relative_to(RUN))
