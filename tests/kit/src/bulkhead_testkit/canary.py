"""Searches everything that an installation shows or keeps outside of Secrets for a value that must not be there.

A value may come out as it is or in the encodings that Kubernetes, JSON and careless formatting put it into, so it is
looked for in each of them, at every offset that base64 knows.
"""

import base64
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_testkit.admin import Admin
from bulkhead_testkit.scrape import scrape
from bulkhead_testkit.stack import Stack

_GROUP: Final = "/apis/external-secrets.io/v1"
_LISTS: Final = ("/api/v1/events", "/apis/events.k8s.io/v1/events", "/api/v1/configmaps")
"""Searched whole."""
_PARTS: Final = (
    "/api/v1/secrets",
    f"{_GROUP}/externalsecrets",
    f"{_GROUP}/secretstores",
    f"{_GROUP}/clustersecretstores",
)
"""Searched without what is a Secret's own content, or a fake store's."""


class _Parts(msgspec.Struct, frozen=True, kw_only=True):
    class Part(msgspec.Struct, frozen=True, kw_only=True):
        metadata: msgspec.Raw
        status: msgspec.Raw = msgspec.Raw(b"")

    items: list[Part]


def encodings(value: bytes) -> Mapping[str, bytes]:
    """Give every form of the value that is looked for, by a name to show."""
    octets = [str(byte) for byte in value]
    forms = {
        "plain": value,
        "hex": value.hex().encode(),
        "upper-case hex": value.hex().upper().encode(),
        "list of numbers": ", ".join(octets).encode(),
        "list of numbers as Go prints it": " ".join(octets).encode(),
    }
    for shift in range(3):
        forms[f"base64 at offset {shift}"] = _base64_core(value, shift)
        forms[f"base64url at offset {shift}"] = _base64_core(value, shift).translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def search(places: Mapping[str, bytes], value: bytes) -> list[str]:
    """Say in which places the value is found, and in which form; sorted."""
    forms = encodings(value)
    return sorted(
        f"{place}: {form}" for place, text in places.items() for form, wanted in forms.items() if wanted in text
    )


def places_of(stack: Stack) -> Mapping[str, bytes]:
    """Read all that a running installation shows or keeps, outside of Secrets, by a name to show."""
    return dict(chain(_logs(stack), _metrics(stack), places_of_api(stack.admin), _processes(stack)))


def places_of_api(admin: Admin) -> Iterator[tuple[str, bytes]]:
    """Read events and ConfigMaps, and the metadata and status of what holds or leads to secrets."""
    for path in _LISTS:
        yield path, admin.request("GET", path)
    for path in _PARTS:
        seen = msgspec.json.decode(admin.request("GET", path), type=_Parts)
        yield path, b"\n".join(bytes(text) for part in seen.items for text in (part.metadata, part.status))


def places_of_process(name: str, pid: int) -> Iterator[tuple[str, bytes]]:
    """Read what every user of the machine may see of a process, and its environment."""
    for file in ("cmdline", "environ"):
        yield f"{name} {file}", Path(f"/proc/{pid}/{file}").read_bytes()


def _base64_core(value: bytes, shift: int) -> bytes:
    """Give the characters that the value alone determines when `shift` more bytes, of three, stand before it."""
    encoded = base64.b64encode(bytes(shift) + value)
    first = -(-8 * shift // 6)
    return encoded[first : 8 * (shift + len(value)) // 6]


def _logs(stack: Stack) -> Iterator[tuple[str, bytes]]:
    files = [*(stack.folder / "pods").glob("*/*.log"), *stack.plane.logs.iterdir()]
    if stack.bao is not None:
        files.append(stack.bao.log)
    for file in files:
        yield str(file.relative_to(stack.folder)), file.read_bytes()


def _metrics(stack: Stack) -> Iterator[tuple[str, bytes]]:
    for pod in stack.pods.values():
        for name, process in pod.containers.items():
            yield f"{name} /metrics", scrape(process).encode()


def _processes(stack: Stack) -> Iterator[tuple[str, bytes]]:
    pids = {name: process.pid for pod in stack.pods.values() for name, process in pod.containers.items()}
    if stack.bao is not None:
        pids["openbao"] = stack.bao.pid
    for name, pid in {**pids, **stack.plane.pids}.items():
        yield from places_of_process(name, pid)
