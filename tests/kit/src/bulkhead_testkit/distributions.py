"""The distributions of this checkout: where they are, what they need of each other, and their wheels."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from bulkhead_testkit.toolchain import CHECKOUT

_EPOCH: Final = 1577836800
"""Time of all members of a wheel, so that the same sources make the same wheel whatever the environment says."""


class WheelError(Exception):
    """A wheel of our own could not be built; the message holds what the builder said."""


@cache
def distributions() -> dict[str, Path]:
    """Give the folder of each distribution by its name, such as `bulkhead-api`."""
    members = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    folders = [CHECKOUT / member for member in members]
    return {tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]: folder for folder in folders}


def closure(distribution: str) -> dict[str, Path]:
    """Give the folders of the distribution and of all our own distributions that it needs, the needed ones last."""
    folders = distributions()
    wanted, seen = [distribution], dict[str, Path]()
    while wanted:
        name = wanted.pop()
        if name not in seen:
            seen[name] = folders[name]
            project = tomllib.loads((folders[name] / "pyproject.toml").read_text())["project"]
            wanted += [need for need in project["dependencies"] if need in folders]
    return seen


def locked_requirements(distribution: str) -> Path:
    """Give the file with the locked third-party closure of a distribution."""
    return CHECKOUT / "requirements" / f"{distribution.removeprefix('bulkhead-')}.txt"


def source_files(folders: Iterable[Path]) -> list[Path]:
    """Give all files that decide what the wheels of the folders hold, sorted."""
    sources = list(folders)
    files = [path for folder in sources for path in (folder / "src").rglob("*") if "__pycache__" not in path.parts]
    return sorted(path for path in [*files, *(folder / "pyproject.toml" for folder in sources)] if path.is_file())


def build_wheel(source: Path, into: Path) -> None:
    """Build the wheel of the distribution in a folder; the same sources make the same bytes.

    Raises:
        WheelError: the builder failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=source, capture_output=True, text=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": str(_EPOCH)},
    )  # fmt: skip
    if done.returncode != 0:
        raise WheelError(f"{source.name}: hatchling build failed: {done.stderr.strip()[-2000:]}")
