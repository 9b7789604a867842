"""How a verb fails."""

from typing import Final

FAILED: Final = 1
"""The template or manifest fails."""
UNUSABLE: Final = 2
"""What was given cannot be used: a file that cannot be read, or holds something else."""


class CommandError(Exception):
    """A verb failed; the message is for the person at the terminal."""

    def __init__(self, message: str, *, status: int = UNUSABLE) -> None:
        """Keep the exit status: `FAILED` or `UNUSABLE`."""
        super().__init__(message)
        self.status = status
