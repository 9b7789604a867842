"""The smaller parts that providers build on: credentials, the pool for blocking SDKs, name expressions, addresses."""

import asyncio
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bulkhead_api.errors import CallerNotAllowedError, InvalidRefError, InvalidStoreError, UnauthenticatedError
from bulkhead_provider_sdk.authorization import ALLOWED_PATHS, caller_from, check_caller
from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_sdk.credentials import Credentials
from bulkhead_provider_sdk.deadline import deadline_in, remaining_s
from bulkhead_provider_sdk.listen import ListenError, UnixSocket, listen_from_text
from bulkhead_provider_sdk.regexps import regexp_from
from bulkhead_provider_sdk.settings import settings_from_arguments
from bulkhead_runtime.health import Address
from bulkhead_runtime.leaf import LeafFacts
from bulkhead_runtime.spiffe import SpiffeId

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "want"),
    [
        pytest.param(b"token", b"token", id="as-it-is"),
        pytest.param(b"token\n", b"token", id="without-the-line-end"),
        pytest.param(b"token\r\n", b"token", id="without-the-line-end-of-windows"),
        pytest.param(b"token\n\n", b"token\n", id="with-all-line-ends-but-one"),
        pytest.param(b" \x00\xff ", b" \x00\xff ", id="with-any-bytes"),
    ],
)
def test_credentials_give_a_file(tmp_path: Path, content: bytes, want: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    assert Credentials(tmp_path).read("token").reveal() == want


def test_credentials_follow_the_file(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path)
    (tmp_path / "token").write_bytes(b"old")
    assert credentials.read("token").reveal() == b"old"
    (tmp_path / "token").write_bytes(b"new")
    assert credentials.read("token").reveal() == b"new"


def test_credentials_say_which_file_is_missing_and_what_to_do(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path)
    assert not credentials.has("token")
    with pytest.raises(UnauthenticatedError) as caught:
        credentials.read("token")
    assert caught.value.message == (
        f"credential file {tmp_path}/token: No such file or directory: mount it into this provider server's container"
    )


@pytest.mark.parametrize("content", [pytest.param(b"\n", id="empty"), pytest.param(b"x" * 1_100_000, id="too-large")])
def test_credentials_refuse_a_file_that_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(UnauthenticatedError):
        Credentials(tmp_path).read("token")


@pytest.mark.parametrize("name", ["", ".", "..", "../token", "/etc/hostname", "a/b", ".hidden", "a\x00", "a\n"])
def test_credentials_refuse_a_name_that_is_no_plain_file_name(tmp_path: Path, name: str) -> None:
    assert not Credentials(tmp_path).has(name)
    with pytest.raises(InvalidStoreError):
        Credentials(tmp_path).read(name)


async def test_the_pool_gives_what_the_function_returns_and_raises_what_it_raises() -> None:
    pool = BlockingPool(1)

    def fail() -> None:
        raise KeyError("x")

    assert await pool.run(lambda: 42) == 42
    with pytest.raises(KeyError):
        await pool.run(fail)
    pool.close()
    with pytest.raises(RuntimeError):
        await pool.run(lambda: 42)


async def test_the_pool_gives_functions_the_deadline_of_their_call() -> None:
    pool = BlockingPool(1)
    async with deadline_in(100):
        remaining = await pool.run(remaining_s)
    pool.close()
    assert remaining is not None
    assert 90 < remaining <= 100
    assert remaining_s() is None


async def test_the_pool_lets_a_caller_go_at_its_deadline_and_keeps_the_place_until_the_thread_is_done() -> None:
    pool = BlockingPool(1)
    release, ran = threading.Event(), threading.Event()
    with pytest.raises(TimeoutError):
        async with deadline_in(0.02):
            await pool.run(release.wait)
    with pytest.raises(TimeoutError):
        async with deadline_in(0.02):
            await pool.run(ran.set)
    assert not ran.is_set()
    release.set()
    async with asyncio.timeout(5):
        await pool.run(ran.set)
    assert ran.is_set()
    pool.close()


async def test_the_pool_runs_no_more_functions_at_once_than_it_has_threads() -> None:
    pool = BlockingPool(3)
    lock, running, most = threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(5)
        with lock:
            running -= 1

    await asyncio.gather(*(pool.run(work) for _ in range(9)))
    pool.close()
    assert most == 3


@pytest.mark.parametrize(
    ("expression", "name", "found"),
    [
        ("", "anything", True),
        ("b", "abc", True),
        ("^b", "abc", False),
        (r"^db-\d+$", "db-42", True),
        ("(?i)DB", "db", True),
        ("caf\u00e9", "a caf\u00e9", True),
        ("(a*)*b", "a" * 5000, False),
    ],
)
def test_a_name_expression_is_searched_anywhere(expression: str, name: str, found: bool) -> None:
    assert regexp_from(expression).matches(name) is found


@pytest.mark.parametrize("expression", ["(", "(?=a)", r"(a)\1", "a{1001}", "[z-a]", "*"])
def test_a_name_expression_that_is_not_re2_is_refused(expression: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidRefError, match=r"not an RE2 expression: .+"):
        regexp_from(expression)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("method", ["/bulkhead.provider.v1.ProviderService/Push", "/x", ""])
def test_a_method_outside_the_table_is_for_nobody(method: str) -> None:
    with pytest.raises(CallerNotAllowedError):
        check_caller(caller("controller"), method, trust_domain="bulkhead.local", now=NOW)


@pytest.mark.parametrize("method", ALLOWED_PATHS)
def test_a_certificate_is_of_no_use_from_the_moment_it_expires(method: str) -> None:
    check_caller(caller("controller"), method, trust_domain="bulkhead.local", now=NOW)
    with pytest.raises(CallerNotAllowedError, match="expired"):
        check_caller(caller("controller"), method, trust_domain="bulkhead.local", now=NOW + timedelta(seconds=1))


def caller(path: str) -> LeafFacts:
    spiffe_id = SpiffeId("bulkhead.local", path)
    return LeafFacts(spiffe_id=spiffe_id, serial=1, not_before=NOW, not_after=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    "auth_context",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"transport_security_type": [b"ssl"]}, id="no-certificate"),
        pytest.param({"transport_security_type": [b"insecure"], "x509_pem_cert": [b"x"]}, id="no-tls"),
        pytest.param({"transport_security_type": [b"ssl"], "x509_pem_cert": [b"x"]}, id="a-broken-certificate"),
    ],
)
def test_a_connection_has_no_caller_with(auth_context: dict[str, list[bytes]]) -> None:
    with pytest.raises(CallerNotAllowedError):
        caller_from(auth_context)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("unix:///run/p/provider.sock", UnixSocket(Path("/run/p/provider.sock"))),
        ("unix:/run/p/provider.sock", UnixSocket(Path("/run/p/provider.sock"))),
        ("127.0.0.1:8443", Address("127.0.0.1", 8443)),
        (":8443", Address("", 8443)),
    ],
)
def test_listen_reads(text: str, want: UnixSocket | Address) -> None:
    assert listen_from_text(text) == want


