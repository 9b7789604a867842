"""HTTPS to one host: no redirect followed, no waiting beyond the call's deadline."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from bulkhead_provider_sdk.deadline import deadline_in
from bulkhead_provider_vault.transport import NoAnswerError, Transport, UnreachableError, UntrustedError, trust_from
from bulkhead_testkit.planecerts import Authority


class Backend(BaseHTTPRequestHandler):
    """Answers by path; counts what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]]
    release: ClassVar[threading.Event]
    port: ClassVar[int]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/hang":
            self.release.wait(10)
        redirected = self.path == "/redirect"
        self.send_response(307 if redirected else 429)
        if redirected:
            self.send_header("Location", "/elsewhere")
        self.send_header("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT" if self.path == "/date" else "7")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[tuple[Transport, type[Backend]]]:
    authority = Authority("backend", tmp_path)
    pair = authority.issue_server("listener")

    class Fresh(Backend):
        asked: ClassVar[list[str]] = []
        release: ClassVar[threading.Event] = threading.Event()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Fresh) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Fresh.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        transport = Transport("127.0.0.1", Fresh.port, trust_from(authority.ca_file.read_bytes()))
        yield transport, Fresh
        Fresh.release.set()
        transport.close()
        server.shutdown()
        thread.join()


def test_a_redirect_is_an_answer_and_not_followed(backend: tuple[Transport, type[Backend]]) -> None:
    transport, server = backend

    assert transport.request("GET", "/redirect", headers={}).status == 307
    assert server.asked == ["/redirect"]


@pytest.mark.parametrize(
    ("path", "want"), [pytest.param("/s", 7.0, id="seconds"), pytest.param("/date", None, id="date")]
)
def test_the_hint_when_to_come_back_is_read_from(
    backend: tuple[Transport, type[Backend]], path: str, want: float | None
) -> None:
    assert backend[0].request("GET", path, headers={}).retry_after_s == want


async def test_a_silent_backend_is_given_up_with_the_call(backend: tuple[Transport, type[Backend]]) -> None:
    async with deadline_in(0.05):
        # Blocks this loop on purpose: the deadline of the call must reach the socket by itself.
        with pytest.raises(NoAnswerError, match="no answer in time"):
            backend[0].request("GET", "/hang", headers={})


def test_the_environment_names_no_proxy(
    backend: tuple[Transport, type[Backend]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    assert backend[0].request("GET", "/x", headers={}).body == b"{}"


def test_a_refused_connection_is_named() -> None:
    transport = Transport("127.0.0.1", 1, trust_from(None))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1: the connection was refused"):
        transport.request("GET", "/", headers={})


def test_a_server_that_is_not_trusted_is_told_from_one_that_is_away(
    backend: tuple[Transport, type[Backend]], tmp_path: Path
) -> None:
    _, server = backend
    (tmp_path / "stranger").mkdir()
    stranger = Authority("stranger", tmp_path / "stranger")
    distrustful = Transport("127.0.0.1", server.port, trust_from(stranger.ca_file.read_bytes()))
    with pytest.raises(UntrustedError, match="certificate verify failed"):
        distrustful.request("GET", "/", headers={})
    assert server.asked == []


def test_unreadable_certificates_are_refused() -> None:
    with pytest.raises(ValueError, match="no readable PEM"):
        trust_from(b"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n")
