"""Where a provider server listens: an address of the network, or a Unix socket in a directory of its own."""

import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from bulkhead_runtime.health import Address, address_from_text

_UNIX: Final = "unix:"
_SOCKET_MODE: Final = 0o660
_DIRECTORY_MODE: Final = 0o750
_PROBE_S: Final = 1.0
# Source: unix(7), the size of sun_path with its end.
_MAX_PATH_BYTES: Final = 107


class ListenError(Exception):
    """The server cannot listen where it was told to; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class UnixSocket:
    """A Unix socket.

    gRPC makes the socket with a mode of its own, so what protects it is its directory, in which nobody but the
    server's own user and group may look. A missing directory is made so: the kubelet makes every volume open to all
    users of the Pod, and only what stands below it can be closed.
    """

    path: Path

    def prepare(self) -> None:
        """Make sure that the socket can be made, and remove the one that an earlier process left.

        Raises:
            ListenError: the directory cannot be made or is open to everybody, or the path is taken.
        """
        directory = self.path.parent
        try:
            # A set-group-ID volume hands its group down, which is how the controller may enter.
            directory.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
            mode = directory.stat().st_mode
            if mode & stat.S_IRWXO:
                raise ListenError(f"{directory}: is open to every user: take the rights of others away (chmod o-rwx)")
            if self.path.exists():
                self._remove_stale()
        except OSError as error:
            raise ListenError(f"{error.filename or self.path}: {error.strerror}") from error

    def protect(self) -> None:
        """Take the socket from others, once it is there."""
        self.path.chmod(_SOCKET_MODE)

    def _remove_stale(self) -> None:
        if not self.path.is_socket():
            raise ListenError(f"{self.path}: is there already and no socket")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_PROBE_S)
            try:
                probe.connect(str(self.path))
            except ConnectionRefusedError:
                self.path.unlink()
                return
        raise ListenError(f"{self.path}: another process listens there")

    def __str__(self) -> str:
        return f"{_UNIX}//{self.path}"


Listen: TypeAlias = Address | UnixSocket


def listen_from_text(text: str) -> Listen:
    """Read `unix:///path` or `HOST:PORT`.

    Raises:
        ValueError: it is neither, or the path is not absolute or longer than a socket's may be.
    """
    if not text.startswith(_UNIX):
        return address_from_text(text)
    path = Path(text.removeprefix(_UNIX).removeprefix("//"))
    if not path.is_absolute() or len(str(path).encode()) > _MAX_PATH_BYTES:
        raise ValueError(f"{text!r}: not an absolute path of at most {_MAX_PATH_BYTES} bytes")
    return UnixSocket(path)
