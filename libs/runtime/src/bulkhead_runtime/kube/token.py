"""The bearer token, which its owner replaces in the file every few minutes."""

from collections.abc import Callable
from typing import Final

from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError

_CHECK_EVERY_S: Final = 1.0


class TokenFile:
    """Gives the current token at the price of one `stat` a second."""

    def __init__(self, config: KubeConfig, *, clock: Callable[[], float]) -> None:
        """Read nothing yet; `clock` is monotonic, in seconds."""
        self._config = config
        self._clock = clock
        self._token = ""
        self._stamp: tuple[int, int, int] | None = None
        self._check_at = float("-inf")

    def current(self) -> str:
        """Give the token; while the file is missing or broken, the last good one.

        Raises:
            KubeConfigError: there is no token yet.
        """
        now = self._clock()
        if now >= self._check_at:
            self._check_at = now + _CHECK_EVERY_S
            self._refresh()
        return self._token

    def expect_change(self) -> None:
        """Look at the file at the next call, whatever its time stamp: the server refused the token."""
        self._check_at = float("-inf")
        self._stamp = None

    def _refresh(self) -> None:
        try:
            seen = self._config.token_file.stat()
            stamp = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
            if stamp != self._stamp:
                self._token = self._config.read_token()
                self._stamp = stamp
        except OSError as error:
            if not self._token:
                raise KubeConfigError(f"{self._config.token_file}: {error.strerror}") from error
        except KubeConfigError:
            # A file that is being replaced may be empty for a moment.
            if not self._token:
                raise
