"""An API client that sends nothing: it keeps what was asked and answers every request with the same object."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    method: str
    path: str
    body: dict[str, object]
    """As JSON; empty if nothing was sent."""
    content_type: str
    accept: str
    query: Mapping[str, str] | None
    sensitive: bool


class RecordingClient(KubeClient):
    """Not to be opened; only `request` and what stands on it work."""

    def __init__(self, reply: bytes) -> None:
        """Answer with `reply`, JSON."""
        super().__init__(KubeConfig(server="https://127.0.0.1:1", directory=Path("none")))
        self.calls: list[Call] = []
        self._reply = reply

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        query: Mapping[str, str] | None = None,
        timeout_s: float = 30,
        sensitive: bool = False,
    ) -> bytes:
        """Keep the request."""
        call = Call(
            method=method,
            path=path,
            body=msgspec.json.decode(body or b"{}"),
            content_type=content_type,
            accept=accept,
            query=query,
            sensitive=sensitive,
        )
        self.calls.append(call)
        return self._reply
