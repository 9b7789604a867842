"""What tests on the node rely on: programs run in containers, a kubelet that comes back, and nothing left behind."""

import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from flows import pod_manifest, start_pods, wait_running

from bulkhead_cluster import background
from bulkhead_cluster.cluster import Cluster
from bulkhead_cluster.containers import exec_in
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import KUBERNETES_SERVICE, Place, Plan, cgroup_of
from bulkhead_cluster.settings import KERNEL
from bulkhead_images.oci import Image, archive, layer
from bulkhead_images.tree import Entry
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.binaries import pause_binary

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("drill")]

_POD = "node-tests/program"
_LISTENING = 8080


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata


class _Pods(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Pod]


@pytest.fixture(scope="module", autouse=True)
def pod(admin: Admin) -> None:
    start_pods(admin, [_POD], ports=[_LISTENING])


def run(cluster: Cluster, *command: str, stdin: bytes = b"") -> tuple[int, bytes]:
    done = exec_in(
        cluster.kubeconfig, namespace="node-tests", pod="program", container="flow", command=command, stdin=stdin
    )
    return done.exit_code, done.stdout


def test_a_program_in_a_container_reads_its_input_to_the_end_and_answers_in_bytes(cluster: Cluster) -> None:
    sent = random.Random(7).randbytes(700_000)  # noqa: S311 - any bytes
    assert run(cluster, "/pause", "copy", stdin=sent) == (0, sent)


def test_a_program_in_a_container_ends_with_its_own_status(cluster: Cluster) -> None:
    assert run(cluster, "/pause", "dial", "127.0.0.1:1") == (1, b"")


def test_a_program_that_is_not_in_the_container_is_no_exit_status(cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="could not be started"):
        run(cluster, "/bin/sh")


def test_an_image_that_is_imported_runs_under_its_name(cluster: Cluster, admin: Admin, tmp_path: Path) -> None:
    program = Entry(path="pause", content=pause_binary().read_bytes(), mode=0o755)
    reference = "localhost/node-tests/another:1"
    image = Image(
        reference=reference,
        layers=[layer("pause", [program])],
        entrypoint=["/pause"],
        created=datetime(2026, 1, 1, tzinfo=UTC),
        user="65532",
    )
    (tmp_path / "another.oci.tar").write_bytes(archive(image).content)
    cluster.import_image(tmp_path / "another.oci.tar")
    name = "node-tests/another"
    admin.apply(pod_manifest(name, ports=[_LISTENING], image=reference))
    wait_running(admin, name)


def test_the_log_of_a_container_is_read_through_the_api_server(admin: Admin) -> None:
    pods = admin.get("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns", _Pods)
    assert pods is not None
    assert b"CoreDNS-" in admin.request("GET", f"/api/v1/namespaces/kube-system/pods/{pods.items[0].metadata.name}/log")


def test_a_pod_reaches_the_api_server_by_its_service(cluster: Cluster) -> None:
    assert run(cluster, "/pause", "dial", f"{KUBERNETES_SERVICE}:443")[0] == 0


def test_a_pod_finds_a_service_by_name(cluster: Cluster) -> None:
    assert run(cluster, "/pause", "dial", "kubernetes.default.svc:443")[0] == 0


def test_a_pod_outlives_the_kubelet(cluster: Cluster) -> None:
    cluster.restart_kubelet()
    assert run(cluster, "/pause", "dial", f"127.0.0.1:{_LISTENING}")[0] == 0


@pytest.mark.usefixtures("cluster")
def test_a_second_cluster_runs_beside_and_leaves_nothing_though_its_starter_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "second"
    before = _machine()
    code = "import sys; from pathlib import Path; from bulkhead_cluster import background; "
    starter = subprocess.Popen(
        [sys.executable, "-c", code + "background.start(Path(sys.argv[1]), detached=True)", str(folder)],
        stderr=subprocess.DEVNULL,
    )
    try:
        # Half way: its processes start, it is not ready.
        plan = wait_for(lambda: background.plan_of(folder), what="the plan of the second cluster", timeout_s=30)
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()
        wait_for(lambda: True if (folder / "ready").exists() else None, what="the second cluster", timeout_s=90)
        with Admin(folder / "kubeconfig") as admin:
            assert admin.get("/api/v1/namespaces/node-tests", dict) is None
        assert all(_traces(folder, plan).values())
    finally:
        background.stop(folder)
    assert not any(_traces(folder, plan).values())
    assert _machine() == before


def _traces(folder: Path, plan: Plan) -> dict[str, bool]:
    """Say which traces of a cluster there are; others may come and go on the machine meanwhile."""
    return {
        "process": background.first_process(folder) is not None,
        "link": Path("/sys/class/net", Place(plan.number).link).exists(),
        "control group": any(Path("/sys/fs/cgroup").glob(f"**/{cgroup_of(folder)}")),
        "files": folder.exists(),
    }


def _machine() -> dict[str, object]:
    """Look at what a node changes on a machine that does not keep it in namespaces."""
    folders = (
        "/run/containerd",
        "/run/netns",
        "/var/lib/cni",
        "/var/lib/kubelet",
        "/var/log/containers",
        "/var/log/pods",
    )
    return {
        "kernel": {name: Path("/proc/sys", name).read_text() for name in KERNEL if Path("/proc/sys", name).exists()},
        "folders": [each for each in folders if Path(each).exists()],
        "mounts": [line for line in Path("/proc/mounts").read_text().splitlines() if "bulkhead" in line],
        "filters": subprocess.run(["nft", "list", "ruleset"], capture_output=True, check=True).stdout,
    }
