"""API clients that send nothing: tests say what is answered to each request."""

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


class OfflineClient(KubeClient):
    """Not to be opened; only `request` and what stands on it work."""

    def __init__(self) -> None:
        """Connect to nothing."""
        super().__init__(KubeConfig(server="https://127.0.0.1:1", directory=Path("none")))

    async def answer(self, call: Call) -> bytes:
        """Give the reply to a request, JSON, or raise the ApiError that it ends with."""
        raise NotImplementedError

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
        """Ask `answer`."""
        return await self.answer(
            Call(
                method=method,
                path=path,
                body=msgspec.json.decode(body or b"{}"),
                content_type=content_type,
                accept=accept,
                query=query,
                sensitive=sensitive,
            )
        )


class RecordingClient(OfflineClient):
    """Keeps what was asked, and answers with one reply after the other, the last one again and again."""

    def __init__(self, *replies: bytes) -> None:
        """Answer with `replies`, JSON, at least one."""
        super().__init__()
        self.calls: list[Call] = []
        self._replies = replies

    async def answer(self, call: Call) -> bytes:
        """Keep the request."""
        self.calls.append(call)
        return self._replies[min(len(self.calls), len(self._replies)) - 1]
