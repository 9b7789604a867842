"""Asks a scanner about each archive; which one, and what it refuses, is the user's to say."""

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path


def scan(command: str, archives: Sequence[Path]) -> list[Path]:
    """Run a command once for each archive, whatever it said of the one before; its output goes to the user.

    Args:
        command: words as in a shell, but no shell runs it; `{archive}` in a word stands for the archive's path.
        archives: in the order they are scanned.

    Returns:
        The archives for which the command did not end with status 0.

    Raises:
        FileNotFoundError: there is no such program.
    """
    words = shlex.split(command)
    return [archive for archive in archives if _run(words, archive) != 0]


def _run(words: Sequence[str], archive: Path) -> int:
    return subprocess.run([word.replace("{archive}", str(archive)) for word in words], check=False).returncode
