"""What the probe of the network says of flows that go through and of those that do not."""

import subprocess
import time
from collections.abc import Iterator

import msgspec
import pytest

from bulkhead_images.testing import probe_program
from bulkhead_testkit.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("images")]


class Tried(msgspec.Struct):
    flow: str
    result: str
    detail: str
    millis: int


def try_flows(*flows: str) -> list[Tried]:
    program = probe_program()
    done = subprocess.run(
        [program, "-timeout", "500ms", *flows], capture_output=True, check=True, timeout=20, env={"HTTP_PROXY": "x:1"}
    )
    return msgspec.json.decode(done.stdout, type=list[Tried])


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Give the address of a probe that serves."""
    address = f"127.0.0.1:{free_port()}"
    with subprocess.Popen([probe_program(), "serve", address]) as server:
        try:
            deadline = time.monotonic() + 10
            while try_flows(f"tcp:{address}")[0].result != "open":
                assert time.monotonic() < deadline, "the probe does not serve"
            yield address
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("flow", "result"),
    [
        pytest.param("tcp:{served}", "open", id="tcp-that-is-served"),
        pytest.param("udp:{served}", "open", id="udp-that-is-answered"),
        pytest.param("http://{served}/", "open", id="http-that-is-answered"),
        pytest.param("tcp:127.0.0.1:1", "refused", id="tcp-to-a-closed-port"),
        pytest.param("udp:127.0.0.1:1", "refused", id="udp-to-a-closed-port"),
        pytest.param("http://127.0.0.1:1/", "refused", id="http-to-a-closed-port"),
        pytest.param("tcp:no-port", "failed", id="no-address"),
        pytest.param("icmp:127.0.0.1", "failed", id="unknown-kind"),
    ],
)
def test_a_flow(served: str, flow: str, result: str) -> None:
    (tried,) = try_flows(flow.format(served=served))
    assert tried.result == result, tried.detail


def test_results_are_in_the_order_of_the_flows(served: str) -> None:
    flows = ["tcp:127.0.0.1:1", f"tcp:{served}", "tcp:127.0.0.1:2"]
    assert [tried.flow for tried in try_flows(*flows)] == flows
