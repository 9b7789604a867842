"""Another revision of this repository, checked out with its own environment, and runs of its own `make bench`."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.bench.figures import Run, run_from_files
from bulkhead_testkit.cache import cache_dir, locked
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.toolchain import CHECKOUT

_SHOWN_CHARS: Final = 12


class RevisionError(Exception):
    """A revision could not be checked out or measured."""


def checkout_of(revision: str) -> Path:
    """Give a checkout of a revision with its environment made; kept in the cache, as a git worktree.

    Raises:
        RevisionError: there is no such commit here, or its environment cannot be made.
    """
    commit = _run(["git", "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"], CHECKOUT).strip()
    folder = cache_dir() / "revisions" / commit
    with locked(f"revision-{commit[:_SHOWN_CHARS]}"):
        Progress("bench").say(f"checking out {commit[:_SHOWN_CHARS]}")
        if not (folder / "Makefile").exists():
            # Forced, as git may still know the folder of a cache that was thrown away.
            _run(["git", "worktree", "add", "--quiet", "--force", "--detach", str(folder), commit], CHECKOUT)
        _run(["make", ".venv/.stamp"], folder)
    return folder


def measure(checkout: Path, output: Path, *, objects: int) -> Run:
    """Let a checkout's own benchmark run once, on a control plane of its own, and read what it found.

    Raises:
        RevisionError: it failed, or its figures are not those that are compared.
    """
    python = str(checkout / ".venv" / "bin" / "python")
    command = [python, "-m", "bulkhead_demo.bench", "--objects", str(objects), "--output", str(output)]
    # Not subprocess.run, which would kill it when this program is interrupted: it has processes to end itself.
    with subprocess.Popen(command, cwd=checkout, stdout=subprocess.DEVNULL) as bench:
        try:
            code = bench.wait()
        except KeyboardInterrupt:
            bench.wait()
            raise
    if code != 0:
        raise RevisionError(f"the benchmark of {checkout} failed")
    names = ("summary", "first_syncs", "refreshes")
    try:
        return run_from_files(**{name: (output / f"{name}.json").read_bytes() for name in names})
    except (OSError, msgspec.DecodeError) as error:
        raise RevisionError(f"{output}: no figures that can be compared: {error}") from error


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RevisionError(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout
