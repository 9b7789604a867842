"""Builds Go programs into the cache: once for each set of inputs, by one process at a time, and visibly.

Knows nothing of what the programs are; that is `binaries`.
"""

import hashlib
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_testkit.cache import cache_dir, locked
from bulkhead_testkit.process import Process
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.toolchain import find_go, go_environment, go_version_from

_POLL_S: Final = 0.2
_FLAGS: Final = ("-v", "-trimpath", "-buildvcs=false")


class BuildError(Exception):
    """A program could not be built; the note holds the end of the compiler's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A program to build from a Go module of this checkout."""

    name: str
    """What messages and the cache call it."""
    module: Path
    """The folder with go.mod, go.sum and the module's sources."""
    package: str
    """The main package, as `go build` takes it."""
    programs: tuple[str, ...]
    """The names that the program is installed under; the first is the file, the others link to it."""
    stamps: tuple[tuple[str, str], ...] = ()
    """Variables that the linker sets: import path and name, value."""
    cost: str
    """How long a first build takes, for the person who waits."""

    @property
    def linker_flags(self) -> str:
        """The value of `-ldflags`: no symbol table, no debug information, the stamps."""
        return " ".join(["-s", "-w", *(f"-X {variable}={value}" for variable, value in self.stamps)])


def cache_key(recipe: Recipe) -> str:
    """Hash all that decides what the program is: sources, locked dependencies, flags and platform.

    The compiler is left out, so that an update of Go does not cost minutes.
    """
    digest = hashlib.sha256()
    for path in _inputs(recipe):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    settings = (recipe.package, *recipe.programs, *_FLAGS, recipe.linker_flags)
    digest.update("\n".join([*settings, platform.system(), platform.machine()]).encode())
    return digest.hexdigest()


def built(recipe: Recipe) -> Path:
    """Return the folder in the cache that holds the recipe's programs, built now if need be.

    Raises:
        BuildError: the compiler failed.
        ToolchainError: there is no compiler.
    """
    folder = cache_dir() / "bin" / f"{recipe.name}-{cache_key(recipe)[:16]}"
    # The folder appears by a rename when it is complete, so this look needs no lock.
    if folder.exists():
        return folder
    with locked(recipe.name):
        if not folder.exists():
            _build(recipe, folder)
    return folder


def _inputs(recipe: Recipe) -> Iterator[Path]:
    yield from (recipe.module / name for name in ("go.mod", "go.sum") if (recipe.module / name).exists())
    # A package of another module is decided by go.sum; one of this module by its folder alone.
    folder = recipe.module / recipe.package
    yield from sorted((folder if folder.is_dir() else recipe.module).glob("*.go"))


def _build(recipe: Recipe, folder: Path) -> None:
    minimum = go_version_from((recipe.module / "go.mod").read_text())
    if minimum is None:
        raise BuildError(f"{recipe.name}: {recipe.module / 'go.mod'} has no go directive")
    go = find_go(minimum)
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent) as scratch:
        result = Path(scratch) / "result"
        result.mkdir()
        main, *links = recipe.programs
        _compile(recipe, go, result / main)
        for link in links:
            (result / link).symlink_to(main)
        result.rename(folder)


def _compile(recipe: Recipe, go: Path, program: Path) -> None:
    log = _fresh_log(recipe.name)
    progress = Progress(recipe.name)
    progress.say(f"building it, once ({recipe.cost}); log: {log}")
    command = [str(go), "build", *_FLAGS, "-ldflags", recipe.linker_flags, "-o", str(program), recipe.package]
    with Process(f"go build {recipe.name}", command, log=log, env=go_environment(), cwd=recipe.module) as build:
        try:
            while build.running:
                progress.tick(f"at work: {_count(log)}")
                time.sleep(_POLL_S)
        except BaseException:
            # The compiler's own children are many; a Ctrl-C must end them too.
            build.kill()
            raise
    if build.exit_status != 0:
        raise _failure(recipe, build)
    progress.say(f"built after {progress.elapsed_s:.0f} s: {_count(log)}")


def _fresh_log(name: str) -> Path:
    folder = cache_dir() / "logs"
    folder.mkdir(exist_ok=True)
    log = folder / f"build-{name}.log"
    log.unlink(missing_ok=True)
    return log


def _count(log: Path) -> str:
    """Say how far the build is; `go build -v` names each module it fetches and each package it compiles."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    modules = sum(line.startswith("go: downloading ") for line in lines)
    return f"{modules} modules downloaded, {len(lines) - modules} packages compiled"


def _failure(recipe: Recipe, build: Process) -> BuildError:
    free_gb = shutil.disk_usage(cache_dir()).free / 1e9
    failure = BuildError(
        f"{recipe.name}: go build ended with status {build.exit_status}: see {build.log}; it needs the Go module proxy "
        f"(`go env GOPROXY`) and 8 GB on disk ({free_gb:.0f} GB are free); running it again goes on where it ended"
    )
    failure.add_note(build.log_tail())
    return failure
