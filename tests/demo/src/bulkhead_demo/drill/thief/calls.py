"""Calls to provider servers, over HTTP/2 by hand: not every image has gRPC, and a thief brings what it needs."""

import base64
import hashlib
import socket
import ssl
import struct
import typing
from pathlib import Path

from bulkhead_demo.drill.thief.files import matching
from bulkhead_demo.drill.thief.verdict import FILES, NETWORK, PROVIDER, RefusedError, refused_by_os

_ANSWER_S = 5.0
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _GOAWAY = 0, 1, 3, 4, 7
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_PAIRS = ("/var/run/bulkhead/tls", "/loot/*")
_Fields = dict[int, list[bytes]]


def ask(
    *,
    places: typing.Sequence[str],
    name: str,
    method: str,
    request: str,
    path: typing.Sequence[int] = (),
    sha256: str = "",
) -> str:
    """Call a method with each certificate that is there; one that gets an answer, with the value in it, is enough.

    Args:
        places: patterns of Unix sockets, or `host:port`.
        name: of the server, as its certificate spells it.
        method: of the service.
        request: base64 of the message.
        path: of field numbers down to the value in the answer.
        sha256: of that value; empty means that any answer will do.
    """
    message = base64.b64decode(request)
    refusals = []
    for place in _places(places):
        for pair in _pairs():
            try:
                answers = _call(place, pair, name, method, message)
            except OSError as error:
                refusals.append(refused_by_os(NETWORK if ":" in place else FILES, error))
                continue
            if _holds(answers, path, sha256):
                return "answered"
            refusals.append(RefusedError(PROVIDER, "no value" if answers else "no answer"))
    # The one that came farthest says most.
    raise max(refusals, key=lambda refusal: refusal.by == PROVIDER, default=RefusedError(FILES, "not there"))


def _places(patterns: typing.Sequence[str]) -> list[str]:
    remote = [pattern for pattern in patterns if pattern and not pattern.startswith("/")]
    return [*remote, *map(str, matching([pattern for pattern in patterns if pattern.startswith("/")]))]


def _pairs() -> list[Path]:
    """Give the folders with a client's certificate that can be used."""
    return [each for each in matching(_PAIRS) if (each / "tls.crt").exists() and (each / "tls.key").exists()]


def _call(place: str, pair: Path, name: str, method: str, message: bytes) -> list[bytes]:
    """Give the messages that came back; none if the call was refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(pair / "tls.crt", pair / "tls.key")
    host, _, port = place.rpartition(":")
    plain = socket.socket(socket.AF_UNIX) if place.startswith("/") else socket.socket()
    with plain:
        plain.settimeout(_ANSWER_S)
        plain.connect(place if place.startswith("/") else (host, int(port)))
        with context.wrap_socket(plain, server_hostname=name) as stream:
            stream.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b"") + _request(name, method, message))
            return _messages(_body(stream))


def _request(name: str, method: str, message: bytes) -> bytes:
    headers = {
        ":method": "POST",
        ":scheme": "https",
        ":path": f"/bulkhead.provider.v1.ProviderService/{method}",
        ":authority": name,
        "te": "trailers",
        "content-type": "application/grpc",
        "grpc-timeout": "4S",
    }
    block = b"".join(b"\0" + _text(key) + _text(value) for key, value in headers.items())
    data = b"\0" + struct.pack(">I", len(message)) + message
    return _frame(_HEADERS, _END_HEADERS, 1, block) + _frame(_DATA, _END_STREAM, 1, data)


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _body(stream: ssl.SSLSocket) -> bytes:
    body = b""
    while True:
        head = _exactly(stream, 9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        payload = _exactly(stream, length)
        if kind == _SETTINGS and not flags & _ACK:
            stream.sendall(_frame(_SETTINGS, _ACK, 0, b""))
        if kind == _DATA:
            body += payload
        if kind in (_RESET, _GOAWAY) or (kind in (_DATA, _HEADERS) and flags & _END_STREAM):
            return body


def _exactly(stream: ssl.SSLSocket, length: int) -> bytes:
    read = b""
    while len(read) < length:
        part = stream.recv(length - len(read))
        if not part:
            raise ConnectionResetError
        read += part
    return read


def _messages(body: bytes) -> list[bytes]:
    found = []
    while len(body) >= 5:
        length = int.from_bytes(body[1:5], "big")
        found.append(body[5 : 5 + length])
        body = body[5 + length :]
    return found


def _holds(answers: typing.Sequence[bytes], path: typing.Sequence[int], sha256: str) -> bool:
    if not sha256:
        return bool(answers)
    values = list(answers)
    for number in path:
        values = [part for value in values for part in _fields(value).get(number, [])]
    return any(hashlib.sha256(value).hexdigest() == sha256 for value in values)


def _fields(message: bytes) -> _Fields:
    """Read the fields of a protobuf message that have a length; numbers are passed over."""
    found: _Fields = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == 2:
            found.setdefault(tag >> 3, []).append(message[at : at + value])
            at += value
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return value, at
