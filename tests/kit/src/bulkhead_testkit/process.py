"""Start a program for a test, watch it and never leave it behind.

Everything that runs beside a test (etcd, the API server, OpenBao, the controller, each provider server) is a
`Process`, so that the rules are in one place: exec and not a bare fork, an environment that is given and not
inherited, a log file and a user of its own, and an end that comes even if the test run is killed.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_LAUNCHER: Final = Path(__file__).with_name("launch.py")
_POLL_S: Final = 0.05
_TAIL_LINES: Final = 20

# The kernel's parent-death signal is bound to the thread that started the child, not to its process. This
# one thread starts all and ends with the interpreter, so a child may outlive the thread that asked for it.
_SPAWNER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnixUser:
    """Whom a process runs as; another user than one's own needs root."""

    uid: int
    gid: int


class ProcessError(Exception):
    """A process could not be started, or ended or hung too early; its note holds the end of the log."""


class Process:
    """One program with a log file of its own, in a session of its own, killed when this interpreter dies.

    Use as a context manager, or call `start` and `stop`. It may be started again after it has stopped; the
    log is then appended to.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: UnixUser | None = None,
    ) -> None:
        """Describe the process; nothing starts yet.

        Args:
            name: what messages call it.
            argv: the program (a path, or a name to look up in PATH) and its arguments.
            log: gets standard output and error; its folder must exist.
            env: the environment beside PATH, LANG and (for the same user) HOME; nothing else is inherited.
            cwd: the working directory; None means that of this process.
            user: whom to run as; None means the same user.
        """
        self.name = name
        self.argv = tuple(argv)
        self.log = log
        self.user = user
        self._cwd = cwd
        self._env = {**_base_environment(user), **(env or {})}
        self._child: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        # Neither argv nor the environment: a test report is not the place for either.
        return f"<Process {self.name}>"

    @property
    def pid(self) -> int:
        """The process id, also after the end.

        Raises:
            ProcessError: it was never started.
        """
        return self._started().pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def exit_status(self) -> int | None:
        """The exit status, minus the signal's number if a signal ended it; None before the end."""
        return None if self._child is None else self._child.poll()

    def start(self) -> Self:
        """Start the program.

        Raises:
            ProcessError: there is no such program, or it runs already.
        """
        if self.running:
            raise ProcessError(f"{self._subject}: runs already as process {self.pid}")
        program = shutil.which(self.argv[0], path=self._env["PATH"])
        if program is None:
            raise ProcessError(f"{self._subject}: {self.argv[0]}: no such program")
        user = f"{self.user.uid}:{self.user.gid}" if self.user else "-"
        command = [
            *(sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), user),
            *(str(Path(program).absolute()), *self.argv[1:]),
        ]
        self._child = _SPAWNER.submit(self._spawn, command).result()
        return self

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> Self:
        """Wait until `ready` says yes; it is asked twenty times a second.

        Raises:
            ProcessError: the process ended first, or the time is over.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise self._failure(f"ended with status {self.exit_status} before it was ready")
            if time.monotonic() > deadline:
                raise self._failure(f"not ready after {timeout_s:g} s")
            time.sleep(_POLL_S)
        return self

    def wait(self, timeout_s: float) -> int:
        """Wait for the end and return the exit status.

        Raises:
            ProcessError: it still runs when the time is over.
        """
        try:
            return self._started().wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise self._failure(f"still running after {timeout_s:g} s") from error

    def stop(self, grace_s: float = 10) -> int | None:
        """Ask the process to end, kill it after the grace, and return its exit status.

        Stopping what has ended or never started changes nothing; None means never started.
        """
        if self._child is None:
            return None
        if self.running:
            self._child.terminate()
            # A process that a test has frozen must wake up to see the request.
            self._child.send_signal(signal.SIGCONT)
            try:
                return self._child.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._child.wait()

    def kill(self) -> None:
        """Kill the process and all that it started in its session, at once, and wait until it is gone."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self._started().wait()

    def log_tail(self, lines: int = _TAIL_LINES) -> str:
        """Return the last lines of the log, for a message to a person."""
        if not self.log.exists():
            return ""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, maxlen=lines))

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise ProcessError(f"{self._subject}: was never started")
        return self._child

    def _failure(self, what: str) -> ProcessError:
        failure = ProcessError(f"{self._subject}: {what}: see {self.log}")
        failure.add_note(self.log_tail())
        return failure

    @property
    def _subject(self) -> str:
        return f'process "{self.name}"'


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Make a process hang: it stops where it stands and goes on when the context ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _base_environment(user: UnixUser | None) -> dict[str, str]:
    """Return what every process gets; a home directory only if it may read it."""
    base = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    if user is None and "HOME" in os.environ:
        base["HOME"] = os.environ["HOME"]
    return base
