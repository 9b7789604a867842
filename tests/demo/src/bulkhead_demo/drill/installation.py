"""One installation of the chart for the drill: as it is, or loosened; and a hand on its Pods."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.cluster_demo.objects import namespace
from bulkhead_demo.drill.ground import Ground
from bulkhead_demo.drill.loosen import Loosening, loosened, token_secrets
from bulkhead_demo.drill.model import PROVIDERS, Process, Topology
from bulkhead_demo.drill.values import CREDENTIAL
from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, AdminError, Manifest, in_order_of_dependence, wait_for

_READY_S: Final = 240.0


class _Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    labels: dict[str, str] = {}
    deletion_timestamp: str = ""


class _Annotated(msgspec.Struct, frozen=True, kw_only=True):
    namespace: str = ""
    annotations: dict[str, str] = {}


class _ContainerStatus(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    ready: bool = False
    started: bool | None = None


class _PodStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pod_ip: str = msgspec.field(name="podIP", default="")
    container_statuses: list[_ContainerStatus] = []
    init_container_statuses: list[_ContainerStatus] = []


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata
    status: _PodStatus = _PodStatus()


class _Pods(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Pod]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process runs."""

    pod: str
    container: str
    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A release in a namespace of its own."""

    admin: Admin
    kubeconfig: Path
    topology: Topology
    values: Mapping[str, object]
    loosening: Loosening | None = None
    """How it is loosened; None means that it is as the chart makes it."""

    @property
    def release(self) -> str:
        """Name of the release, and class of the stores that it serves."""
        return release_name(self.topology, loose=self.loosening is not None)

    @property
    def namespace(self) -> str:
        """Where it is."""
        return f"{self.release}-system"

    def prepare(self, credential: str) -> None:
        """Make the namespace and the vault provider's credential in it."""
        enforced = "privileged" if self.loosening else "restricted"
        self.admin.apply(namespace(self.namespace, enforced=enforced))
        self.admin.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": CREDENTIAL, "namespace": self.namespace},
                "data": {"token": base64.b64encode(credential.encode()).decode()},
            }
        )

    def manifests(self) -> list[Manifest]:
        """Give what it consists of.

        Raises:
            HelmError: the values were refused.
        """
        rendered = helm.render(self.values, release=self.release, namespace=self.namespace)
        made: list[Manifest] = [each for each in rendered if not is_hook(each)]
        return loosened(made, self.loosening) if self.loosening else made

    def install(self) -> None:
        """Install it; returns when the API server has all of it.

        Raises:
            HelmError, AdminError: an object was refused.
        """
        if self.loosening is None:
            helm.install(self.values, kubeconfig=self.kubeconfig, release=self.release, namespace=self.namespace)
            return
        for manifest in in_order_of_dependence(self.manifests()):
            self.admin.apply(manifest)

    def wait_until_running(self) -> Mapping[Process, Place]:
        """Wait until every process runs, and is ready but for a controller without the fence that it asks for.

        Raises:
            AdminError: one is not in time; names those that run.
        """
        try:
            return wait_for(self._places, what=f"the processes of {self.release} run", timeout_s=_READY_S)
        except AdminError as error:
            error.add_note(f"these run: {sorted(self._running())}")
            raise

    def remove(self) -> None:
        """Take it away, all that is cluster-wide too."""
        if self.loosening is None:
            self._uninstall()
        else:
            # At once: a container runtime may wait in vain for the end of what a thief has touched.
            pods = f"/api/v1/namespaces/{self.namespace}/pods?gracePeriodSeconds=0"
            self.admin.delete(namespace(self.namespace))
            self.admin.request("DELETE", pods)
            for manifest in self.manifests():
                if not msgspec.convert(manifest["metadata"], _Annotated).namespace:
                    self.admin.delete(manifest)
        self.admin.delete(namespace(self.namespace))

    def _uninstall(self) -> None:
        try:
            helm.uninstall(self.release, kubeconfig=self.kubeconfig, namespace=self.namespace)
        except helm.HelmError as error:
            # It failed before it came to this.
            if "not found" not in str(error):
                raise

    def _places(self) -> Mapping[Process, Place] | None:
        running = self._running()
        return running if len(running) == len(Process) else None

    def _running(self) -> Mapping[Process, Place]:
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        pods = msgspec.json.decode(self.admin.request("GET", path), type=_Pods).items
        return {
            process: Place(pod=pod.metadata.name, container=process.value, ip=pod.status.pod_ip)
            for pod in pods
            for status in (*pod.status.container_statuses, *pod.status.init_container_statuses)
            for process in Process
            if status.name == process.value and self._counts(pod, status)
        }

    def _counts(self, pod: _Pod, status: _ContainerStatus) -> bool:
        loose_controller = self.loosening is not None and status.name == Process.CONTROLLER
        # Pods of an older template may still be there.
        return not pod.metadata.deletion_timestamp and (status.ready or (loose_controller and bool(status.started)))


def is_hook(manifest: Manifest) -> bool:
    """Whether Helm makes the object at some moments alone, as for `helm test`."""
    metadata = msgspec.convert(manifest["metadata"], _Annotated)
    return "helm.sh/hook" in metadata.annotations


def release_name(topology: Topology, *, loose: bool) -> str:
    """Name the release of a topology."""
    return f"loose-{topology}" if loose else f"drill-{topology}"


def loosening_of(topology: Topology, *, hosts: list[str], ground: Ground) -> Loosening:
    """Say how the loosened installation of a topology is made.

    Args:
        topology: of it.
        hosts: backends that its provider servers may talk to.
        ground: the cluster.
    """
    release = release_name(topology, loose=True)
    return Loosening(
        namespace=f"{release}-system",
        release=release,
        secrets=[CREDENTIAL, *token_secrets(release)],
        hosts=hosts,
        pods_folder=f"{ground.kubelet}/pods",
        containerd=ground.containerd,
        sockets_folder=ground.scratch,
    )


def shares_pod(process: Process, topology: Topology) -> bool:
    """Whether a process runs in the controller's Pod."""
    return process is Process.CONTROLLER or (topology is Topology.SIDECAR and process in PROVIDERS)
