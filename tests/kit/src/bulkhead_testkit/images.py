"""Environments that hold one distribution and its locked closure each, as a container image would.

The controller's process runs where boto3 and hvac are not installed, and any Unix user may read the files: both are
what a container gives. Made from `requirements/<dist>.txt` once per content and kept.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from bulkhead_testkit.cache import cache_dir, locked
from bulkhead_testkit.progress import Progress

CHECKOUT: Final = Path(__file__).parents[4]
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
    sources = list(_closure(distribution))
    requirements = CHECKOUT / "requirements" / f"{distribution.removeprefix('bulkhead-')}.txt"
    target = _images_dir() / f"{distribution}-{_digest([requirements, *_files(sources)])}"
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
            _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels], cwd=source)
        _run([uv, "pip", "install", *into, "--no-deps", "--no-index", *map(str, Path(wheels).glob("*.whl"))])


def _run(command: list[str], *, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"{Path(command[0]).name} {command[1]} failed: {done.stderr.strip()[-2000:]}")


def _closure(distribution: str) -> Iterable[Path]:
    """Give the folders of the distribution and of all our own distributions that it needs."""
    folders = _distributions()
    wanted, seen = [distribution], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        project = tomllib.loads((folders[name] / "pyproject.toml").read_text())["project"]
        wanted += [need for need in project["dependencies"] if need in folders]
        yield folders[name]


@cache
def _distributions() -> dict[str, Path]:
    members = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    folders = [CHECKOUT / member for member in members]
    return {tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]: folder for folder in folders}


def _files(folders: Iterable[Path]) -> list[Path]:
    files = [path for folder in folders for path in (folder / "src").rglob("*") if "__pycache__" not in path.parts]
    return sorted(path for path in [*files, *(folder / "pyproject.toml" for folder in folders)] if path.is_file())


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
