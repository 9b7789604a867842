"""Where things that take minutes to make are kept between runs and checkouts, and who may make them."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bulkhead_testkit.progress import Progress

_POLL_S: Final = 0.2


def cache_dir() -> Path:
    """Return the folder of the cache, outside of any checkout; made if missing.

    `BULKHEAD_CACHE` names it; without it, it is `bulkhead` in the user's cache folder.

    Source: XDG Base Directory Specification, `XDG_CACHE_HOME`.
    """
    given = os.environ.get("BULKHEAD_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(given) if given else Path(base) / "bulkhead"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Be the only process that makes `name`; say so while another one is at it.

    The lock ends with its holder, so a killed build blocks nobody.
    """
    folder = cache_dir() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        progress = Progress(name)
        while not _try_lock(lock.fileno()):
            progress.tick("another process is making it, waiting")
            time.sleep(_POLL_S)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
