"""Stands in for a Service: passes connections on to one address, which can change while those that are there stay."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 65536


class Service:
    """A TCP port of this machine. Use as a context manager, which ends all connections."""

    def __init__(self, target: int) -> None:
        """Take a free port; nothing is passed on before the context is entered.

        Args:
            target: the port of the loopback interface that new connections are passed on to.
        """
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        """Where it is called."""
        self._passing = _passing()
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._sockets:
            # Closing alone would leave a thread waiting for it.
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()

    def swallow(self) -> None:
        """Pass nothing on any more over the connections that are there, as where a node vanished; nobody is told."""
        self._passing.clear()
        self._passing = _passing()

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                self._sockets.append(caller)
                self._connect(caller)

    def _connect(self, caller: socket.socket) -> None:
        try:
            called = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            # Nobody is there, as with a Service without endpoints.
            caller.shutdown(socket.SHUT_RDWR)
            return
        self._sockets.append(called)
        self._begin(partial(_pass_on, caller, called, self._passing))
        self._begin(partial(_pass_on, called, caller, self._passing))


def _passing() -> threading.Event:
    passing = threading.Event()
    passing.set()
    return passing


def _pass_on(source: socket.socket, sink: socket.socket, passing: threading.Event) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            if passing.is_set():
                sink.sendall(chunk)
    if passing.is_set():
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
