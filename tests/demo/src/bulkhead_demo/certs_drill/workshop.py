"""A small place for damage: a certcontroller that keeps directories, and one provider server that lives from them.

No API server here: what is damaged are files, and who must cope are the two programs.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import libfaketime

from bulkhead_demo.certs_drill.call import ANSWERED, outcome_of_call, seconds_until
from bulkhead_testkit.images import image
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.probe import answers
from bulkhead_testkit.process import Process, UnixUser

PROVIDER: Final = "provider-fake"
_CONTROLLER: Final = "controller"
_PROVIDER_USER: Final = 20003
_READY_S: Final = 30.0
_IDENTITIES: Final = """
identities:
  - {{name: controller, path: controller, usage: client}}
  - {{name: provider-fake, path: provider/fake, usage: server{owner}}}
"""


class Workshop:
    """Use as a context manager; both programs run when it opens."""

    def __init__(self) -> None:
        """Lay the files out; nothing starts yet."""
        self.folder = Path(tempfile.mkdtemp(prefix="bulkhead-workshop-"))
        self.folder.chmod(0o711)
        self.output = self.folder / "certs"
        self._user = _PROVIDER_USER if os.geteuid() == 0 else os.geteuid()
        (self.folder / "identities.yaml").write_text(_IDENTITIES.format(owner=f", user: {self._user}"))
        (self.folder / "alone.yaml").write_text(_IDENTITIES.format(owner=""))
        (self.folder / "policy.yaml").write_text('rules: [{namespaces: ["*"]}]\n')
        (self.folder / "policy.yaml").chmod(0o444)
        self.socket = self.folder / "socket" / "server" / "provider.sock"
        self._health = free_port()
        self.certcontroller = self.new_certcontroller()
        self.provider = self.new_provider()

    @property
    def files(self) -> Path:
        """The provider server's directory of certificates."""
        return self.output / PROVIDER

    @property
    def requests_file(self) -> Path:
        """Where a person asks for revocations and rotations."""
        return self.folder / "requests.yaml"

    def new_certcontroller(
        self,
        *,
        clock: str = "",
        output: Path | None = None,
        name: str = "certcontroller",
        within: Sequence[str] = (),
    ) -> Process:
        """Describe a certcontroller of this place.

        Args:
            clock: how its clock is wrong, as libfaketime writes it, such as `-1h`; empty means not at all.
            output: where it writes; None means where the provider server looks.
            name: what its log is called.
            within: what goes before its command; all files are then its own user's.
        """
        program = image("bulkhead-certcontroller") / "bin" / "bulkhead-certcontroller"
        flags = {
            "identities-file": self.folder / ("alone.yaml" if within else "identities.yaml"),
            "output-dir": output or self.output,
            "ca-dir": self.folder / "ca",
            "requests-file": self.requests_file,
            "status-file": self.folder / "status.yaml",
            "interval": "1s",
            "settle": "1s",
            "metrics-addr": "",
        }
        argv = [
            *within,
            *_wrong_clock(clock, self.folder),
            str(program),
            *(f"--{name}={value}" for name, value in flags.items()),
        ]
        return Process(name, argv, log=self.folder / f"{name}.log", cwd=Path("/"))

    def new_provider(self, *, clock: str = "") -> Process:
        """Describe the provider server; `clock` as for the certcontroller."""
        self.socket.parent.parent.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self.socket.parent.parent, self._user, self._user)
        program = image("bulkhead-provider-fake") / "bin" / "bulkhead-provider-fake"
        flags = {
            "listen": f"unix://{self.socket}",
            "tls-dir": self.files,
            "policy-file": self.folder / "policy.yaml",
            "live-addr": f"127.0.0.1:{self._health}",
            "metrics-addr": "",
        }
        argv = [
            *_wrong_clock(clock, self.folder),
            str(program),
            *(f"--{name}={value}" for name, value in flags.items()),
        ]
        user = UnixUser(uid=self._user, gid=self._user) if os.geteuid() == 0 else None
        return Process(
            PROVIDER,
            argv,
            log=self.folder / "provider.log",
            cwd=Path("/"),
            user=user,
        )

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """Be without a certcontroller; when the context ends, there is one again and the provider server answers."""
        self.certcontroller.stop()
        try:
            yield
        finally:
            self.certcontroller.start()
            self.wait_served()

    def call(self) -> str:
        """Call the provider server with the controller's present certificate."""
        return outcome_of_call(f"unix://{self.socket}", "fake", self.output / _CONTROLLER)

    def wait_served(self, within_s: float = _READY_S) -> float:
        """Wait until a call is answered; gives the seconds that took."""
        return seconds_until(lambda: self.call() == ANSWERED, within_s=within_s, what="the provider server answers")

    def is_alive(self) -> bool:
        """Whether the provider server's /healthz says so."""
        return answers(self._health, "/healthz")

    def is_ready(self) -> bool:
        """Whether its /readyz says so."""
        return answers(self._health, "/readyz")

    def leaf(self) -> bytes:
        """Give the provider server's certificate, PEM; empty while there is none."""
        file = self.files / "tls.crt"
        return file.read_bytes() if file.exists() else b""

    def __enter__(self) -> Self:
        self.certcontroller.start()
        seconds_until(lambda: bool(self.leaf()), within_s=_READY_S, what="certificates are issued")
        self.provider.start()
        self.wait_served()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.provider.stop()
        self.certcontroller.stop()
        if error is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"workshop: everything is kept in {self.folder}", file=sys.stderr)


def _wrong_clock(offset: str, folder: Path) -> Sequence[str]:
    """Give what goes before a command so that it sees another time of day; timers go on at the real pace."""
    if not offset:
        return ()
    _, preload = libfaketime.get_reload_information()
    # A copy that every user may read, which the environment of the tests need not be.
    library = folder / "libfaketime.so.1"
    if not library.exists():
        shutil.copy(Path(preload["LD_LIBRARY_PATH"]) / library.name, library)
        library.chmod(0o555)
    # Not by the process's environment: the launcher, which begins as another user, would load the library, too.
    return ("env", f"LD_PRELOAD={library}", f"FAKETIME={offset}", "DONT_FAKE_MONOTONIC=1")
