"""The real process: its command line, one pass, and a life of probes and metrics."""

import asyncio
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bulkhead_runtime.tls import load_identity
from bulkhead_testkit.fake_api_server import FakeApiServer
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process

pytestmark = pytest.mark.slow

IDENTITIES = """
identities:
  - {name: controller, path: controller, usage: client, secret: tls-controller}
  - {name: provider-vault, path: provider/vault, usage: server, secret: tls-vault}
"""
SECRETS = ("bulkhead-ca", "tls-controller", "tls-vault")
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    (tmp_path / "identities.yaml").write_text(IDENTITIES)

    def described(*flags: str) -> Process:
        program = [sys.executable, "-m", "bulkhead_certcontroller", "--metrics-addr="]
        argv = [*program, f"--identities-file={tmp_path}/identities.yaml", *flags]
        return Process("certcontroller", argv, log=tmp_path / "log", cwd=tmp_path)

    return described


def directories(tmp_path: Path) -> Sequence[str]:
    return f"--output-dir={tmp_path}/output", f"--ca-dir={tmp_path}/ca"


def test_once_issues_what_is_due_and_ends_well(tmp_path: Path, start: Start) -> None:
    with start("--once", *directories(tmp_path)) as process:
        assert process.wait(timeout_s=30) == 0
    identity = load_identity(tmp_path / "output" / "provider-vault")
    with start("--once", *directories(tmp_path)) as process:
        assert process.wait(timeout_s=30) == 0

    assert str(identity.spiffe_id) == "spiffe://bulkhead.local/provider/vault"
    assert identity.server_name == "vault.provider.bulkhead.local"
    assert load_identity(tmp_path / "output" / "provider-vault") == identity
    assert load_identity(tmp_path / "output" / "controller").server_name is None


def test_once_fails_loudly_and_leaves_a_broken_ca_alone(tmp_path: Path, start: Start) -> None:
    with start("--once", *directories(tmp_path)) as process:
        process.wait(timeout_s=30)
    key = (tmp_path / "ca" / "ca.key").resolve()
    key.chmod(0o600)
    key.write_text("damaged")
    with start("--once", *directories(tmp_path)) as process:
        assert process.wait(timeout_s=30) == 1

    assert key.read_text() == "damaged"
    assert re.search(r"directory .*/ca: ca\.key is not an unencrypted EC private key: put back", process.log_tail())


def test_no_key_reaches_the_log(tmp_path: Path, start: Start) -> None:
    with start("--once", "--loglevel=debug", *directories(tmp_path)) as process:
        process.wait(timeout_s=30)
    lines = {
        line
        for name in ("output/controller/tls.key", "output/provider-vault/tls.key", "ca/ca.key")
        for line in (tmp_path / name).read_text().splitlines()
    }

    log = process.log.read_text()
    assert "issued a certificate" in log
    assert not [line for line in lines if line in log]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        pytest.param(["--leaf-lifetime=9m"], "--leaf-lifetime: shorter than 10m", id="a-too-short-leaf"),
        pytest.param(["--ca-lifetime=71h"], "--ca-lifetime: shorter than 3 times", id="a-too-short-ca"),
        pytest.param(["--interval=0s"], "must be more than nothing", id="no-interval"),
        pytest.param(["--trust-domain=a_b"], "not a DNS name", id="an-underscore-in-the-trust-domain"),
        pytest.param(["--output-dir=x"], "--output-dir: needs --ca-dir", id="no-place-for-the-ca"),
        pytest.param(["--kube-api-server=https://x"], "--kube-credentials: give both", id="no-credentials"),
    ],
)
def test_the_command_line_is_refused_with(start: Start, flags: Sequence[str], says: str) -> None:
    with start(*flags) as process:
        assert process.wait(timeout_s=30) == 2

    assert says in process.log_tail()


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:  # our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_running_process_is_ready_once_all_is_issued_and_repairs_damage(tmp_path: Path, start: Start) -> None:
    port = free_port()
    with start(f"--live-addr=127.0.0.1:{port}", "--interval=200ms", *directories(tmp_path)) as process:
        process.wait_until(lambda: answers(port, "/readyz"), timeout_s=30)
        assert answers(port, "/healthz")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:  # our own
            metrics = answer.read().decode()
        assert 'bulkhead_certificate_expiry_timestamp_seconds{identity="controller"}' in metrics
        own = tmp_path / "output" / "controller"
        (own / "tls.key").unlink()
        process.wait_until((own / "tls.key").exists, timeout_s=10)

    assert process.exit_status == 0
    assert load_identity(own).spiffe_id.path == "controller"


async def test_once_fills_the_secrets_of_the_chart(tmp_path: Path, start: Start) -> None:
    async with FakeApiServer(tmp_path / "api") as server:
        for name in SECRETS:
            metadata = {"name": name, "namespace": "default"}
            server.put("v1/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": dict(metadata)})
        flags = f"--kube-api-server={server.config.server}", f"--kube-credentials={server.directory}"
        with start("--once", *flags) as process:
            await asyncio.to_thread(process.wait, 30)
        calls = {(call.verb, call.name) for call in server.calls}

    assert process.exit_status == 0, process.log_tail()
    assert calls == {
        (verb, name) for verb in ("get", "update") for name in ("bulkhead-ca", "tls-controller", "tls-vault")
    }
