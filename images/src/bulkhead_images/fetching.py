"""Gets the wheels of a lock into the cache, with hashes checked; the index is whatever pip is set up to ask."""

import hashlib
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from bulkhead_images.wheels import Pin
from bulkhead_testkit.toolchain import CHECKOUT

_FETCH_S: Final = 600
_OLDEST_GLIBC, _GLIBC = 17, 36
"""Minor versions of glibc 2: the oldest that wheels are made for, and bookworm's."""
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}


class FetchError(Exception):
    """A wheel could not be had; the message holds the end of what the installer said."""


def wheels_of(pins: Sequence[Pin], architecture: str, cache: Path) -> dict[str, bytes]:
    """Give the wheel of each pin by its name, fetched now where the cache has none.

    Args:
        pins: of a lock; only wheels that its hashes name are taken.
        architecture: in Debian's words, amd64 or arm64.
        cache: the folder that wheels are kept in.

    Raises:
        FetchError: the index has no such wheel for CPython 3.11 on that architecture, or another than the lock names.
    """
    folder = cache / "wheels" / architecture
    folder.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pins if _cached(pin, folder) is None]
    if missing:
        _download(missing, architecture, folder)
    found = {pin.name: _cached(pin, folder) for pin in pins}
    lost = sorted(name for name, wheel in found.items() if wheel is None)
    if lost:
        raise FetchError(f"{', '.join(lost)}: no wheel of the lock's hashes came")
    return {name: wheel for name, wheel in found.items() if wheel is not None}


def _cached(pin: Pin, folder: Path) -> bytes | None:
    for path in (folder / f"{digest}.whl" for digest in sorted(pin.hashes)):
        if path.exists():
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == path.stem:
                return content
    return None


def _download(pins: Iterable[Pin], architecture: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=folder) as scratch:
        lock = Path(scratch) / "requirements.txt"
        lock.write_text("".join(f"{pin.line}\n" for pin in pins))
        # uv has no verb that gives the wheels themselves, whose hashes the bills of materials tell.
        pip = [str(CHECKOUT / ".venvs" / "bootstrap" / "bin" / "python"), "-m", "pip", "download", "--quiet"]
        checks = ["--no-deps", "--require-hashes", "--only-binary", ":all:", *_platform(architecture)]
        command = [*pip, "--disable-pip-version-check", "--no-input", *checks, "-d", scratch, "-r", str(lock)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FETCH_S)
        except subprocess.TimeoutExpired as error:
            raise FetchError(f"pip did not end within {_FETCH_S} s") from error
        if done.returncode != 0:
            raise FetchError(f"pip download: {done.stderr.strip()[-1500:]}")
        for wheel in Path(scratch).glob("*.whl"):
            wheel.rename(folder / f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}.whl")


def _platform(architecture: str) -> list[str]:
    machine = _MACHINES.get(architecture)
    if machine is None:
        raise FetchError(f"no images for {architecture}: only for {', '.join(_MACHINES)}")
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC, _OLDEST_GLIBC - 1, -1)]
    platforms = [word for tag in [*tags, f"manylinux2014_{machine}"] for word in ("--platform", tag)]
    abis = [word for abi in ("cp311", "abi3", "none") for word in ("--abi", abi)]
    return [*platforms, "--python-version", "3.11", "--implementation", "cp", *abis]
