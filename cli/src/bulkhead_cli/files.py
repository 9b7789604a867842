"""Reads the files that the command line names."""

import sys
from pathlib import Path

from bulkhead_cli.arguments import STDIN
from bulkhead_cli.problems import InputError


def read(file: str) -> bytes:
    """Read a file, or standard input for `-`.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such path is possible"
        raise InputError(f"{file}: cannot be read: {reason}") from None


def name_of(file: str) -> str:
    """Name a file for messages."""
    return "standard input" if file == STDIN else file
