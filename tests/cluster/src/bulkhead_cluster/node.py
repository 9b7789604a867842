"""Brings a node up from inside its namespaces: configuration, processes in order, DNS, the wait until it is ready."""

import http.client
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster import dns, proof, settings
from bulkhead_cluster.certificates import NodeCertificates
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import API_PORT, CONTAINERD, INSIDE, NODE_NAME, Files, Place, Plan, cgroup_of
from bulkhead_cluster.policy import account
from bulkhead_cluster.programs import environment
from bulkhead_testkit import audit
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.kubeconfig import write_certificate_kubeconfig, write_service_account_files
from bulkhead_testkit.planecerts import KeyPair
from bulkhead_testkit.planeflags import controller_manager_flags, etcd_flags
from bulkhead_testkit.process import Process
from bulkhead_testkit.progress import Progress

_READY_S: Final = 60.0
_ANSWER_S: Final = 2.0
_IMPORT_S: Final = 300.0
_DAY_S: Final = 24 * 3600
_FILES: Final = Files(INSIDE)


class _Condition(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    status: str


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    conditions: list[_Condition] = []


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    status: _Status = _Status()


class Node:
    """All processes of a cluster with one node; made and used by the first process of its namespaces."""

    def __init__(self, plan: Plan) -> None:
        """Write the configuration of everything; nothing starts yet."""
        self._plan = plan
        self._place = Place(plan.number)
        self._certificates = NodeCertificates.create(_FILES.pki, self._place)
        self._snapshotter = _FILES.snapshotter.read_text()
        self._admin = INSIDE / "admin.kubeconfig"
        self._configure()
        self.processes: Mapping[str, Process] = {
            name: Process(name, argv, log=_FILES.logs / f"{name}.log", cwd=INSIDE)
            for name, argv in self._commands().items()
        }
        """By name; what ends before the node does is started again by `supervision`."""

    def start(self) -> None:
        """Start everything and wait until Pods run and find each other by name.

        Raises:
            ProcessError: a program ended or did not get ready; its note has the end of the log.
            AdminError: the API server refused something, or the node did not get ready.
            ClusterError: an image could not be imported.
        """
        progress = Progress("node")
        with ThreadPoolExecutor() as pool:
            runtime = pool.submit(self._start_runtime)
            self._start_plane()
            progress.say(f"API server ready after {progress.elapsed_s:.1f} s")
            for name in ("kube-controller-manager", "kube-scheduler", "kube-proxy"):
                self.processes[name].start()
            runtime.result()
        with Admin(self._admin) as admin:
            self._start_policy_agent(admin)
            self.processes["kubelet"].start()
            for manifest in dns.manifests():
                admin.apply(manifest)
            proof.prepare(admin)
            _wait_for_condition(admin, f"/api/v1/nodes/{NODE_NAME}", "Ready")
            progress.say(f"kubelet ready after {progress.elapsed_s:.1f} s")
            _wait_for_condition(admin, "/apis/apps/v1/namespaces/kube-system/deployments/coredns", "Available")
            progress.say(f"DNS ready after {progress.elapsed_s:.1f} s")
            proof.prove(admin, self._admin, node_address=self._place.node_address, api_port=API_PORT)
            progress.say(f"NetworkPolicies seen enforced after {progress.elapsed_s:.1f} s")

    def _start_runtime(self) -> None:
        containerd = self.processes["containerd"].start()
        containerd.wait_until(partial(_answers_ctr), _READY_S)
        for archive in self._plan.archives:
            import_image(Path(archive), self._snapshotter)

    def _start_policy_agent(self, admin: Admin) -> None:
        """Before kubelet, so that no Pod runs before its policies."""
        for manifest in account.manifests():
            admin.apply(manifest)
        write_service_account_files(
            INSIDE / account.NAME,
            server=self._place.server,
            ca_file=self._certificates.plane.ca_file,
            admin_kubeconfig=self._admin,
            namespace=account.NAMESPACE,
            name=account.NAME,
            expires_s=_DAY_S,
        )
        self.processes["policy-agent"].start().wait_until(_FILES.policy_ready.exists, _READY_S)

    def _start_plane(self) -> None:
        self.processes["etcd"].start()
        self.processes["kube-apiserver"].start().wait_until(self._answers, _READY_S)

    def _answers(self) -> bool:
        admin = self._certificates.plane.admin
        context = ssl.create_default_context(cafile=str(self._certificates.plane.ca_file))
        context.load_cert_chain(admin.certificate, admin.key)
        address = self._place.node_address
        connection = http.client.HTTPSConnection(address, API_PORT, timeout=_ANSWER_S, context=context)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _configure(self) -> None:
        certificates = self._certificates
        (INSIDE / "audit-policy.yaml").write_text(audit.POLICY)
        cgroup = cgroup_of(Path(self._plan.folder))
        (INSIDE / "kubelet.json").write_bytes(settings.kubelet_config(self._place, certificates, cgroup=cgroup))
        (INSIDE / "kube-proxy.json").write_bytes(settings.proxy_config(self._place))
        (INSIDE / "containerd.toml").write_text(
            settings.containerd_config(snapshotter=self._snapshotter, cni_plugins=self._plan.cni_plugins)
        )
        (INSIDE / "cni").mkdir()
        (INSIDE / "cni" / "bulkhead.conflist").write_bytes(settings.cni_config())
        pairs = {
            "admin": certificates.plane.admin,
            "kube-controller-manager": certificates.plane.controller_manager,
            "kube-scheduler": certificates.scheduler,
            "kube-proxy": certificates.kube_proxy,
            "kubelet": certificates.kubelet,
        }
        for who, pair in pairs.items():
            self._write_kubeconfig(INSIDE / f"{who}.kubeconfig", pair, pki=_FILES.pki)
        # The same for people on the host, who know the folder by another name.
        self._write_kubeconfig(_FILES.kubeconfig, certificates.plane.admin, pki=Files(Path(self._plan.folder)).pki)

    def _write_kubeconfig(self, file: Path, pair: KeyPair, *, pki: Path) -> None:
        named = KeyPair(certificate=pki / pair.certificate.name, key=pki / pair.key.name)
        ca_file = pki / self._certificates.plane.ca_file.name
        write_certificate_kubeconfig(file, server=self._place.server, ca_file=ca_file, pair=named)

    def _commands(self) -> Mapping[str, Sequence[str]]:
        programs = self._plan.programs
        layout = settings.plane_layout(self._place, self._certificates)
        return {
            "containerd": ("containerd", "--config", str(INSIDE / "containerd.toml")),
            "etcd": (programs["etcd"], *etcd_flags(layout)),
            "kube-apiserver": (
                programs["kube-apiserver"],
                *settings.node_apiserver_flags(layout, self._certificates),
            ),
            "kube-controller-manager": (programs["kube-controller-manager"], *controller_manager_flags(layout)),
            "kube-scheduler": (programs["kube-scheduler"], *settings.scheduler_flags()),
            "kube-proxy": (programs["kube-proxy"], f"--config={INSIDE / 'kube-proxy.json'}"),
            "kubelet": (programs["kubelet"], *settings.kubelet_flags()),
            "policy-agent": (
                *(sys.executable, "-m", "bulkhead_cluster.policy.agent"),
                *(self._place.server, str(INSIDE / account.NAME), str(_FILES.policy_ready)),
            ),
        }


def import_image(archive: Path, snapshotter: str, *, enter: Sequence[str] = ()) -> None:
    """Import an image into the container runtime, unpacked.

    Args:
        archive: an OCI layout as a tar.
        snapshotter: of the runtime.
        enter: the command that runs another inside the node; none for who is inside.

    Raises:
        ClusterError: the runtime refused it.
    """
    # The archive comes by standard input, as the node may not see its path.
    command = [*enter, "ctr", "--address", str(CONTAINERD), "--namespace", "k8s.io", "images", "import"]
    with archive.open("rb") as content:
        done = subprocess.run(
            [*command, "--snapshotter", snapshotter, "-"],
            stdin=content,
            capture_output=True,
            text=True,
            timeout=_IMPORT_S,
            check=False,
            env=environment(),
        )
    if done.returncode != 0:
        raise ClusterError(f"image {archive}: could not be imported: {(done.stderr or done.stdout).strip()}")


def _answers_ctr() -> bool:
    command = ["ctr", "--address", str(CONTAINERD), "version"]
    return subprocess.run(command, capture_output=True, timeout=_ANSWER_S, check=False).returncode == 0


def _wait_for_condition(admin: Admin, path: str, condition: str) -> None:
    def look() -> bool | None:
        seen = admin.get(path, _Seen)
        conditions = seen.status.conditions if seen else []
        return True if any(each.type == condition and each.status == "True" for each in conditions) else None

    wait_for(look, what=f"{path} {condition}", timeout_s=_READY_S)
