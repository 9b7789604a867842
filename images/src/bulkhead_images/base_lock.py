"""The locked Debian packages of the base layer, one line each. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PACKAGES: Final = (
    "base-files", "ca-certificates", "gcc-12-base", "libbz2-1.0", "libc6", "libexpat1", "libffi8", "libgcc-s1",
    "liblzma5", "libpython3.11-minimal", "libpython3.11-stdlib", "libssl3", "libstdc++6", "libuuid1",
    "python3.11-minimal", "zlib1g",
)  # fmt: skip
"""CPython and the libraries that its modules and our wheels load; base-files for os-release and the licences' texts,
gcc-12-base for the copyright of two of them. What Debian wants besides is for modules that `base` leaves out."""
_LINE: Final = re.compile(r"([a-z0-9][a-z0-9+.-]+)\t([A-Za-z0-9.+:~-]+)\t([a-z0-9]+)\t([0-9a-f]{64})")
_HEADER: Final = "# name, version, architecture, SHA-256 of the package; written by `python -m bulkhead_images lock`\n"


class LockError(Exception):
    """The lock cannot be read, or does not name what the base is made of."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Package:
    """One Debian package, down to its bytes."""

    name: str
    version: str
    architecture: str
    sha256: str


def packages_from_lock(text: str) -> list[Package]:
    """Read a lock.

    Raises:
        LockError: a line is not understood, or the packages are others than the base is made of.
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [(line, _LINE.fullmatch(line)) for line in lines]
    for line, match in found:
        if match is None:
            raise LockError(
                f"base.lock: line {line!r} is not name, version, architecture and SHA-256 with tabs between"
            )
    packages = sorted(
        Package(name=match[1], version=match[2], architecture=match[3], sha256=match[4]) for _, match in found if match
    )
    if tuple(package.name for package in packages) != PACKAGES:
        raise LockError(
            "base.lock: names other packages than the base is made of; run `python -m bulkhead_images lock`"
        )
    return packages


def lock_from_packages(packages: Iterable[Package]) -> str:
    """Write a lock, sorted by name."""
    lines = [f"{each.name}\t{each.version}\t{each.architecture}\t{each.sha256}\n" for each in sorted(packages)]
    return _HEADER + "".join(lines)
