"""Makes the process give memory back that many connections or large bodies took for a moment."""

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
"""Source: glibc, malloc.h."""
_THRESHOLD_BYTES: Final = 128 * 1024
_PAUSE_S: Final = 5.0


def return_large_blocks() -> None:
    """Have glibc take each block of 128 KiB or more from the kernel and give it back when it is freed.

    By itself it raises that bound up to 32 MiB with each such block that is freed, and then the buffers of connections
    and bodies fill its heap with holes. Elsewhere than on glibc nothing happens.
    """
    mallopt = getattr(_libc(), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _THRESHOLD_BYTES)


async def tidy(taken: Callable[[], int]) -> None:
    """Give freed memory back from time to time, until cancelled.

    A closed connection leaves a cycle of few objects with much memory of OpenSSL's behind them, which Python's own
    thresholds, which count objects, would let grow to hundreds of megabytes.

    Args:
        taken: counts what takes memory, such as connections and large bodies; while it stays as it is, nothing is done.
    """
    trim = getattr(_libc(), "malloc_trim", None)
    before, changed = taken(), False
    while True:
        await asyncio.sleep(_PAUSE_S)
        now, changed_before = taken(), changed
        before, changed = now, now != before
        # Once more after the last change, for what ended only afterwards.
        if not (changed or changed_before):
            continue
        # What was imported is frozen, so this looks at little.
        gc.collect()
        if trim is not None:
            trim(0)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
