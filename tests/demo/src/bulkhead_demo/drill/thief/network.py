"""Connections to whatever the container's network lets through."""

import http.client
import os
import socket
import struct

from bulkhead_demo.drill.thief.verdict import BACKEND, NETWORK, RefusedError, StumbledError, any_server, refused_by_os

_CONNECT_S = 1.5
_NAME_NOT_THERE = 3


def connect(*, host: str, port: str) -> str:
    """Open a TCP connection and close it."""
    try:
        with socket.create_connection((host, int(port)), timeout=_CONNECT_S):
            return "connected"
    except OSError as error:
        raise refused_by_os(NETWORK, error) from None


def read_page(*, places: str, path: str, marker: str) -> str:
    """Read a page over plain HTTP at the first of these places that has it.

    Args:
        places: `host:port`, by commas.
        path: of the page.
        marker: a text in it, by which it is told from another's page.
    """
    refusals = []
    for place in places.split(","):
        connection = http.client.HTTPConnection(place, timeout=_CONNECT_S)
        try:
            connection.request("GET", path)
            if marker.encode() in connection.getresponse().read():
                return "read"
            refusals.append(RefusedError(NETWORK, "another answers"))
        except OSError as error:
            refusals.append(refused_by_os(NETWORK, error))
        finally:
            connection.close()
    raise refusals[0]


def ask_name(*, server: str, name: str, port: int = 53) -> str:
    """Ask a name server about a name, as a thief does who writes what it stole into the name."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_CONNECT_S)
        try:
            asking.connect((server, port))
            # One question, recursion wanted: type A, class IN.
            asking.send(os.urandom(2) + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + question + struct.pack(">HH", 1, 1))
            answer = asking.recv(4096)
        except OSError as error:
            raise refused_by_os(NETWORK, error) from None
    code = answer[3] & 15
    if code not in (0, _NAME_NOT_THERE):
        raise StumbledError(f"DNS {code}")
    return "answered"


def fetch(*, host: str, port: str, path: str, method: str = "GET", body: str = "", tokens: tuple[str, ...] = ()) -> str:
    """Ask a backend with each credential that is there; without any, as nobody.

    Args:
        host: of the backend.
        port: of the backend.
        path: of the request.
        method: of the request.
        body: JSON; empty means none.
        tokens: files that may hold the credential.
    """
    refusals = []
    for token in [_read(each) for each in tokens if os.access(each, os.R_OK)] or [""]:
        try:
            return _fetch(host, int(port), method, path, body, token)
        except RefusedError as error:
            refusals.append(error)
    raise refusals[-1]


def _fetch(host: str, port: int, method: str, path: str, body: str, token: str) -> str:
    connection = http.client.HTTPSConnection(host, port, timeout=_CONNECT_S, context=any_server())
    try:
        connection.request(method, path, body=body or None, headers={"X-Vault-Token": token} if token else {})
        status = connection.getresponse().status
    except OSError as error:
        raise refused_by_os(NETWORK, error) from None
    finally:
        connection.close()
    if 200 <= status < 300:
        return str(status)
    if status in (400, 401, 403):
        raise RefusedError(BACKEND, str(status))
    raise StumbledError(f"HTTP {status}")


def _read(path: str) -> str:
    with open(path) as file:  # noqa: PTH123 - nothing is imported for one line
        return file.read().strip()
