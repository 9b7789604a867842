"""The real fake server, in a process of its own with real certificates, keeps to the protocol."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from bulkhead_conformance.cases import cases_from_file
from bulkhead_conformance.suite import *  # noqa: F403 - the classes are the tests
from bulkhead_conformance.target import Target
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, SpiffeId, controller_id, provider_id
from bulkhead_testkit.authority import Authority, Denied, Leaf, Usage, serial_in
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process

# Each test is a few calls, but the first one waits for a process.
pytestmark = pytest.mark.slow

START_S = 30.0
SERVER = Leaf(spiffe_id=provider_id(DEFAULT_TRUST_DOMAIN, "fake"), usage=Usage.SERVER)
CONTROLLER = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
REFUSED = {
    "stranger": Leaf(spiffe_id=SpiffeId(DEFAULT_TRUST_DOMAIN, "stranger"), usage=Usage.CLIENT),
    "elsewhere": Leaf(spiffe_id=controller_id("elsewhere.local"), usage=Usage.CLIENT),
    "server": SERVER,
    "server-as-controller": Leaf(spiffe_id=CONTROLLER.spiffe_id, usage=Usage.SERVER),
    "expired": Leaf(spiffe_id=CONTROLLER.spiffe_id, usage=Usage.CLIENT, lifetime=timedelta(hours=-1)),
    "nameless": Leaf(spiffe_id=CONTROLLER.spiffe_id, usage=Usage.CLIENT, uris=[], dns_names=["controller"]),
    "of-two-names": Leaf(
        spiffe_id=CONTROLLER.spiffe_id,
        usage=Usage.CLIENT,
        uris=["spiffe://bulkhead.local/other", str(CONTROLLER.spiffe_id)],
    ),
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A fake server that runs as long as this module's tests."""
    directory = tmp_path_factory.mktemp("fake")
    authority = Authority.new()
    policy = directory / "policy.yaml"
    policy.write_text('rules: [{namespaces: ["*"]}]')
    credentials = directory / "credentials"
    credentials.mkdir()
    own, revoked = authority.issue(SERVER, directory / "tls"), authority.issue(CONTROLLER, directory / "revoked")
    authority.deny(own, Denied(serials=[serial_in(revoked)], version=2))
    target = Target(
        address=f"unix://{directory}/provider.sock",
        server_id=str(SERVER.spiffe_id),
        tls_dir=authority.issue(CONTROLLER, directory / "controller"),
        cases=cases_from_file(Path(__file__).parent / "fake_cases.yaml"),
        revoked_tls_dirs=(revoked,),
        live_address=f"127.0.0.1:{free_port()}",
        refused_tls_dirs=(
            Authority.new().issue(CONTROLLER, directory / "of-another-authority"),
            *(authority.issue(leaf, directory / f"refused-{name}") for name, leaf in REFUSED.items()),
        ),
    )
    arguments = (
        sys.executable,
        "-m",
        "bulkhead_provider_fake",
        f"--listen={target.address}",
        f"--tls-dir={own}",
        f"--policy-file={policy}",
        f"--credentials-dir={credentials}",
        "--metrics-addr=",
        f"--live-addr={target.live_address}",
    )
    with Process("fake provider", arguments, log=directory / "server.log") as server:
        server.wait_until((directory / "provider.sock").exists, START_S)
        with target.channel() as channel:
            grpc.channel_ready_future(channel).result(timeout=START_S)
        yield target


def test_command_runs_the_suite_against_an_address(target: Target) -> None:
    arguments = [
        f"--address={target.address}",
        f"--server-id={target.server_id}",
        f"--tls-dir={target.tls_dir}",
        f"--cases={Path(__file__).parent / 'fake_cases.yaml'}",
        *(f"--bad-tls-dir={directory}" for directory in target.refused_tls_dirs),
        *(f"--revoked-tls-dir={directory}" for directory in target.revoked_tls_dirs),
        f"--live-address={target.live_address}",
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "bulkhead_conformance", *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
