"""The control plane does what tests rely on, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from kubernetes import client

from bulkhead_testkit.audit import requests_for
from bulkhead_testkit.binaries import required_version
from bulkhead_testkit.cluster import KUBECONFIG_VARIABLE, ClusterError, open_cluster
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import (
    ServiceAccountFiles,
    api_client,
    request_token,
    write_service_account_files,
)
from bulkhead_testkit.process import ProcessError
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

CANARY = "never-in-an-audit-log"
METADATA = client.V1ObjectMeta


def wait_until(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {timeout_s} s"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        # A zombie that its new parent has not fetched yet runs no more.
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def name_of(metadata: client.V1ObjectMeta | None) -> str:
    assert metadata is not None
    assert metadata.name is not None
    return metadata.name


@pytest.fixture
def core(plane: ControlPlane) -> Iterator[client.CoreV1Api]:
    with api_client(plane.admin_kubeconfig) as api:
        yield client.CoreV1Api(api)


@pytest.fixture
def namespace(core: client.CoreV1Api) -> str:
    name = f"test-{uuid4().hex[:8]}"
    core.create_namespace(client.V1Namespace(metadata=METADATA(name=name)))
    return name


def service_account_files(plane: ControlPlane, folder: Path) -> ServiceAccountFiles:
    return write_service_account_files(
        folder,
        server=plane.server,
        ca_file=plane.ca_file,
        admin_kubeconfig=plane.admin_kubeconfig,
        namespace="default",
        name="default",
    )


@pytest.mark.skipif("KUBEBUILDER_ASSETS" in os.environ, reason="another version was asked for")
def test_the_api_server_reports_the_version_of_the_go_module(plane: ControlPlane) -> None:
    go_mod = (CHECKOUT / "tests" / "testenv" / "go.mod").read_text()
    with api_client(plane.admin_kubeconfig) as api:
        version = client.VersionApi(api).get_code()
    assert version.git_version == required_version(go_mod, "k8s.io/kubernetes")
    assert f"v{version.major}.{version.minor}." in version.git_version


def test_a_deleted_namespace_goes_with_all_that_is_in_it(core: client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_secret(namespace, client.V1Secret(metadata=METADATA(name="inside")))
    core.delete_namespace(namespace)
    wait_until(lambda: namespace not in {name_of(item.metadata) for item in core.list_namespace().items})


def test_an_object_is_collected_when_its_owner_is_deleted(core: client.CoreV1Api, namespace: str) -> None:
    owner = core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=METADATA(name="owner")))
    assert owner.metadata is not None
    assert owner.metadata.uid is not None
    reference = client.V1OwnerReference(api_version="v1", kind="ConfigMap", name="owner", uid=owner.metadata.uid)
    owned = METADATA(name="owned", owner_references=[reference])
    core.create_namespaced_secret(namespace, client.V1Secret(metadata=owned))
    core.delete_namespaced_config_map("owner", namespace)
    wait_until(lambda: core.list_namespaced_secret(namespace).items == [])


def test_the_files_of_a_service_account_are_its_identity_and_nothing_more(plane: ControlPlane, tmp_path: Path) -> None:
    files = service_account_files(plane, tmp_path / "account")
    with api_client(files.kubeconfig) as api:
        review = client.AuthenticationV1Api(api).create_self_subject_review(client.V1SelfSubjectReview())
        with pytest.raises(client.ApiException) as refusal:
            client.CoreV1Api(api).list_secret_for_all_namespaces()

    assert review.status is not None
    assert review.status.user_info is not None
    assert review.status.user_info.username == "system:serviceaccount:default:default"
    assert refusal.value.status == 403
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "ca.crt",
        "kubeconfig",
        "namespace",
        "token",
    ]
    assert {path.stat().st_mode & 0o777 for path in files.folder.iterdir()} == {0o600}


def test_a_service_account_token_is_renewed_in_place(plane: ControlPlane, tmp_path: Path) -> None:
    first = service_account_files(plane, tmp_path / "account")
    token = (first.folder / "token").read_bytes()
    again = service_account_files(plane, tmp_path / "account")

    assert again.kubeconfig == first.kubeconfig
    assert (again.folder / "token").read_bytes() != token


def test_a_token_for_another_audience_is_nothing_to_the_api_server(plane: ControlPlane, tmp_path: Path) -> None:
    token = request_token(
        plane.admin_kubeconfig, namespace="default", name="default", audiences=("https://vault.example.com",)
    )
    files = service_account_files(plane, tmp_path / "account")
    (files.folder / "token").write_bytes(token.value.reveal())
    with api_client(files.kubeconfig) as api, pytest.raises(client.ApiException) as refusal:
        client.AuthenticationV1Api(api).create_self_subject_review(client.V1SelfSubjectReview())

    assert refusal.value.status == 401


def test_the_audit_log_tells_who_wrote_a_secret_but_not_what(
    plane: ControlPlane, core: client.CoreV1Api, namespace: str
) -> None:
    secret = client.V1Secret(metadata=METADATA(name="audited"), string_data={"password": CANARY})
    core.create_namespaced_secret(namespace, secret)
    core.patch_namespaced_secret("audited", namespace, {"metadata": {"labels": {"a": "b"}}})

    def seen() -> list[tuple[str, str]]:
        events = requests_for(plane.audit_log, resource="secrets")
        return [
            (event.verb, event.user.username)
            for event in events
            if event.object_ref is not None and event.object_ref.namespace == namespace
        ]

    wait_until(lambda: ("patch", "admin") in seen())
    assert seen() == [("create", "admin"), ("patch", "admin")]
    assert CANARY not in plane.audit_log.read_text()


def test_the_api_server_comes_back_on_its_port_with_its_data_after_a_kill(tmp_path: Path) -> None:
    with ControlPlane(tmp_path / "plane") as plane:
        server, etcd = plane.server, plane.pids["etcd"]
        with api_client(plane.admin_kubeconfig) as api:
            client.CoreV1Api(api).create_namespace(client.V1Namespace(metadata=METADATA(name="kept")))

        plane.stop_apiserver(grace_s=0)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(server.rpartition(":")[2])), timeout=5)
        plane.start_apiserver()

        with api_client(plane.admin_kubeconfig) as api:
            assert name_of(client.CoreV1Api(api).read_namespace("kept").metadata) == "kept"
        assert (plane.server, plane.pids["etcd"]) == (server, etcd)
        assert set(plane.pids) == {"etcd", "kube-apiserver", "kube-controller-manager"}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=lambda end: end.name)
def test_no_process_outlives_the_program_that_holds_the_control_plane(tmp_path: Path, end: signal.Signals) -> None:
    holder = f"""
