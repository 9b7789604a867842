"""`make up` and `make down`: a stack that stays, held by one supervisor process.

The supervisor owns all processes: they end with it, however it ends. It can stop half way, with the control plane
alone, until the next `up` asks it for the rest.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.shop import open_shop
from bulkhead_testkit.stack import NAMESPACED, Stack, StackOptions
from bulkhead_testkit.toolchain import CHECKOUT

RUN: Final = CHECKOUT / ".run"
"""Where `make up` keeps what it has to say."""

_STATE: Final = "state.json"
_LOG: Final = "supervisor.log"
_UP_S: Final = 1800.0
_DOWN_S: Final = 60.0


class BackgroundError(Exception):
    """The stack did not come up or did not go down; the message says where to look."""


class Stage(StrEnum):
    """How far a stack is up."""

    CONTROL_PLANE = "control-plane"
    """API server, definitions, rights and policies; no process of ours."""
    ALL = "all"


class _State(msgspec.Struct, frozen=True, kw_only=True):
    pid: int
    stage: Stage | None
    """What is ready; None while the first stage starts."""
    options: list[str]


def up(options: StackOptions, run: Path, *, until: Stage = Stage.ALL) -> None:
    """Start the stack in the background, or what of it does not run yet, and return when it is ready.

    Raises:
        BackgroundError: it did not come up, which names the log; or it is up with other options.
    """
    running = _running(run)
    if running is None:
        _start(options, run, until)
    elif running.options != _arguments(options):
        raise BackgroundError(f"it is up with other options ({' '.join(running.options)}): run `make down` first")
    elif running.stage is None or (running.stage, until) == (Stage.CONTROL_PLANE, Stage.ALL):
        _go_on(running, run, until)
    else:
        print(f"it is up already ({' '.join(running.options)}): see {run / 'README'}")


def _start(options: StackOptions, run: Path, until: Stage) -> None:
    """Start a supervisor and follow it."""
    _clear(run)
    run.mkdir(mode=0o755, exist_ok=True)
    with (run / _LOG).open("wb") as log:
        supervisor = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bulkhead_demo",
                "supervise",
                f"--run={run}",
                f"--only={until}",
                *_arguments(options),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _follow(run, until, ended=lambda: supervisor.poll() is not None, start=0)


def _go_on(running: _State, run: Path, until: Stage) -> None:
    """Ask the supervisor for the rest, if it waits for that, and follow it."""
    start = (run / _LOG).stat().st_size
    if until is Stage.ALL:
        os.kill(running.pid, signal.SIGUSR1)
    _follow(run, until, ended=lambda: not _alive(running.pid), start=start)


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
    _clear(run)


def supervise(options: StackOptions, run: Path, *, until: Stage = Stage.ALL) -> None:
    """Hold the stack until a signal asks to end, and bring up the rest when one asks for that.

    Runs as the supervisor process.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wishes = _wishes()
    state = _State(pid=os.getpid(), stage=None, options=_arguments(options))
    _write(state, run)
    stack = Stack(options)
    stack.start_control_plane()
    with contextlib.ExitStack() as closing:
        closing.push(stack)
        (run / "kubeconfig").symlink_to(stack.plane.admin_kubeconfig)
        _tell(stack, state, run, Stage.CONTROL_PLANE)
        # The request to end is no failure of the stack, which would keep its folder.
        with contextlib.suppress(SystemExit):
            if until is Stage.CONTROL_PLANE:
                os.read(wishes, 1)
            stack.start_pods()
            open_shop(stack)
            _tell(stack, state, run, Stage.ALL)
            signal.pause()


def _clear(run: Path) -> None:
    """Remove what a stack left; folders beside belong to others, such as the node of `make cluster`."""
    with contextlib.suppress(FileNotFoundError):
        for file in run.iterdir():
            if not file.is_dir() or file.is_symlink():
                file.unlink()
    with contextlib.suppress(OSError):
        run.rmdir()


def _wishes() -> int:
    """Give a descriptor that has a byte to read once a signal has asked for the rest, however early it came."""
    reader, writer = os.pipe()
    signal.signal(signal.SIGUSR1, lambda *_: os.write(writer, b"."))
    return reader


def _tell(stack: Stack, state: _State, run: Path, stage: Stage) -> None:
    (run / "README").write_text(_readme(stack, run))
    _write(msgspec.structs.replace(state, stage=stage), run)


def _follow(run: Path, until: Stage, *, ended: Callable[[], bool], start: int) -> None:
    """Show the supervisor's progress until the stage is ready.

    Raises:
        BackgroundError: the supervisor ended first, or took too long.
    """
    deadline = time.monotonic() + _UP_S
    with (run / _LOG).open() as log:
        log.seek(start)
        while True:
            sys.stderr.write(log.read())
            state = _running(run)
            if state is not None and state.stage in {until, Stage.ALL}:
                print((run / "README").read_text())
                return
            if ended() or time.monotonic() > deadline:
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
    arguments = [f"--providers={','.join(options.providers)}", f"--profile={options.profile}"]
    if options.profile == NAMESPACED:
        arguments.append(f"--namespaces={','.join(options.profile_namespaces)}")
    return arguments


def _readme(stack: Stack, run: Path) -> str:
    lines = [
        "Bulkhead is up." if stack.pods else "The control plane is up, without Bulkhead: `make up` adds it.",
        "",
        f"profile:      {stack.options.profile}",
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
