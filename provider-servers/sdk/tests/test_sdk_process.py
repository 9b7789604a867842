"""A provider server as a process of its own: starting, refusing to start, and stopping without losing a call."""

import asyncio
import contextlib
import itertools
import json
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.authority import Denied, Leaf, Usage, serial_in
from bulkhead_testkit.grpc_caller import open_channel, provider_stub, request_context
from bulkhead_testkit.provider_stage import CONTROLLER, SERVER_ID, ProviderStage

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("waiting_server.py")
TIMEOUT_S = 20.0
HANDSHAKES = 6_000
"""Several times as many as it took to crash a server that gave gRPC a new configuration at each of them."""
REQUEST_REF = pb.Ref(key="k", shape=pb.SHAPE_VALUE)


@dataclass(frozen=True)
class Server:
    """A running process and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def wait_until_serving(self) -> None:
        self.wait_for(lambda: '"msg":"serving"' in self.log.read_text())


def flags(stage: ProviderStage) -> dict[str, str]:
    credentials = stage.directory / "credentials"
    credentials.mkdir(exist_ok=True)
    return {
        "--listen": str(stage.settings.listen),
        "--tls-dir": str(stage.settings.tls_dir),
        "--policy-file": str(stage.policy_file),
        "--credentials-dir": str(credentials),
        "--grace-period": "10s",
    }


@contextmanager
def process(stage: ProviderStage, arguments: dict[str, str]) -> Iterator[Server]:
    log = stage.directory / "server.log"
    command = [sys.executable, str(SCRIPT), str(stage.directory / "gate"), *(f"{k}={v}" for k, v in arguments.items())]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as child:
        try:
            yield Server(child, log)
        finally:
            child.kill()


async def test_sigterm_lets_a_call_in_flight_finish_and_takes_no_new_one(stage: ProviderStage) -> None:
    request = pb.BatchGetRequest(context=request_context(), refs=[REQUEST_REF])
    target = str(stage.settings.listen)
    gate = stage.directory / "gate"
    identity = stage.identity()
    with process(stage, flags(stage)) as server:
        await asyncio.to_thread(server.wait_until_serving)
        async with open_channel(target, server=SERVER_ID, identity=identity) as channel:
            in_flight = asyncio.ensure_future(provider_stub(channel).BatchGet(request, timeout=TIMEOUT_S))
            await asyncio.to_thread(server.wait_for, gate.with_suffix(".entered").exists)
            server.process.terminate()
            await asyncio.to_thread(server.wait_for, lambda: "calls in flight may finish" in server.log.read_text())
            async with open_channel(target, server=SERVER_ID, identity=identity) as late:
                with pytest.raises(grpc.aio.AioRpcError):
                    await provider_stub(late).GetInfo(pb.GetInfoRequest(), timeout=1)
            assert not in_flight.done()
            gate.touch()
            reply = await in_flight
        assert reply.results[0].value.data == b"value of k"
        assert await asyncio.to_thread(server.process.wait, TIMEOUT_S) == 0


@pytest.mark.parametrize("key", [pytest.param("k", id="in-a-task"), pytest.param("hang", id="in-a-thread")])
async def test_a_call_that_outlasts_the_grace_period_is_cut_off(stage: ProviderStage, key: str) -> None:
    request = pb.BatchGetRequest(context=request_context(), refs=[pb.Ref(key=key, shape=pb.SHAPE_VALUE)])
    with process(stage, flags(stage) | {"--grace-period": "200ms"}) as server:
        await asyncio.to_thread(server.wait_until_serving)
        identity = stage.identity()
        async with open_channel(str(stage.settings.listen), server=SERVER_ID, identity=identity) as channel:
            in_flight = asyncio.ensure_future(provider_stub(channel).BatchGet(request, timeout=TIMEOUT_S))
            await asyncio.to_thread(server.wait_for, (stage.directory / "gate.entered").exists)
            server.process.terminate()
            with pytest.raises(grpc.aio.AioRpcError):
                await in_flight
        assert await asyncio.to_thread(server.process.wait, TIMEOUT_S) == 0


def test_a_socket_is_for_owner_and_group_and_replaces_the_one_of_a_killed_process(stage: ProviderStage) -> None:
    socket = stage.directory / "sockets" / "provider.sock"
    for _ in range(2):
        with process(stage, flags(stage)) as server:
            server.wait_until_serving()
            assert stat.S_IMODE(socket.stat().st_mode) == 0o660
    assert socket.is_socket()


def test_a_missing_directory_in_an_open_volume_is_made_private(stage: ProviderStage) -> None:
    volume = stage.directory / "volume"
    volume.mkdir()
    volume.chmod(0o2777)
    socket = volume / "server" / "provider.sock"
    with process(stage, flags(stage) | {"--listen": f"unix://{socket}"}) as server:
        server.wait_for(socket.exists)
        assert stat.S_IMODE(socket.parent.stat().st_mode) & 0o777 == 0o750


def test_probes_and_metrics_are_served(stage: ProviderStage, free_port: int) -> None:
    address = f"127.0.0.1:{free_port}"
    with process(stage, flags(stage) | {"--live-addr": address, "--metrics-addr": address}) as server:
        server.wait_until_serving()
        server.wait_for(lambda: answers(f"http://{address}/readyz"))
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=TIMEOUT_S) as reply:
            assert b"bulkhead_tls_certificate_expiry_timestamp_seconds" in reply.read()


def test_a_server_that_starts_before_its_certificate_waits_for_it(stage: ProviderStage, free_port: int) -> None:
    address = f"127.0.0.1:{free_port}"
    stage.settings.tls_dir.rename(stage.directory / "later")
    with process(stage, flags(stage) | {"--live-addr": address}) as server:
        server.wait_for(lambda: "waiting for TLS files" in server.log.read_text())
        assert answers(f"http://{address}/healthz")
        assert not answers(f"http://{address}/readyz")
        assert not answers(f"http://{address}/tls")
        assert not Path(str(stage.settings.listen).removeprefix("unix://")).exists()
        # First the certificate alone, as where the denylist comes a moment later.
        leaf = Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER)
        stage.authority.issue(leaf, stage.directory / "half")
        (stage.directory / "half" / "denylist.jws").unlink()
        (stage.directory / "half").rename(stage.settings.tls_dir)
        server.wait_for(lambda: "denylist.jws: there is none in date" in server.log.read_text())
        assert not answers(f"http://{address}/readyz")
        stage.deny(Denied())
        server.wait_for(lambda: answers(f"http://{address}/readyz"))
        with urllib.request.urlopen(f"http://{address}/tls", timeout=TIMEOUT_S) as reply:
            facts = json.load(reply)
    assert facts["identity"] == str(SERVER_ID)
    assert facts["serial"] == f"{serial_in(stage.settings.tls_dir):x}"
    assert facts["roots"] == [stage.authority.key_id] == [facts["issuer"]]
    assert facts["denylist"] == 1
    assert server.log.read_text().count("waiting for TLS files") == 2


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as reply:  # noqa: S310
            return bool(reply.status == 200)
    except OSError:
        return False


def open_the_directory(stage: ProviderStage) -> None:
    (stage.directory / "sockets").chmod(0o755)


def put_a_file_there(stage: ProviderStage) -> None:
    (stage.directory / "sockets" / "provider.sock").write_bytes(b"")


def remove_the_policy(stage: ProviderStage) -> None:
    stage.policy_file.unlink()


def break_the_policy(stage: ProviderStage) -> None:
    stage.policy_file.write_bytes(b"rulez: []")


def give_it_the_controllers_certificate(stage: ProviderStage) -> None:
    stage.authority.issue(CONTROLLER, stage.settings.tls_dir)


def give_it_a_certificate_of_another_trust_domain(stage: ProviderStage) -> None:
    leaf = Leaf(spiffe_id=SpiffeId("other.local", "provider/tiny"), usage=Usage.SERVER)
    stage.authority.issue(leaf, stage.settings.tls_dir)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(open_the_directory, "is open to every user", id="a-directory-open-to-all"),
        pytest.param(put_a_file_there, "no socket", id="a-file-in-place-of-the-socket"),
        pytest.param(remove_the_policy, "No such file", id="no-policy-file"),
        pytest.param(break_the_policy, "rulez", id="a-broken-policy-file"),
        pytest.param(give_it_the_controllers_certificate, "must be spiffe://", id="the-controllers-certificate"),
        pytest.param(
            give_it_a_certificate_of_another_trust_domain, "must be spiffe://", id="one-of-another-trust-domain"
        ),
    ],
)
def test_a_server_refuses_to_start_with(
    stage: ProviderStage, spoil: Callable[[ProviderStage], None], says: str
) -> None:
    arguments = flags(stage)
    spoil(stage)
    with process(stage, arguments) as server:
        assert server.process.wait(TIMEOUT_S) == 1
        assert says in server.log.read_text()


def run_to_end(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "gate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def test_help_names_every_flag_of_the_contract() -> None:
    done = run_to_end(["--help"])
    assert done.returncode == 0
    for flag in ("listen", "tls-dir", "trust-domain", "policy-file", "credentials-dir", "metrics-addr", "live-addr"):
        assert f"--{flag}" in done.stdout
    assert "insecure" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing-at-all"),
        pytest.param(["--listen=unix://relative"], id="a-relative-socket"),
        pytest.param(["--listen=nowhere"], id="no-port"),
        pytest.param(["--grace-period=-1s"], id="a-negative-grace-period"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_status_2_and(arguments: Sequence[str]) -> None:
    assert run_to_end(arguments).returncode == 2


def shake_hands(socket_path: Path, context: ssl.SSLContext, until: Callable[[], bool]) -> None:
    while not until():
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as plain:
            plain.settimeout(TIMEOUT_S)
            plain.connect(str(socket_path))
            with context.wrap_socket(plain):
                pass


def test_many_handshakes_at_once_do_no_harm(stage: ProviderStage) -> None:
    identity = stage.identity()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(identity / "ca.crt")
    context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
    context.set_alpn_protocols(["h2"])
    tickets = itertools.count()
    path = Path(str(stage.settings.listen).removeprefix("unix://"))
    with process(stage, flags(stage)) as server:
        server.wait_until_serving()
        threads = [
            threading.Thread(target=shake_hands, args=(path, context, lambda: next(tickets) >= HANDSHAKES))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.process.poll() is None
