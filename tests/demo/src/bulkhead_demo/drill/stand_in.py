"""What the drill's thieves want to reach: a stranger, a backend of others, the metadata server and the node's services.

Runs as a program of its own in Pods of the drill, with the standard library alone: `stand_in.py KIND [ADDRESS PORT…]`.
"""

import fcntl
import http.server
import json
import signal
import socket
import socketserver
import ssl
import struct
import sys
import threading
import typing

METADATA = ("169.254.169.254", "169.254.170.23")
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS = 0x8916, 0x891C, 0x8914
_LABELS = ("lo:81", "lo:82")
_CERTIFICATE = "/var/run/stand-in"
OTHER_VALUE = "a-secret-of-another-backend"
_KV = {"data": {"data": {"list": OTHER_VALUE}, "metadata": {"version": 1, "created_time": "2020-01-01T00:00:00Z"}}}
_SELF = {"data": {"ttl": 3600, "type": "service", "policies": ["default"]}, "auth": None}


class _Backend(http.server.BaseHTTPRequestHandler):
    """Answers as a Vault would that takes any credential, and keeps none."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(_KV if "/data/" in self.path else _SELF).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        """Say nothing: what it was asked with is a credential."""


class _Names(socketserver.BaseRequestHandler):
    """Answers every question about a name with "there is none", as a thief's name server may."""

    def handle(self) -> None:
        question, answering = self.request
        answering.sendto(question[:2] + b"\x81\x83" + question[4:], self.client_address)


def stranger(address: str, *ports: str) -> None:
    """Listen at some ports, with the page of a web server, and as a name server."""
    for port in ports:
        _serve(http.server.ThreadingHTTPServer((address, int(port)), _Backend))
    _serve(socketserver.ThreadingUDPServer((address, 53), _Names))


def backend(address: str, port: str) -> None:
    """Listen as a backend with TLS."""
    server = http.server.ThreadingHTTPServer((address, int(port)), _Backend)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{_CERTIFICATE}/tls.crt", f"{_CERTIFICATE}/tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    _serve(server)


def node(address: str, *ports: str) -> None:
    """Listen as the cloud's metadata server, and at ports of the node behind which nothing is yet."""
    for label, metadata in zip(_LABELS, METADATA, strict=True):
        if not _is_own(metadata):
            _address(label, metadata)
        _serve(http.server.ThreadingHTTPServer((metadata, 80), _Backend))
    for port in ports:
        try:
            _serve(http.server.ThreadingHTTPServer((address, int(port)), _Backend))
        except OSError:
            # The node's own is there, which is what it stands for.
            continue


def _is_own(address: str) -> bool:
    with socket.socket() as trying:
        try:
            trying.bind((address, 0))
        except OSError:
            return False
    return True


def _address(label: str, address: str) -> None:
    """Give the loopback interface one more address."""
    for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.255")):
        name = struct.pack("16sHH4s8s", label.encode(), socket.AF_INET, 0, socket.inet_aton(value), b"")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, request, name)


def _remove_addresses() -> None:
    for label in _LABELS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            try:
                fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14s", label.encode(), 0, b""))
            except OSError:
                continue


def _serve(server: socketserver.BaseServer) -> None:
    threading.Thread(target=server.serve_forever, daemon=True).start()


_KINDS: typing.Mapping[str, typing.Callable[..., None]] = {"stranger": stranger, "backend": backend, "node": node}


def main(kind: str, *arguments: str) -> None:
    """Listen until told to stop."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    _KINDS[kind](*arguments)
    stopping.wait()
    if kind == "node":
        _remove_addresses()


if __name__ == "__main__":
    main(*sys.argv[1:])
