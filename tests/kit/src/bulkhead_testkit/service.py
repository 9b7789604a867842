"""Stands in for a Service: passes connections on to one address, which can change while those that are there stay."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 65536


class Service:
    """A TCP port of this machine. Use as a context manager; connections outlive it until either side ends them."""

    def __init__(self, target: int) -> None:
        """Take a free port; nothing is passed on before the context is entered.

        Args:
            target: the port of the loopback interface that new connections are passed on to.
        """
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        """Where it is called."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would leave the thread in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                try:
                    called = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    # Nobody is there, as with a Service without endpoints.
                    caller.close()
                    continue
                for source, sink in ((caller, called), (called, caller)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
        return
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
