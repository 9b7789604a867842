"""What the kubelet asks a container, and what the container says of its certificates, over the health port."""

import http.client
from collections.abc import Sequence
from typing import Final

import msgspec

from bulkhead_runtime.tls_facts import TlsFacts

_ANSWER_S: Final = 2.0


def answers(port: int, path: str) -> bool:
    """Say whether a probe of this machine would succeed."""
    return _get(port, path) is not None


def loaded_tls(port: int) -> Sequence[TlsFacts]:
    """Ask a process what it uses, for each of its identities; empty if it does not answer."""
    body = _get(port, "/tls")
    found = [] if body is None else msgspec.json.decode(body, type=TlsFacts | list[TlsFacts])
    return found if isinstance(found, list) else [found]


def _get(port: int, path: str) -> bytes | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read() if answer.status == http.client.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
