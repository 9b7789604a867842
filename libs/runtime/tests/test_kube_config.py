"""Where the API server is, and the files to speak to it."""

import os
from pathlib import Path

import pytest

from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.kube.token import TokenFile

SERVER = "https://127.0.0.1:6443"


class ManualClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write_token(folder: Path, text: str, *, age: int) -> None:
    path = folder / "token"
    path.write_text(text)
    os.utime(path, ns=(age * 10**9, age * 10**9))


@pytest.mark.parametrize(
    "server",
    [
        "http://127.0.0.1:8080",
        "127.0.0.1:6443",
        "https://user:word@host:6443",
        "https://host:6443/api",
        "https://host?x=1",
        "https://",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(server: str) -> None:
    with pytest.raises(KubeConfigError, match="https://host:port"):
        KubeConfig(server=server)


@pytest.mark.parametrize(
    ("host", "want"),
    [
        pytest.param("10.96.0.1", "https://10.96.0.1:443", id="ipv4"),
        pytest.param("fd00::1", "https://[fd00::1]:443", id="ipv6"),
    ],
)
def test_a_pod_finds_the_server_in_its_environment(monkeypatch: pytest.MonkeyPatch, host: str, want: str) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")

    assert KubeConfig.from_environment().server == want


def test_outside_of_a_pod_the_error_names_the_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(KubeConfigError, match="--kube-api-server"):
        KubeConfig.from_environment()


@pytest.mark.parametrize("content", ["", "  \n", "two words", "line\r\nX-Evil: 1", "tök"])
def test_a_file_without_a_token_is_refused_and_not_quoted(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content)
    with pytest.raises(KubeConfigError, match="does not hold a bearer token") as caught:
        KubeConfig(server=SERVER, directory=tmp_path).read_token()
    assert "Evil" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KubeConfigError, match=r"namespace: No such file"):
        KubeConfig(server=SERVER, directory=tmp_path).read_namespace()


def test_the_namespace_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "namespace").write_text("team-a\n")
    assert KubeConfig(server=SERVER, directory=tmp_path).read_namespace() == "team-a"


def test_a_new_token_is_seen_within_a_second(tmp_path: Path) -> None:
    clock = ManualClock()
    tokens = TokenFile(KubeConfig(server=SERVER, directory=tmp_path), clock=clock)
    write_token(tmp_path, "first\n", age=1)
    assert tokens.current() == "first"

    write_token(tmp_path, "second\n", age=2)
    clock.now += 0.5
    assert tokens.current() == "first"
    clock.now += 0.6
    assert tokens.current() == "second"


def test_a_refused_token_is_read_again_at_once(tmp_path: Path) -> None:
    tokens = TokenFile(KubeConfig(server=SERVER, directory=tmp_path), clock=ManualClock())
    write_token(tmp_path, "first", age=1)
    assert tokens.current() == "first"
    write_token(tmp_path, "other", age=1)

    tokens.expect_change()

    assert tokens.current() == "other"


@pytest.mark.parametrize("content", [None, ""], ids=["removed", "emptied"])
def test_the_last_good_token_stays_while_the_file_is_broken(tmp_path: Path, content: str | None) -> None:
    clock = ManualClock()
    tokens = TokenFile(KubeConfig(server=SERVER, directory=tmp_path), clock=clock)
    write_token(tmp_path, "good", age=1)
    assert tokens.current() == "good"

    (tmp_path / "token").unlink()
    if content is not None:
        write_token(tmp_path, content, age=2)
    clock.now += 2

    assert tokens.current() == "good"


def test_there_is_no_start_without_a_token(tmp_path: Path) -> None:
    with pytest.raises(KubeConfigError, match="token: No such file"):
        TokenFile(KubeConfig(server=SERVER, directory=tmp_path), clock=ManualClock()).current()
