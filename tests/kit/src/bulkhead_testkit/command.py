"""Runs a program's `main` in the test's own process, with files in a folder of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended."""

    status: int
    out: bytes
    err: str


@dataclass(frozen=True, slots=True)
class Command:
    """A program; the current folder should be `folder`."""

    main: Callable[[Sequence[str]], int]
    """Takes arguments without the program's name and gives the exit status."""
    capture: pytest.CaptureFixture[bytes]
    """Of bytes: `capsysbinary`."""
    folder: Path

    def __call__(self, *arguments: str, **files: str) -> Ended:
        """Write files, given by name and text, and run the program."""
        for name, text in files.items():
            (self.folder / name).write_text(text)
        try:
            status = self.main(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = self.capture.readouterr()
        return Ended(status=status, out=out, err=err.decode())
