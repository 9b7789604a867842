"""`make up` and `make down`: a stack that stays, held by one supervisor process.

The supervisor owns all processes: they end with it, however it ends.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.shop import open_shop
from bulkhead_testkit.stack import Stack, StackOptions
from bulkhead_testkit.toolchain import CHECKOUT

RUN: Final = CHECKOUT / ".run"
"""Where `make up` keeps what it has to say."""

_STATE: Final = "state.json"
_LOG: Final = "supervisor.log"
_UP_S: Final = 1800.0
_DOWN_S: Final = 60.0


class BackgroundError(Exception):
    """The stack did not come up or did not go down; the message says where to look."""


class _State(msgspec.Struct, frozen=True, kw_only=True):
    pid: int
    ready: bool
    options: list[str]


def up(options: StackOptions, run: Path) -> None:
    """Start the stack in the background and return when it is ready; say so and do nothing if it runs already.

    Raises:
        BackgroundError: it did not come up; names the log.
    """
    running = _running(run)
    if running is not None:
        print(f"it is up already ({', '.join(running.options)}): see {run / 'README'}")
        return
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(mode=0o755)
    with (run / _LOG).open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "bulkhead_demo", "supervise", f"--run={run}", *_arguments(options)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _follow(supervisor, run)
    print((run / "README").read_text())


def down(run: Path) -> None:
    """Stop what `up` started and wait until nothing of it runs; no error if nothing does.

    Raises:
        BackgroundError: it did not end in time.
    """
    running = _running(run)
    if running is None:
        print("nothing is up")
    else:
        os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + _DOWN_S
        while _alive(running.pid):
            if time.monotonic() > deadline:
                raise BackgroundError(f"process {running.pid} still runs after {_DOWN_S:g} s: see {run / _LOG}")
            time.sleep(0.1)
        print("it is down")
    shutil.rmtree(run, ignore_errors=True)


def supervise(options: StackOptions, run: Path) -> None:
    """Hold the stack until a signal asks to end. Runs as the supervisor process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state = _State(pid=os.getpid(), ready=False, options=_arguments(options))
    _write(state, run)
    with Stack(options) as stack:
        open_shop(stack)
        (run / "kubeconfig").symlink_to(stack.plane.admin_kubeconfig)
        (run / "README").write_text(_readme(stack, run))
        _write(msgspec.structs.replace(state, ready=True), run)
        # The request to end is no failure of the stack, which would keep its folder.
        with contextlib.suppress(SystemExit):
            signal.pause()


def _follow(supervisor: subprocess.Popen[bytes], run: Path) -> None:
    """Show the supervisor's progress until it is ready."""
    deadline = time.monotonic() + _UP_S
    with (run / _LOG).open() as log:
        while True:
            sys.stderr.write(log.read())
            state = _running(run)
            if state is not None and state.ready:
                return
            if supervisor.poll() is not None or time.monotonic() > deadline:
                sys.stderr.write(log.read())
                raise BackgroundError(f"it did not come up: see {run / _LOG}")
            time.sleep(0.2)


def _running(run: Path) -> _State | None:
    try:
        state = msgspec.json.decode((run / _STATE).read_bytes(), type=_State)
    except FileNotFoundError:
        return None
    return state if _alive(state.pid) else None


def _alive(pid: int) -> bool:
    """Whether the supervisor runs: a process of this id that is not a zombie and not a stranger with its number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"bulkhead_demo" in command


def _write(state: _State, run: Path) -> None:
    # Replaced in one step, because `up` reads it while it is written.
    fresh = run / f"{_STATE}.new"
    fresh.write_bytes(msgspec.json.encode(state))
    fresh.replace(run / _STATE)


def _arguments(options: StackOptions) -> list[str]:
    return [f"--providers={','.join(options.providers)}", f"--profile={options.profile}"]


def _readme(stack: Stack, run: Path) -> str:
    lines = [
        "Bulkhead is up.",
        "",
        f"API server:   {stack.plane.server}",
        f"as admin:     export KUBECONFIG={run / 'kubeconfig'}; kubectl -n demo get externalsecrets",
    ]
    if stack.bao is not None:
        lines += [
            f"OpenBao:      {stack.bao.address}, CA in {stack.bao.ca_file}",
            f"to log in:    root token in {stack.bao.root_token_file}",
        ]
    lines += ["", "Files and logs of each process:"]
    for pod in stack.pods.values():
        lines += [
            f"  {name:<16} files {pod.files_of(name)}, log {process.log}" for name, process in pod.containers.items()
        ]
    lines += [f"  control plane    logs {stack.plane.logs}", "", "make down stops all of it.", ""]
    return "\n".join(lines)
