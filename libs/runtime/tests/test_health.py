"""The HTTP server for probes and metrics."""

import json
from datetime import UTC, datetime

import aiohttp
import pytest

from bulkhead_runtime.health import Address, AddressError, address_from_text, serve_http
from bulkhead_runtime.metrics import counter
from bulkhead_runtime.tls_facts import TlsFacts

SYNCS = counter("test_health_syncs_total", "Counts for a test.", ["kind"])


async def get(address: Address, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{address.port}{path}") as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(":8080", Address("", 8080), id="all-addresses"),
        pytest.param("127.0.0.1:0", Address("127.0.0.1", 0), id="any-port"),
        pytest.param("localhost:80", Address("localhost", 80), id="a-name"),
        pytest.param("[::1]:8080", Address("::1", 8080), id="ipv6"),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, want: Address) -> None:
    assert address_from_text(text) == want
    assert str(want) == text


@pytest.mark.parametrize("text", ["", "8080", "host", ":", ":x", ":65536", "::1:80", "http://a:80", "a:80/x", ":80\n"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError, match="is not an address"):
        address_from_text(text)


async def test_probes_follow_the_process() -> None:
    state = {"live": True, "ready": False}
    async with serve_http("127.0.0.1:0", live=lambda: state["live"], ready=lambda: state["ready"]) as address:
        assert (await get(address, "/healthz"))[0] == 200
        assert (await get(address, "/livez"))[0] == 200
        assert (await get(address, "/readyz"))[0] == 503
        state.update(live=False, ready=True)
        assert (await get(address, "/healthz"))[0] == 503
        assert (await get(address, "/livez"))[0] == 503
        assert (await get(address, "/readyz"))[0] == 200
        assert (await get(address, "/"))[0] == 404


async def test_metrics_are_in_the_form_of_prometheus() -> None:
    SYNCS.labels("ExternalSecret").inc()
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: True) as address:
        status, text = await get(address, "/metrics")

    assert status == 200
    assert 'test_health_syncs_total{kind="ExternalSecret"} 1.0' in text
    assert "process_resident_memory_bytes" in text


async def test_an_address_in_use_is_an_error() -> None:
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: True) as address:
        with pytest.raises(OSError, match="in use"):
            async with serve_http(f"127.0.0.1:{address.port}", live=lambda: True, ready=lambda: True):
                pass


async def test_tls_tells_the_public_facts_of_the_certificate_once_there_is_one() -> None:
    known: list[TlsFacts | None] = [None]
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: True, tls=lambda: known[0]) as address:
        assert (await get(address, "/tls"))[0] == 503
        known[0] = TlsFacts(
            identity="spiffe://bulkhead.local/controller",
            serial="beef",
            not_after=datetime(2026, 11, 1, 12, tzinfo=UTC),
            issuer="aa",
            roots=("aa", "bb"),
            denylist=7,
        )
        status, body = await get(address, "/tls")
    assert status == 200
    assert json.loads(body) == {
        "identity": "spiffe://bulkhead.local/controller",
        "serial": "beef",
        "notAfter": "2026-11-01T12:00:00Z",
        "issuer": "aa",
        "roots": ["aa", "bb"],
        "denylist": 7,
    }


async def test_a_process_without_a_certificate_has_no_tls_page() -> None:
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: True) as address:
        assert (await get(address, "/tls"))[0] == 404
