"""Programs come from where the user says, and their versions from go.mod."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bulkhead_testkit.binaries import helm_binary, kube_binaries, required_version
from bulkhead_testkit.gobuild import BuildError
from bulkhead_testkit.toolchain import CHECKOUT

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager")
GO_MOD = """module x

require example.com/alone v0.1.0

require (
	example.com/kube v1.37.2
	example.com/kube-openapi v0.2.0 // indirect
)
"""


def make_assets(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("module", "want"),
    [
        pytest.param("example.com/kube", "v1.37.2", id="in-a-block"),
        pytest.param("example.com/alone", "v0.1.0", id="on-a-line-of-its-own"),
        pytest.param("example.com/kube-openapi", "v0.2.0", id="with-a-name-that-begins-the-same"),
    ],
)
def test_a_required_version_is_read_from_go_mod(module: str, want: str) -> None:
    assert required_version(GO_MOD, module) == want


def test_a_module_that_go_mod_does_not_require_is_named() -> None:
    with pytest.raises(BuildError, match=r"does not require example\.com/none"):
        required_version(GO_MOD, "example.com/none")


def test_the_staging_modules_are_of_the_same_kubernetes_release() -> None:
    go_mod = (CHECKOUT / "tests" / "testenv" / "go.mod").read_text()
    staging = required_version(go_mod, "k8s.io/kubernetes").replace("v1.", "v0.")
    replaced = [line.split() for line in go_mod.splitlines() if " => " in line]

    assert replaced
    assert {(line[0], line[-1]) for line in replaced} == {(line[2], staging) for line in replaced}


def test_the_control_plane_of_kubebuilder_assets_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_assets(tmp_path, *PROGRAMS)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    found = kube_binaries()
    assert (found.etcd, found.kube_apiserver, found.kube_controller_manager) == tuple(
        tmp_path / name for name in PROGRAMS
    )


@pytest.mark.slow
def test_kubebuilder_assets_without_a_controller_manager_are_not_mixed_with_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_assets(tmp_path, "etcd", "kube-apiserver")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    found = kube_binaries()
    assert tmp_path not in {path.parent for path in (found.etcd, found.kube_apiserver)}
    assert "KUBEBUILDER_ASSETS has no kube-controller-manager: not used" in capsys.readouterr().err


@pytest.mark.slow
def test_helm_reports_the_version_of_the_go_module() -> None:
    version = subprocess.run([helm_binary(), "version", "--short"], capture_output=True, text=True, check=True)
    go_mod = (CHECKOUT / "tests" / "testenv" / "helm" / "go.mod").read_text()
    assert version.stdout.startswith(required_version(go_mod, "helm.sh/helm/v4"))


@pytest.mark.slow
def test_the_command_prints_one_path_a_line(tmp_path: Path) -> None:
    make_assets(tmp_path, *PROGRAMS)
    answer = subprocess.run(
        [sys.executable, "-m", "bulkhead_testkit.binaries", "kube"],
        env={**os.environ, "KUBEBUILDER_ASSETS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines() == [str(tmp_path / name) for name in PROGRAMS]
