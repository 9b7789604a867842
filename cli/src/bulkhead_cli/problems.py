"""How a run ends that does not print what was asked for.

Both errors may be shown: neither holds a value unless --show-values asks for it.
"""

from bulkhead_cli.excerpt import Excerpt


class InputError(Exception):
    """Something was not given or cannot be read; the message says what, where and what to do."""


class FailedError(Exception):
    """A template or a manifest fails."""

    def __init__(self, message: str, excerpt: Excerpt | None = None, *, hint: str = "") -> None:
        """Keep what is told.

        Args:
            message: what fails.
            excerpt: the line of the template where it does; None means that none is to be shown.
            hint: how to learn more; empty where there is no more.
        """
        super().__init__(message)
        self.excerpt = excerpt
        self.hint = hint
