"""The verbs behind `make demo`, `make drill-certs`, `make up` and `make down`, as a person would use them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bulkhead_testkit.admin import Admin
from bulkhead_testkit.manifests import external_secret, fake_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("demo")]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bulkhead_demo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=290)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def running_with(text: str) -> list[str]:
    commands = [_read(path / "cmdline") for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [command for command in commands if text in command]


def programs_of(home: Path) -> set[str]:
    """Give the programs that run for a stack with this folder, by the end of their path."""
    return {Path(command.split(" ")[0]).name for command in running_with(str(home))}


def test_demo_tells_its_story_with_every_refusal() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SecretSynced" in done.stdout
    assert "SUCCEEDED" not in done.stdout
    assert done.stdout.count("refused") >= 20
    assert "spec.dataFrom[0].find.name.regexp: " in done.stdout
    assert "every provider server refuses it after" in done.stdout


def test_the_drill_of_certificates_goes_as_expected_in_every_play() -> None:
    done = run("drill-certs")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    played, as_expected = (int(number) for number in re.findall(r"^(\d+) plays, (\d+) as expected", last)[0])
    assert played == as_expected >= 45
    assert "FAILED" not in done.stdout


def test_up_stays_says_so_when_asked_again_and_goes_down_without_a_trace(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = run("up", f"--run={folder}", "--providers=fake")
    assert first.returncode == 0, first.stderr
    try:
        supervisor = msgspec.json.decode((folder / "state.json").read_bytes())["pid"]
        with Admin(folder / "kubeconfig") as admin:
            assert admin.secret("demo", "settings") is not None
            server = admin.get("/api/v1/namespaces/default", dict)
        assert server is not None
        again = run("up", f"--run={folder}", "--providers=fake")
        assert (again.returncode, "up already" in again.stdout) == (0, True)
        assert msgspec.json.decode((folder / "state.json").read_bytes())["pid"] == supervisor
        home = Path(os.path.realpath(folder / "kubeconfig")).parents[1]
        assert running_with(str(home))
    finally:
        last = run("down", f"--run={folder}")
    assert last.returncode == 0, last.stderr
    assert running_with(str(home)) == []
    assert not folder.exists()
    assert not home.exists()


def test_a_state_laid_on_the_control_plane_alone_is_what_bulkhead_finds(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    verb = ("up", f"--run={folder}", "--providers=fake")
    first = run(*verb, "--only=control-plane")
    assert first.returncode == 0, first.stderr
    try:
        assert "without Bulkhead" in first.stdout
        home = Path(os.path.realpath(folder / "kubeconfig")).parents[1]
        assert {"etcd", "kube-apiserver", "kube-controller-manager"} == programs_of(home)
        supervisor = msgspec.json.decode((folder / "state.json").read_bytes())["pid"]
        with Admin(folder / "kubeconfig") as admin:
            admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "laid"}})
            admin.apply(fake_store("laid", {"k": "v"}))
            admin.apply(external_secret("laid", "db", store="fake", data={"k": {"key": "k"}}))
            again = run(*verb, "--only=control-plane")
            assert (again.returncode, "up already" in again.stdout) == (0, True)
            other = run("up", f"--run={folder}", "--providers=fake", "--profile=eso-compat")
            assert (other.returncode, "run `make down` first" in other.stderr) == (1, True)
            assert admin.secret("laid", "db") is None

            rest = run(*verb)
            assert rest.returncode == 0, rest.stderr
            assert "Bulkhead is up" in rest.stdout
            admin.wait_for_secret("laid", "db", data={"k": b"v"})
        assert msgspec.json.decode((folder / "state.json").read_bytes())["pid"] == supervisor
        for stage in ([], ["--only=control-plane"]):
            again = run(*verb, *stage)
            assert (again.returncode, "up already" in again.stdout) == (0, True)
    finally:
        last = run("down", f"--run={folder}")
    assert last.returncode == 0, last.stderr
    assert running_with(str(home)) == []


def test_down_says_that_nothing_is_up(tmp_path: Path) -> None:
    done = run("down", f"--run={tmp_path / 'run'}")
    assert (done.returncode, done.stdout.strip()) == (0, "nothing is up")


def test_an_unknown_provider_is_refused_at_the_command_line(tmp_path: Path) -> None:
    done = run("up", f"--run={tmp_path / 'run'}", "--providers=vault,nosuch")
    assert done.returncode == 2
    assert "nosuch: choose from vault, fake" in done.stderr


def test_an_unknown_profile_is_refused_at_the_command_line(tmp_path: Path) -> None:
    done = run("up", f"--run={tmp_path / 'run'}", "--profile=nosuch")
    assert done.returncode == 2
    assert "strict" in done.stderr
    assert "namespaced" in done.stderr
    assert "eso-compat" in done.stderr
