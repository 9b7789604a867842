"""The real process: its command line, one pass, and a life of probes and metrics."""

import asyncio
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from bulkhead_api.config_map import ConfigMap
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.tls import load_identity
from bulkhead_testkit.fake_api_server import FakeApiServer, Object
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

    def described(*flags: str, log: str = "log") -> Process:
        program = [sys.executable, "-m", "bulkhead_certcontroller", "--metrics-addr="]
        argv = [*program, f"--identities-file={tmp_path}/identities.yaml", *flags]
        return Process("certcontroller", argv, log=tmp_path / log, cwd=tmp_path)

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
        pytest.param(["--interval=0s"], "must be more than zero", id="no-interval"),
        pytest.param(["--trust-domain=a_b"], "not a DNS name", id="an-underscore-in-the-trust-domain"),
        pytest.param(["--output-dir=x"], "--output-dir: needs --ca-dir", id="no-directory-for-the-ca"),
        pytest.param(
            ["--output-dir=x", "--ca-dir=y", "--webhook-configuration=z"],
            "--webhook-configuration: with directories",
            id="a-configuration-without-an-api-server",
        ),
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


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Sequence[int]]:
    """Two processes that say what stands in their directories, read anew for each question."""
    ports = [free_port(), free_port()]
    names = ("controller", "provider-vault")
    with ExitStack() as stack:
        for name, port in zip(names, ports, strict=True):
            program = [sys.executable, "-c", ANSWERING, str(tmp_path / "output" / name), str(port)]
            stack.enter_context(Process(f"answering-{name}", program, log=tmp_path / f"log-{name}", cwd=tmp_path))
        yield ports


# Standard library and cryptography alone: what it says owes nothing to the code under test.
ANSWERING = """
import http.server, json, pathlib, sys
from cryptography import x509
place, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
def ski(c): return c.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
class Tls(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        leaf = x509.load_pem_x509_certificate((place / 'tls.crt').read_bytes())
        find = leaf.extensions.get_extension_for_class
        body = json.dumps({
            'identity': find(x509.SubjectAlternativeName).value.get_values_for_type(x509.UniformResourceIdentifier)[0],
            'serial': f'{leaf.serial_number:x}', 'notAfter': leaf.not_valid_after_utc.isoformat(),
            'issuer': find(x509.AuthorityKeyIdentifier).value.key_identifier.hex(), 'denylist': None,
            'roots': [ski(c) for c in x509.load_pem_x509_certificates((place / 'ca.crt').read_bytes())],
        }).encode()
        self.send_response(200); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', port), Tls).serve_forever()
"""


def with_addresses(tmp_path: Path, ports: Sequence[int]) -> None:
    names = zip(("controller", "provider-vault"), ("client", "server"), ports, strict=True)
    (tmp_path / "identities.yaml").write_text(
        "identities:\n"
        + "".join(
            f"  - {{name: {name}, path: {name}, usage: {usage}, acknowledge: ['127.0.0.1:{port}']}}\n"
            for name, usage, port in names
        )
    )


def documents(tmp_path: Path) -> Sequence[str]:
    return f"--requests-file={tmp_path}/requests.yaml", f"--status-file={tmp_path}/status.yaml"


def said(tmp_path: Path) -> str:
    file = tmp_path / "status.yaml"
    return file.read_text() if file.exists() else ""


def is_done(tmp_path: Path, request: str) -> bool:
    return f"handledRotation: {request}" in said(tmp_path) and "phase: Stable" in said(tmp_path)


def test_a_rotation_that_is_asked_for_goes_to_its_end_as_processes_acknowledge_it(
    tmp_path: Path, start: Start, answering: Sequence[int]
) -> None:
    with_addresses(tmp_path, answering)
    with start("--interval=1h", *directories(tmp_path), *documents(tmp_path)) as process:
        process.wait_until(lambda: "phase: Stable" in said(tmp_path), timeout_s=30)
        old = (tmp_path / "ca" / "ca.crt").read_bytes()
        (tmp_path / "requests.yaml").write_text("rotation: {id: r1}")
        process.wait_until(lambda: is_done(tmp_path, "r1"), timeout_s=60)
    new = (tmp_path / "ca" / "ca.crt").read_bytes()

    assert (new.count(b"BEGIN"), new != old) == (1, True)
    assert load_identity(tmp_path / "output" / "provider-vault").spiffe_id.path == "provider-vault"


def test_a_revocation_is_in_the_places_within_five_seconds(tmp_path: Path, start: Start) -> None:
    listed = tmp_path / "output" / "controller" / "denylist.jws"
    with start("--interval=1h", *directories(tmp_path), *documents(tmp_path)) as process:
        process.wait_until(lambda: "phase: Stable" in said(tmp_path), timeout_s=30)
        before = listed.read_text()
        (tmp_path / "requests.yaml").write_text("revocations: [{identity: controller}]")
        process.wait_until(lambda: listed.read_text() != before, timeout_s=5)
        process.wait_until(lambda: "spiffe://bulkhead.local/controller" in said(tmp_path), timeout_s=5)


