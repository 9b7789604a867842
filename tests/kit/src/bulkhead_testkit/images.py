"""Environments that hold one distribution and its locked closure each, as a container image would.

The controller's process runs where boto3 and hvac are not installed, and any Unix user may read the files: both are
what a container gives. Made from `requirements/<dist>.txt` once per content and kept.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from bulkhead_testkit.cache import cache_dir, locked
from bulkhead_testkit.distributions import build_wheel, closure, locked_requirements, source_files
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.toolchain import CHECKOUT

_SHARED_CACHE: Final = Path("/var/tmp/bulkhead-images")
_NOBODY: Final = 65534
_OLDEST_PYTHON: Final = (3, 11)


class ImageError(Exception):
    """An environment could not be made; the message says what to do."""


def image(distribution: str) -> Path:
    """Give the environment of one distribution, such as `bulkhead-controller`; its programs are in `bin`.

    Raises:
        ImageError: no Python that every user may run, or the installer failed.
    """
    sources = list(closure(distribution).values())
    requirements = locked_requirements(distribution)
    target = _images_dir() / f"{distribution}-{_digest([requirements, *source_files(sources)])}"
    with locked(f"image-{distribution}"):
        if not (target / ".complete").exists():
            Progress(f"image {distribution}").say("installing its locked closure")
            _install(target, requirements, sources)
            (target / ".complete").touch()
    return target


def _install(target: Path, requirements: Path, sources: Iterable[Path]) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    _run([uv, "venv", "--quiet", "--clear", "--python", str(_python_for_everyone()), str(target)])
    into = ["--quiet", "--python", str(target / "bin" / "python"), "--link-mode", "copy", "--compile-bytecode"]
    _run([uv, "pip", "sync", *into, "--require-hashes", str(requirements)])
    with tempfile.TemporaryDirectory() as wheels:
        for source in sources:
            build_wheel(source, Path(wheels))
        _run([uv, "pip", "install", *into, "--no-deps", "--no-index", *map(str, Path(wheels).glob("*.whl"))])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"{Path(command[0]).name} {command[1]} failed: {done.stderr.strip()[-2000:]}")


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(str(_python_for_everyone()).encode())
    for path in files:
        digest.update(f"{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _images_dir() -> Path:
    """Where images are kept: below the cache, or where every user can read when several users run."""
    if os.geteuid() != 0:
        return cache_dir() / "images"
    _SHARED_CACHE.mkdir(mode=0o755, exist_ok=True)
    status = _SHARED_CACHE.lstat()
    if status.st_uid != 0 or status.st_mode & 0o022:
        raise ImageError(f"{_SHARED_CACHE} can be written by other users: remove it")
    return _SHARED_CACHE


@cache
def _python_for_everyone() -> Path:
    """Find an interpreter that the processes' users may run, which a Python below /root is not."""
    candidates = [Path(sys.base_prefix) / "bin" / "python3", *map(Path, ("/usr/local/bin/python3", "/usr/bin/python3"))]
    for candidate in candidates:
        if candidate.exists() and _runs(candidate):
            return candidate.resolve()
    raise ImageError(
        f"none of {', '.join(map(str, candidates))} is Python {_OLDEST_PYTHON[0]}.{_OLDEST_PYTHON[1]} or newer and can "
        "be run by other Unix users: install Python below /usr, or run as an ordinary user"
    )


def _runs(python: Path) -> bool:
    user = _NOBODY if os.geteuid() == 0 else None
    try:
        done = subprocess.run(
            [python, "-I", "-c", f"import ssl, sys; sys.exit(sys.version_info < {_OLDEST_PYTHON})"],
            user=user, group=user, extra_groups=[] if user else None, cwd="/", capture_output=True, check=False,
        )  # fmt: skip
    except PermissionError:
        return False
    return done.returncode == 0
