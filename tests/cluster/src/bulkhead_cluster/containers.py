"""Runs a program inside a container through the API server, as `kubectl exec` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import msgspec
from kubernetes import client
from kubernetes.stream import stream
from kubernetes.stream.ws_client import ERROR_CHANNEL, STDERR_CHANNEL, STDIN_CHANNEL, STDOUT_CHANNEL

from bulkhead_cluster.errors import ClusterError
from bulkhead_testkit.kubeconfig import api_client

_TIMEOUT_S: Final = 120.0
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """How a program in a container ended."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class _Connection(Protocol):
    """What is used of the package's WSClient, which has no types."""

    def run_forever(self, timeout: float) -> None: ...
    def is_open(self) -> bool: ...
    def read_channel(self, channel: int) -> bytes: ...
    def write_channel(self, channel: int, data: bytes) -> None: ...
    def close_channel(self, channel: int) -> None: ...
    def update(self, timeout: float) -> None: ...
    def close(self) -> None: ...
    @property
    def sock(self) -> "_Socket": ...


class _Socket(Protocol):
    def shutdown(self) -> None: ...


class _Cause(msgspec.Struct, frozen=True, kw_only=True):
    reason: str = ""
    message: str = ""


class _Details(msgspec.Struct, frozen=True, kw_only=True):
    causes: list[_Cause] = []


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    status: str = ""
    message: str = ""
    reason: str = ""
    details: _Details | None = None


def exec_in(
    kubeconfig: Path,
    *,
    namespace: str,
    pod: str,
    container: str,
    command: Sequence[str],
    stdin: bytes = b"",
    timeout_s: float = _TIMEOUT_S,
) -> Executed:
    """Run a program in a container and wait for its end.

    Args:
        kubeconfig: of who may create `pods/exec` there.
        namespace: the Pod's.
        pod: its name.
        container: its name.
        command: program and arguments; no shell reads them.
        stdin: what the program reads, with an end; without any it has no standard input.
        timeout_s: how long it may run, in seconds.

    Raises:
        ClusterError: the program could not be started, or still runs after the time.
        kubernetes.client.ApiException: the API server refused it.

    Source: Kubernetes remote command protocol, `v5.channel.k8s.io`, which alone can say that the input has ended.
    """
    with api_client(kubeconfig) as api:
        connection: _Connection = stream(
            client.CoreV1Api(api).connect_get_namespaced_pod_exec,
            pod,
            namespace,
            container=container,
            command=list(command),
            stdin=bool(stdin),
            stdout=True,
            stderr=True,
            tty=False,
            binary=True,
            _preload_content=False,
        )
        try:
            _write(connection, stdin)
            connection.run_forever(timeout=timeout_s)
            if connection.is_open():
                raise ClusterError(f"{namespace}/{pod}/{container}: {command[0]} still runs after {timeout_s:g} s")
            return Executed(
                exit_code=exit_code_from(connection.read_channel(ERROR_CHANNEL), f"{namespace}/{pod}/{container}"),
                stdout=connection.read_channel(STDOUT_CHANNEL),
                stderr=connection.read_channel(STDERR_CHANNEL),
            )
        finally:
            connection.close()
            # What the other side has closed, `close` leaves open here.
            connection.sock.shutdown()


def _write(connection: _Connection, stdin: bytes) -> None:
    for start in range(0, len(stdin), _CHUNK):
        connection.write_channel(STDIN_CHANNEL, stdin[start : start + _CHUNK])
        # A program that answers while it reads would wait for a reader.
        connection.update(timeout=0)
    if stdin:
        connection.close_channel(STDIN_CHANNEL)


def exit_code_from(answer: bytes, where: str) -> int:
    """Read how the program ended from what kubelet says at the end; pure.

    Raises:
        ClusterError: it says nothing, or that the program could not be started.

    Source: meta/v1 Status; the cause `ExitCode` of the remote command protocol.
    """
    if not answer:
        raise ClusterError(f"{where}: the connection ended before the program did")
    status = msgspec.json.decode(answer, type=_Status)
    if status.status == "Success":
        return 0
    codes = [cause.message for cause in (status.details or _Details()).causes if cause.reason == "ExitCode"]
    if not codes:
        raise ClusterError(f"{where}: the program could not be started: {status.message}")
    return int(codes[0])
