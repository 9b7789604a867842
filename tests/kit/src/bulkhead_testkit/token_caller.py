"""Whoever holds a bearer token: calls the API server with it, and with nothing else."""

import http.client
import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from bulkhead_api.secret_value import SecretValue

_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReply:
    """What the API server answered."""

    status: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCaller:
    """A holder of a token."""

    server: str
    """The API server's URL."""
    ca_file: Path
    token: SecretValue

    @classmethod
    def from_folder(cls, folder: Path, *, server: str) -> Self:
        """Take a folder laid out as the mount of a Pod's ServiceAccount, as it is now."""
        token = SecretValue((folder / "token").read_bytes())
        return cls(server=server, ca_file=folder / "ca.crt", token=token)

    def call(self, method: str, path: str, body: object = None) -> TokenReply:
        """Send one request; every method but GET has a body, of a JSON merge patch for PATCH."""
        tls = ssl.create_default_context(cafile=str(self.ca_file))
        connection = http.client.HTTPSConnection(urlsplit(self.server).netloc, context=tls, timeout=_TIMEOUT_S)
        form = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self.token.reveal().decode()}", "Content-Type": form}
        try:
            connection.request(method, path, None if method == "GET" else json.dumps(body or {}), headers)
            answer = connection.getresponse()
            return TokenReply(status=answer.status, text=answer.read().decode())
        finally:
            connection.close()