def test_two_programs_at_once_keep_one_ca_and_take_it_through_a_rotation(
    tmp_path: Path, start: Start, answering: Sequence[int]
) -> None:
    with_addresses(tmp_path, answering)
    flags = "--interval=200ms", *directories(tmp_path), *documents(tmp_path)
    with start(*flags) as one, start(*flags, log="log2") as other:
        for number in range(3):
            (tmp_path / "requests.yaml").write_text(f"rotation: {{id: r{number}}}")
            one.wait_until(partial(is_done, tmp_path, f"r{number}"), timeout_s=60)
        other.wait_until(lambda: "IdentitiesReady" in said(tmp_path), timeout_s=5)
    for each in (one, other):
        assert each.exit_status == 0, each.log_tail()
    issued = one.log.read_text().count("issued a certificate")
    with start("--once", *directories(tmp_path)) as process:
        assert process.wait(timeout_s=30) == 0

    # Nothing was left for a third program to do.
    assert process.log.read_text().count("issued a certificate") == issued


def test_a_program_killed_again_and_again_comes_to_the_end_of_a_rotation(
    tmp_path: Path, start: Start, answering: Sequence[int]
) -> None:
    with_addresses(tmp_path, answering)
    flags = "--interval=200ms", *directories(tmp_path), *documents(tmp_path)
    with start("--once", *flags) as process:
        assert process.wait(timeout_s=30) == 0
    (tmp_path / "requests.yaml").write_text("rotation: {id: r1}")
    for life_s in (0.4, 0.5, 0.6, 0.7):
        with start(*flags) as process:
            time.sleep(life_s)
            process.kill()
    with start(*flags) as process:
        process.wait_until(lambda: is_done(tmp_path, "r1"), timeout_s=60)


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


async def test_the_ca_is_kept_in_a_directory_while_certificates_go_into_secrets(tmp_path: Path, start: Start) -> None:
    async with FakeApiServer(tmp_path / "api") as server:
        for name in SECRETS[1:]:
            metadata = {"name": name, "namespace": "default"}
            server.put("v1/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": dict(metadata)})
        flags = f"--kube-api-server={server.config.server}", f"--kube-credentials={server.directory}"
        with start("--once", f"--ca-dir={tmp_path}/volume/authority", *flags) as process:
            await asyncio.to_thread(process.wait, 30)
        called = {call.name for call in server.calls}

    assert process.exit_status == 0, process.log_tail()
    assert called == set(SECRETS[1:])
    assert (tmp_path / "volume" / "authority" / "ca.key").exists()


def put_empty(server: FakeApiServer, resource: str, kind: str, name: str, data: dict[str, str] | None = None) -> None:
    metadata: Object = {"name": name, "namespace": "default"}
    more: Object = {} if data is None else {"data": dict(data)}
    server.put(f"v1/{resource}", {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more})


async def status_that_says(client: KubeClient, *words: str) -> None:
    for _ in range(600):
        kept = await client.get("/api/v1/namespaces/default/configmaps/status", ConfigMap)
        if all(word in kept.data.get("status.yaml", "") for word in words):
            return
        await asyncio.sleep(0.1)


async def test_two_programs_at_one_api_server_replace_the_ca_and_then_only_listen(tmp_path: Path, start: Start) -> None:
    async with FakeApiServer(tmp_path / "api") as server, KubeClient(server.config) as client:
        for name in SECRETS:
            put_empty(server, "secrets", "Secret", name)
        for name in ("requests", "status"):
            put_empty(server, "configmaps", "ConfigMap", name)
        flags = (
            f"--kube-api-server={server.config.server}",
            f"--kube-credentials={server.directory}",
            "--requests-config-map=requests",
            "--status-config-map=status",
            "--settle=1s",
        )
        with start(*flags), start(*flags, log="log2"):
            async with asyncio.timeout(60):
                await status_that_says(client, "phase: Stable")
                put_empty(server, "configmaps", "ConfigMap", "requests", {"requests.yaml": "rotation: {id: r1}"})
                await status_that_says(client, "handledRotation: r1", "phase: Stable")
                # Both have seen the end.
                await asyncio.sleep(5)
                before = len(server.calls)
                await asyncio.sleep(5)
        idle = {(call.verb, call.name) for call in server.calls[before:]}
        verbs = {call.verb for call in server.calls}

    assert verbs == {"get", "update"}
    assert idle == {("get", "requests")}
