"""Turns wheels into the files that an image gets of them. Pure; who fetches wheels is `fetching`.

A wheel is a zip archive of what an environment gets, so nothing of an installer is needed. Programs, headers and tests
of a wheel are left out, as images start modules and compile nothing, and so is what debuggers read in its libraries.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from fnmatch import fnmatch
from typing import Final

from packaging.utils import canonicalize_name

from bulkhead_images.base import SITE
from bulkhead_images.components import Component, Origin, licence_from_metadata
from bulkhead_images.elf import loadable
from bulkhead_images.oci import digest_of
from bulkhead_images.tree import Entry

_DATA: Final = re.compile(r"[^/]+\.data/(?:purelib|platlib)/(.+)")
_DROPPED: Final = (
    "*.pyi", "*.pyx", "*.pxd", "*.pxi", "*.c", "*.cc", "*.cpp", "*.h", "*.hpp", "*.proto", "*/py.typed",
    "*/tests/*", "*/test/*", "tests/*", "test/*", "*/.hash/*", "*.dist-info/RECORD", "*.dist-info/sboms/*",
    # Only `cffi` the compiler of bindings asks for it; what the bindings load is `_cffi_backend`.
    "pycparser/*",
)  # fmt: skip
_PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One line of a lock, with the lines that go on from it."""

    name: str
    version: str
    hashes: frozenset[str]
    """SHA-256 of each file that the lock takes for it."""
    line: str
    """As it stands in the lock, for those who read locks."""


def pins_from_lock(text: str) -> list[Pin]:
    """Read the pins of a lock that `make lock` wrote, in its order."""
    return [
        Pin(name=match[1], version=match[2], hashes=frozenset(_HASH.findall(match[3])), line=match[0])
        for match in _PIN.finditer(text)
    ]


def wheel_entries(wheel: bytes) -> list[Entry]:
    """Give the files of a wheel that an image gets, where the interpreter finds them.

    Source: binary distribution format, "Installing a wheel"; `purelib` and `platlib` below `.data` are one place here.
    """
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        named = [(_place(name), name) for name in archive.namelist() if not name.endswith("/")]
        return [
            Entry(path=f"{SITE}/{place}", content=loadable(archive.read(name)))
            for place, name in named
            if place is not None and not any(fnmatch(place, pattern) for pattern in _DROPPED)
        ]


def wheel_component(wheel: bytes, *, origin: Origin) -> Component:
    """Say what a wheel is, from its own metadata.

    Raises:
        ValueError: it has no METADATA.
    """
    metadata = _metadata(wheel)
    return Component(
        origin=origin,
        name=canonicalize_name(str(metadata["Name"])),
        version=str(metadata["Version"]),
        licence=licence_from_metadata(metadata),
        sha256=digest_of(wheel).removeprefix("sha256:"),
    )


def _metadata(wheel: bytes) -> Message:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name in archive.namelist():
            if fnmatch(name, "*.dist-info/METADATA") and name.count("/") == 1:
                return BytesParser().parsebytes(archive.read(name))
    raise ValueError("the wheel has no METADATA")


def _place(name: str) -> str | None:
    """Say where a member goes below the folder of packages; None if it goes nowhere."""
    data = _DATA.fullmatch(name)
    if data:
        return data[1]
    return None if ".data/" in name.partition("/")[0] + "/" else name
