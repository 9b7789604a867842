"""Issued certificates in real TLS handshakes: who is let in, and on which side."""

import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import Authority, make_authority
from bulkhead_certcontroller.identities import Identity, Usage
from bulkhead_certcontroller.leaf import issue_leaf
from bulkhead_runtime.spiffe import SpiffeId

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
TD = "bulkhead.local"
VAULT = SpiffeId(TD, "provider/vault")
CONTROLLER = SpiffeId(TD, "controller")
CA = make_authority(TD, DAY, now=NOW)
STRANGER_CA = make_authority(TD, DAY, now=NOW)
Files = Mapping[str, SecretValue]


def issued(spiffe_id: SpiffeId, usage: Usage, *, ca: Authority = CA) -> Files:
    return issue_leaf(ca, Identity(name="x", spiffe_id=spiffe_id, usage=usage), DAY, now=NOW).files


SERVER, CLIENT = issued(VAULT, Usage.SERVER), issued(CONTROLLER, Usage.CLIENT)
PAIRS = [
    pytest.param(SERVER, issued(VAULT, Usage.SERVER), id="a-server-as-client"),
    pytest.param(issued(VAULT, Usage.CLIENT), CLIENT, id="a-client-as-server"),
    pytest.param(SERVER, issued(CONTROLLER, Usage.CLIENT, ca=STRANGER_CA), id="a-client-of-another-ca"),
    pytest.param(issued(VAULT, Usage.SERVER, ca=STRANGER_CA), CLIENT, id="a-server-of-another-ca"),
    pytest.param(SERVER, issued(SpiffeId("evil.local", "x"), Usage.CLIENT), id="a-client-of-another-trust-domain"),
    pytest.param(issued(SpiffeId("evil.local", "x"), Usage.SERVER), CLIENT, id="a-server-of-another-trust-domain"),
]


@contextmanager
def grpc_server(files: Files, seen: list[Mapping[str, object]]) -> Iterator[int]:
    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        seen.append(context.auth_context())
        return request

    server = grpc.server(ThreadPoolExecutor(1))
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {"Echo": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", handlers),))
    pair = (files["tls.key"].reveal(), files["tls.crt"].reveal())
    credentials = grpc.ssl_server_credentials([pair], CA.bundle, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def call(port: int, files: Files, server_name: str) -> bytes:
    credentials = grpc.ssl_channel_credentials(CA.bundle, files["tls.key"].reveal(), files["tls.crt"].reveal())
    options = [("grpc.ssl_target_name_override", server_name), ("grpc.default_authority", server_name)]
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        echo: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test/Echo")
        return echo(b"hello", timeout=5)


def test_grpc_lets_the_controller_in_and_the_server_sees_who_it_is() -> None:
    seen: list[Mapping[str, object]] = []
    with grpc_server(SERVER, seen) as port:
        assert call(port, CLIENT, VAULT.server_name) == b"hello"

    assert seen[0]["peer_spiffe_id"] == [b"spiffe://bulkhead.local/controller"]


@pytest.mark.parametrize(("server", "client"), PAIRS)
def test_grpc_refuses(server: Files, client: Files) -> None:
    seen: list[Mapping[str, object]] = []
    with grpc_server(server, seen) as port, pytest.raises(grpc.RpcError) as caught:
        call(port, client, VAULT.server_name)

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert seen == []


def test_grpc_refuses_a_server_of_another_name() -> None:
    with grpc_server(SERVER, []) as port, pytest.raises(grpc.RpcError, match="Hostname Verification"):
        call(port, CLIENT, SpiffeId(TD, "provider/fake").server_name)


def openssl_context(files: Files, side: int, folder: Path) -> ssl.SSLContext:
    folder.mkdir()
    for name, value in files.items():
        (folder / name).write_bytes(value.reveal())
    (folder / "roots").write_bytes(CA.bundle)
    context = ssl.SSLContext(side)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    context.load_verify_locations(folder / "roots")
    return context


def shake_hands(server: Files, client: Files, folder: Path) -> None:
    """Do both sides of a handshake of TLS 1.3 in memory, to the end of the server's check of the client."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        openssl_context(client, ssl.PROTOCOL_TLS_CLIENT, folder / "client").wrap_bio(down, up),
        openssl_context(server, ssl.PROTOCOL_TLS_SERVER, folder / "server").wrap_bio(up, down, server_side=True),
    ]
    while sides:
        for side in list(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            sides.remove(side)


def test_openssl_accepts_what_was_issued_by_its_strict_rules(tmp_path: Path) -> None:
    shake_hands(SERVER, CLIENT, tmp_path)


@pytest.mark.parametrize(("server", "client"), PAIRS)
def test_openssl_refuses(tmp_path: Path, server: Files, client: Files) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, client, tmp_path)
