"""Lines of an endless reply. aiohttp's own reader fails on lines above 512 KiB, and objects may be 1.5 MB and more."""

from typing import Final

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""Far above what etcd stores; a longer line is no object."""


class LineTooLongError(Exception):
    """The other side sends something without an end."""


class LineSplitter:
    """Puts chunks together into lines, without copying a long line again for each of its chunks."""

    def __init__(self) -> None:
        """Start at the beginning of a line."""
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes and give the lines that are whole now, without their ends and without empty ones.

        Raises:
            LineTooLongError: the line is longer than MAX_LINE_BYTES.
        """
        *whole, rest = chunk.split(b"\n")
        if whole and self._parts:
            whole[0] = b"".join((*self._parts, whole[0]))
        if whole:
            self._parts.clear()
            self._size = 0
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
        if self._size > MAX_LINE_BYTES:
            raise LineTooLongError
        return [line for line in whole if line]