@pytest.mark.parametrize("text", ["", "unix:", "unix:relative", "unix:///" + "x" * 107, "host", "host:port"])
def test_listen_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        listen_from_text(text)


REQUIRED = ("--tls-dir=/tls", "--policy-file=/policy")


@pytest.mark.parametrize("order", [("unix:///a/s", "127.0.0.1:9"), ("127.0.0.1:9", "unix:///a/s")])
def test_a_socket_and_an_address_may_be_listened_on_together(order: tuple[str, str]) -> None:
    server = settings_from_arguments("p", [*REQUIRED, *(f"--listen={each}" for each in order)]).server
    assert (server.listen, server.webhook_listen) == (UnixSocket(Path("/a/s")), Address("127.0.0.1", 9))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(("127.0.0.1:1", "127.0.0.1:2"), id="two-addresses"),
        pytest.param(("unix:///a/s", "unix:///b/s"), id="two-sockets"),
        pytest.param(("unix:///a/s", "127.0.0.1:1", "127.0.0.1:2"), id="three"),
    ],
)
def test_listening_is_refused_at(given: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings_from_arguments("p", [*REQUIRED, *(f"--listen={each}" for each in given)])
    assert "for the webhook alone" in capsys.readouterr().err


def test_a_socket_on_which_another_process_listens_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    path = tmp_path / "p.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(ListenError, match="another process listens there"):
            UnixSocket(path).prepare()
    assert path.is_socket()
    UnixSocket(path).prepare()
    assert not path.exists()