import signal, time
from pathlib import Path
from bulkhead_testkit.controlplane import ControlPlane
# A run in the background hands down that SIGINT is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with ControlPlane(Path({str(tmp_path / "plane")!r}), audited=False) as plane:
    print(*plane.pids.values(), flush=True)
    time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 3
        assert not any(is_gone(pid) for pid in pids)
        parent.send_signal(end)
        assert parent.wait(timeout=30) != 0

    wait_until(lambda: all(is_gone(pid) for pid in pids))
    assert (tmp_path / "plane" / "logs" / "kube-apiserver.log").exists()


def test_a_control_plane_that_cannot_start_says_which_program_and_keeps_its_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in ("etcd", "kube-apiserver", "kube-controller-manager"):
        (assets / name).write_text("#!/bin/sh\necho 'no disk space left'\nexit 3\n")
        (assets / name).chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))

    with pytest.raises(ProcessError, match="ended with status 3") as failure:
        ControlPlane(tmp_path / "plane").start()

    assert failure.value.__notes__ == ["no disk space left\n"]
    assert f"its logs are kept in {tmp_path / 'plane' / 'logs'}" in capsys.readouterr().err


def test_a_given_kubeconfig_is_used_instead_of_a_control_plane(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KUBECONFIG_VARIABLE, str(plane.admin_kubeconfig))
    with open_cluster(tmp_path / "unused") as cluster:
        assert (cluster.server, cluster.ca_file) == (plane.server, plane.ca_file)
        assert cluster.admin_kubeconfig == plane.admin_kubeconfig
    assert not (tmp_path / "unused").exists()


def test_a_given_kubeconfig_that_checks_no_certificate_is_refused(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = tmp_path / "kubeconfig"
    secure = f"certificate-authority: {plane.ca_file}"
    careless.write_text(plane.admin_kubeconfig.read_text().replace(secure, "insecure-skip-tls-verify: true"))
    monkeypatch.setenv(KUBECONFIG_VARIABLE, str(careless))
    with pytest.raises(ClusterError, match="no certificate-authority"), open_cluster(tmp_path / "unused"):
        pass
