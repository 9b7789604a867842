"""The load generator writes what it says, counts what fails and shows no value."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from bulkhead_testkit.admin import Admin
from bulkhead_testkit.binaries import loadgen_binary
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import write_service_account_files

pytestmark = pytest.mark.slow

OBJECTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A namespace with ExternalSecrets, and whom the load generator writes as."""

    admin: Admin
    plane: ControlPlane
    namespace: str
    account: Path

    def run(self, mode: str, *, seed: int = 1, count: int = OBJECTS) -> subprocess.CompletedProcess[str]:
        flags = (
            f"--server={self.plane.server}",
            f"--ca={self.account / 'ca.crt'}",
            f"--token-file={self.account / 'token'}",
            f"--namespace={self.namespace}",
            f"--mode={mode}",
            f"--seed={seed}",
            f"--count={count}",
            "--connections=4",
        )
        return subprocess.run([loadgen_binary(), *flags], capture_output=True, text=True, timeout=60, check=False)

    def secret_versions(self) -> set[tuple[str, str]]:
        answer = json.loads(self.admin.request("GET", f"/api/v1/namespaces/{self.namespace}/secrets"))
        return {(item["metadata"]["name"], item["metadata"]["resourceVersion"]) for item in answer["items"]}

    def ready_external_secrets(self) -> int:
        path = f"/apis/external-secrets.io/v1/namespaces/{self.namespace}/externalsecrets"
        answer = json.loads(self.admin.request("GET", path))
        return sum("conditions" in item.get("status", {}) for item in answer["items"])


@pytest.fixture
def target(plane: ControlPlane, admin: Admin, tmp_path: Path) -> Target:
    namespace = f"load-{uuid4().hex[:8]}"
    admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    admin.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "load"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}],
        }
    )
    for number in range(OBJECTS):
        admin.apply(
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": "ExternalSecret",
                "metadata": {"name": f"bench-{number:05d}", "namespace": namespace},
                "spec": {
                    "secretStoreRef": {"name": "none"},
                    "data": [{"secretKey": "k", "remoteRef": {"key": "k"}}],
                },
            }
        )
    files = write_service_account_files(
        tmp_path / "account",
        server=plane.server,
        ca_file=plane.ca_file,
        admin_kubeconfig=plane.admin_kubeconfig,
        namespace="default",
        name="default",
    )
    return Target(admin=admin, plane=plane, namespace=namespace, account=files.folder)


def test_syncs_are_written_then_changed_then_found_unchanged(target: Target) -> None:
    created = json.loads(target.run("create").stdout)
    first = target.secret_versions()
    assert created["errors"] == 0
    assert created["syncs_per_s"] == pytest.approx(OBJECTS / created["seconds"])
    assert 0 < created["latency_ms"]["p50"] <= created["latency_ms"]["p99"]
    assert len(first) == OBJECTS
    assert target.ready_external_secrets() == OBJECTS

    assert target.run("update", seed=2).returncode == 0
    second = target.secret_versions()
    assert first.isdisjoint(second)

    assert target.run("unchanged", seed=2).returncode == 0
    assert target.secret_versions() == second


def test_a_refused_write_is_counted_with_its_status_and_without_its_text(target: Target) -> None:
    assert target.run("create").returncode == 0
    again = target.run("create")

    assert again.returncode == 1
    assert json.loads(again.stdout)["errors"] == OBJECTS
    assert json.loads(again.stdout)["first_error_status"] == 409
    assert (
        again.stderr == f"loadgen: {OBJECTS} of {OBJECTS} syncs failed, the first with HTTP status 409 (0: no reply)\n"
    )


def test_a_missing_external_secret_is_named_before_anything_is_written(target: Target) -> None:
    failed = target.run("create", count=OBJECTS + 1)
    assert failed.returncode == 1
    assert 'no ExternalSecret "bench-00020"' in failed.stderr
    assert target.secret_versions() == set()
