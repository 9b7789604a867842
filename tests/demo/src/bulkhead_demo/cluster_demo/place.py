"""Where the demo in containers takes place: the node of `make cluster`, one of its own, or that of KUBECONFIG."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bulkhead_cluster.cluster import Cluster
from bulkhead_demo.cluster_demo.images import ALL, DEFAULT_REGISTRY, OPENBAO, build_images, given_registry
from bulkhead_demo.cluster_demo.objects import has_namespace
from bulkhead_demo.cluster_demo.release import NAMESPACE
from bulkhead_demo.shop import DEMO_NAMESPACE
from bulkhead_demo.story import DemoError, say
from bulkhead_testkit.admin import Admin


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster that has the images, and the rights of its administrator."""

    kubeconfig: Path
    admin: Admin
    registry: str
    """Where its kubelet finds the images, without a slash at the end."""


@contextmanager
def demo_place() -> Iterator[Place]:
    """Give a cluster with the images in it; one of its own ends with the context.

    `KUBECONFIG` names somebody's own cluster; its nodes must find the images below `REGISTRY`.

    Raises:
        DemoError: the images could not be built, or Bulkhead is there already.
    """
    given = os.environ.get("KUBECONFIG")
    if given:
        registry = given_registry()
        with Admin(Path(given)) as admin:
            _refuse_to_disturb(admin)
            say(f"The cluster of KUBECONFIG is used; its nodes must find {', '.join(ALL)} below {registry}")
            yield Place(kubeconfig=Path(given), admin=admin, registry=registry)
        return
    say("Images are built from the locked requirements")
    started = time.monotonic()
    archives = build_images()
    print(f"{len(archives)} images after {time.monotonic() - started:.0f} s")
    say("A real node starts: etcd, kube-apiserver, kubelet, containerd, in a network namespace of its own")
    with Cluster.running_or_own() as cluster:
        for archive in archives:
            cluster.import_image(archive)
        with Admin(cluster.kubeconfig) as admin:
            _refuse_to_disturb(admin)
            yield Place(kubeconfig=cluster.kubeconfig, admin=admin, registry=DEFAULT_REGISTRY)


def _refuse_to_disturb(admin: Admin) -> None:
    """The story makes and deletes these namespaces, so they must not be somebody's."""
    for name in (NAMESPACE, DEMO_NAMESPACE, OPENBAO):
        if has_namespace(admin, name):
            raise DemoError(f"namespace {name} exists in this cluster; the demo would delete it, so remove it first")
