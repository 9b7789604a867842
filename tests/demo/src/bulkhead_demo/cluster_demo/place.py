"""Where the demo in containers takes place: the node of `make cluster`, one of its own, or that of KUBECONFIG."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_cluster.cluster import Cluster
from bulkhead_demo.cluster_demo.release import NAMESPACE
from bulkhead_demo.shop import DEMO_NAMESPACE
from bulkhead_demo.story import DemoError, say
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.toolchain import CHECKOUT

_IMAGES: Final = CHECKOUT / "build" / "images"
_BUILD_S: Final = 1800
OURS: Final = ("controller", "certcontroller", "webhook", "provider-vault", "provider-fake")
OPENBAO: Final = "openbao"
_DEFAULT_REGISTRY: Final = "localhost/bulkhead"
_TAG: Final = "0.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster that has the images, and the rights of its administrator."""

    kubeconfig: Path
    admin: Admin
    registry: str
    """Where its kubelet finds the images, without a slash at the end."""
    given: bool
    """Whether it is somebody's own cluster, in which nothing may be left."""

    def image(self, name: str) -> str:
        """Give the reference of an image that is none of the chart's."""
        return f"{self.registry}/{name}:{_TAG}"


@contextmanager
def demo_place() -> Iterator[Place]:
    """Give a cluster with the images in it; one of its own ends with the context.

    `KUBECONFIG` names somebody's own cluster; its nodes must find the images below `REGISTRY`.

    Raises:
        DemoError: the images could not be built, or Bulkhead is there already.
    """
    given = os.environ.get("KUBECONFIG")
    if given:
        registry = os.environ.get("REGISTRY", _DEFAULT_REGISTRY).rstrip("/")
        with Admin(Path(given)) as admin:
            _refuse_to_disturb(admin)
            say(
                f"The cluster of KUBECONFIG is used; its nodes must find {', '.join((*OURS, OPENBAO))} below {registry}"
            )
            yield Place(kubeconfig=Path(given), admin=admin, registry=registry, given=True)
        return
    say("Images are built from the locked requirements")
    started = time.monotonic()
    archives = build_images([*OURS, OPENBAO])
    print(f"{len(archives)} images after {time.monotonic() - started:.0f} s")
    say("A real node starts: etcd, kube-apiserver, kubelet, containerd, in a network namespace of its own")
    with Cluster.running_or_own() as cluster:
        for archive in archives:
            cluster.import_image(archive)
        with Admin(cluster.kubeconfig) as admin:
            _refuse_to_disturb(admin)
            yield Place(kubeconfig=cluster.kubeconfig, admin=admin, registry=_DEFAULT_REGISTRY, given=False)


def build_images(names: Sequence[str]) -> Sequence[Path]:
    """Build images as OCI archives, or find them built; raises DemoError with the builder's words."""
    command = [sys.executable, "-m", "bulkhead_images", "build", *names, "--output", str(_IMAGES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_BUILD_S)
    if done.returncode != 0:
        raise DemoError(f"the images could not be built: {done.stderr.strip()[-2000:]}")
    return [_IMAGES / f"{name}.oci.tar" for name in names]


def _refuse_to_disturb(admin: Admin) -> None:
    """The story makes and deletes these namespaces, so they must not be somebody's."""
    for namespace in (NAMESPACE, DEMO_NAMESPACE, OPENBAO):
        if admin.get(f"/api/v1/namespaces/{namespace}", dict) is not None:
            raise DemoError(
                f"namespace {namespace} exists in this cluster; the demo would delete it, so remove it first"
            )
