"""Which commit the checkout is at and when it was made: the only things in an image that are not its contents."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bulkhead_testkit.toolchain import CHECKOUT

_ANSWER_S: Final = 30
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the sources are from."""

    revision: str
    """The commit; with `-changed` behind it when files differ from it, `unknown` outside of git."""
    epoch: int
    """Seconds since 1970: `SOURCE_DATE_EPOCH`, else the commit's time, else 0."""

    @property
    def created(self) -> datetime:
        """The epoch as a time, UTC."""
        return datetime.fromtimestamp(self.epoch, tz=UTC)


def source() -> Source:
    """Ask git and the environment.

    Source: Reproducible Builds, `SOURCE_DATE_EPOCH`.
    """
    head = _git("log", "-1", "--format=%H %ct").split()
    revision, committed = (head[0], int(head[1])) if len(head) == 2 else (UNKNOWN, 0)
    changed = "-changed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return Source(revision=f"{revision}{changed}", epoch=int(given) if given.isdecimal() else committed)


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), *words], capture_output=True, text=True, check=False, timeout=_ANSWER_S
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
