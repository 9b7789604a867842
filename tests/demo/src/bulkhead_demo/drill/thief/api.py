"""Calls to the Kubernetes API with whatever token the container has."""

import base64
import http.client
import json
import os
import typing
from pathlib import Path

from bulkhead_demo.drill.thief.verdict import API, NETWORK, RefusedError, StumbledError, any_server, refused_by_os

_TOKENS = (
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/var/run/bulkhead/kubernetes/token",
    "/var/run/bulkhead/token/token",
)
_CONNECT_S = 1.5
_ANSWER_S = 5.0
_REFUSALS = (401, 403)
_FENCE = b"bulkhead:"
_SWITCHING = 101


def call(
    *,
    server: str,
    method: str,
    path: str,
    body: object = None,
    content_type: str = "application/json",
    accept: str = "application/json",
    headers: typing.Mapping[str, str] | None = None,
) -> str:
    """Send one request with each token there is, or as nobody if there is none; one that is let through is enough.

    Args:
        server: host and port.
        method: of the request.
        path: with its query.
        body: sent as JSON, a text as it is; None means none.
        content_type: of the body.
        accept: the form of the answer.
        headers: further ones.
    """
    more = {"Content-Type": content_type, "Accept": accept, **(headers or {})}
    refusals = []
    for token in tokens() or [""]:
        try:
            return judged(*_ask(server, method, path, body, more | _bearer(token)))
        except RefusedError as error:
            refusals.append(error)
    raise refusals[0]


def upgrade(*, server: str, path: str) -> str:
    """Open a stream into a Pod, as `kubectl exec` and `port-forward` do, and leave it at once."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "SPDY/3.1+portforward.k8s.io" if "portforward" in path else "v5.channel.k8s.io",
    }
    return call(server=server, method="GET", path=path, accept="*/*", headers=headers)


def call_by_secret(*, server: str, secret: str, path: str) -> str:
    """Read something with the token of another, which lies in a Secret that is read first.

    Args:
        server: host and port.
        secret: path of the Secret.
        path: of what is read.
    """
    refusals = []
    for token in tokens() or [""]:
        try:
            status, reply = _ask(server, "GET", secret, None, _bearer(token))
            judged(status, reply)
            found = base64.b64decode(json.loads(reply)["data"]["token"]).decode()
            return judged(*_ask(server, "GET", path, None, _bearer(found)))
        except RefusedError as error:
            refusals.append(error)
    raise refusals[0]


def tokens() -> list[str]:
    """Give the tokens that are mounted, the API server's own first."""
    return [Path(path).read_text().strip() for path in _TOKENS if os.access(path, os.R_OK)]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _ask(server: str, method: str, path: str, body: object, headers: typing.Mapping[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection(server, timeout=_CONNECT_S, context=any_server())
    try:
        connection.connect()
        connection.sock.settimeout(_ANSWER_S)
        connection.request(method, path, body=_encoded(body), headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, b"" if answer.status == _SWITCHING else answer.read(65536)
    except OSError as error:
        raise refused_by_os(NETWORK, error) from None
    finally:
        connection.close()


def judged(status: int, reply: bytes) -> str:
    """Say what an answer of the API server or a kubelet means."""
    if status in _REFUSALS or (status >= 400 and _FENCE in reply):
        raise RefusedError(API, str(status))
    if status == _SWITCHING or 200 <= status < 300:
        return str(status)
    raise StumbledError(f"HTTP {status}{_reason(reply)}")


def _reason(reply: bytes) -> str:
    """Give the one word of a Status that says why; never its message, which may quote an object."""
    try:
        said = json.loads(reply)
    except ValueError:
        return ""
    causes = (said.get("details") or {}).get("causes") or [] if isinstance(said, dict) else []
    fields = ", ".join(str(cause.get("field", "")) for cause in causes)
    return f" {said.get('reason', '')} {fields}".rstrip() if isinstance(said, dict) else ""


def _encoded(body: object) -> bytes | None:
    if body is None:
        return None
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
