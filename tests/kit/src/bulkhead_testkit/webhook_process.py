"""A real webhook process with a certificate of the tests' own authority, and those who ask it."""

import base64
import http.client
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process

SERVER: Final = Leaf(
    spiffe_id=SpiffeId("bulkhead.local", "webhook/server"), usage=Usage.SERVER, dns_names=["localhost"]
)
"""A good certificate for a webhook that is called by the name localhost."""
UID: Final = "7f0b2891-916f-4ed6-b7cd-27bff1815a8c"

_TIMEOUT_S: Final = 30.0
_READY_S: Final = 30.0


class Status(msgspec.Struct):
    """Why an object was refused."""

    code: int
    reason: str
    message: str


class Answer(msgspec.Struct, rename="camel"):
    """What a webhook said of an object."""

    uid: str
    allowed: bool
    status: Status | None = None
    warnings: list[str] = []
    audit_annotations: dict[str, str] = {}


class _Review(msgspec.Struct):
    response: Answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    body: bytes

    @property
    def answer(self) -> Answer:
        """The answer in it; raises msgspec.DecodeError if there is none."""
        return msgspec.json.decode(self.body, type=_Review).response


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook; `answering` starts it."""

    directory: Path
    flags: Sequence[str] = ()
    program: Sequence[str] = ("-m", "bulkhead_webhook")
    """What Python runs."""
    authority: Authority = field(default_factory=Authority.new)
    port: int = field(default_factory=free_port)
    live_port: int = field(default_factory=free_port)

    @property
    def cert_dir(self) -> Path:
        """Where its certificate is."""
        return self.directory / "tls"

    @property
    def ca_bundle(self) -> str:
        """What a webhook configuration says of its roots."""
        return base64.b64encode(self.authority.roots).decode()

    def process(self) -> Process:
        """Describe the process; it is not started."""
        argv = [
            *(sys.executable, *self.program, f"--live-addr=127.0.0.1:{self.live_port}", "--metrics-addr="),
            *("--bind-address=127.0.0.1", f"--port={self.port}", f"--cert-dir={self.cert_dir}", *self.flags),
        ]
        return Process("webhook", argv, log=self.directory / "log", cwd=self.directory)

    def issue(self, leaf: Leaf = SERVER) -> None:
        """Give it a certificate."""
        self.authority.issue(leaf, self.cert_dir)

    def is_ready(self) -> bool:
        """Say whether its probe does."""
        return self.probe("/readyz").status == 200

    def probe(self, path: str, *, timeout_s: float = _TIMEOUT_S) -> Reply:
        """Ask its health port; the status is 0 while nobody listens there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.live_port, timeout=timeout_s)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return Reply(reply.status, reply.read())
        except ConnectionError:
            return Reply(0, b"")
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPSConnection:
        """Give a connection to it, as the API server makes one."""
        return http.client.HTTPSConnection("localhost", self.port, context=self.tls(), timeout=_TIMEOUT_S)

    def tls(self) -> ssl.SSLContext:
        """Trust its authority and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.authority.roots.decode())
        return context

    def ask(self, body: bytes, *, path: str = "/validate", headers: dict[str, str] | None = None) -> Reply:
        """Ask one question over a connection of its own."""
        connection = self.connect()
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"} | (headers or {}))
            reply = connection.getresponse()
            return Reply(reply.status, reply.read())
        finally:
            connection.close()


@contextmanager
def answering(webhook: Webhook) -> Iterator[Process]:
    """Run a webhook from the moment it answers."""
    webhook.issue()
    with webhook.process() as process:
        process.wait_until(webhook.is_ready, _READY_S)
        yield process


def review(kind: str = "ExternalSecret", *, group: str = "external-secrets.io", **request: object) -> bytes:
    """Write a question about creating an object; what `request` says is put over it."""
    asked: dict[str, object] = {
        "uid": UID,
        "kind": {"group": group, "version": "v1", "kind": kind},
        "operation": "CREATE",
        "namespace": "team-a",
        "name": "database",
        "object": {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "database"}, "spec": {}},
    }
    return msgspec.json.encode(
        {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": asked | request}
    )


def resident_bytes(process: Process) -> int:
    """Say how much memory a process has now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
