"""Reads requests' bodies within bounds: of each, of all together, and of time. What is beyond is refused, not kept."""

import asyncio
from typing import Final, Protocol, Self

MAX_BODY_BYTES: Final = 6 * 1024 * 1024
"""The API server takes an object of 3 MiB, stores 1.5 MiB of one, and sends both, the new one and the old one."""
MAX_HELD_BYTES: Final = 48 * 1024 * 1024
"""Of all bodies that are being read or judged."""


class BodyError(Exception):
    """A body cannot be taken."""

    status = 400


class TooLargeBodyError(BodyError):
    """It is larger than any question can be."""

    status = 413


class SlowBodyError(BodyError):
    """It did not come in time."""

    status = 408


class BusyError(BodyError):
    """Too much is being read or judged already; the same question can be asked again."""

    status = 503


class Stream(Protocol):
    """A body that comes in pieces."""

    async def readany(self) -> bytes:
        """Give the next piece; empty at the end."""


class Held:
    """How many bytes of one body are held; gives them back when its context ends."""

    def __init__(self, bodies: "Bodies") -> None:
        """Hold nothing yet."""
        self._bodies = bodies
        self._bytes = 0

    def add(self, size: int) -> None:
        """Hold more.

        Raises:
            TooLargeBodyError: this body is too large.
            BusyError: all bodies together are.
        """
        if self._bytes + size > self._bodies.max_body_bytes:
            raise TooLargeBodyError(f"the body has more than {self._bodies.max_body_bytes} bytes")
        if self._bodies.held_bytes + size > self._bodies.max_held_bytes:
            raise BusyError("too much is being judged already")
        self._bytes += size
        self._bodies.held_bytes += size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._bodies.held_bytes -= self._bytes
        self._bytes = 0


class Bodies:
    """Counts what all bodies hold. A sender who sends nothing holds nothing, so slow ones keep nobody else out."""

    def __init__(self, *, max_body_bytes: int = MAX_BODY_BYTES, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        """Bound each body and all of them."""
        self.max_body_bytes = max_body_bytes
        self.max_held_bytes = max_held_bytes
        self.held_bytes = 0

    def hold(self) -> Held:
        """Begin to hold one body, for as long as the context lasts."""
        return Held(self)


async def read_body(stream: Stream, held: Held, *, timeout_s: float) -> bytes:
    """Read a body to its end.

    Args:
        stream: the body.
        held: counts it; the caller gives it back once the body is judged.
        timeout_s: for all of it, in seconds.

    Raises:
        BodyError: it cannot be taken; its subclasses say why.
    """
    pieces = []
    try:
        async with asyncio.timeout(timeout_s):
            while piece := await stream.readany():
                held.add(len(piece))
                pieces.append(piece)
    except TimeoutError:
        raise SlowBodyError(f"the body did not come within {timeout_s:g} s") from None
    return b"".join(pieces)
