"""Processes of tests: started clean, ended for sure."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bulkhead_testkit.process import Process, ProcessError, UnixUser

pytestmark = pytest.mark.slow

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
)
NOBODY = UnixUser(uid=65534, gid=65534)


def is_up(process: Process) -> bool:
    return "up" in process.log_tail()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A zombie that its new parent has not fetched yet runs no more.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(pid: int, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there after {timeout_s} s"
        time.sleep(0.02)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "process.log"


def test_a_process_stops_with_its_context(log: Path) -> None:
    with Process("sleeper", SLEEP, log=log) as process:
        process.wait_until(lambda: is_up(process), timeout_s=10)
        assert process.running

    assert process.exit_status == -signal.SIGTERM


def test_a_process_that_ignores_the_request_is_killed_after_the_grace(log: Path) -> None:
    with Process("stubborn", STUBBORN, log=log) as process:
        process.wait_until(lambda: is_up(process), timeout_s=10)
        assert process.stop(grace_s=0.1) == -signal.SIGKILL


def test_a_frozen_process_can_be_stopped(log: Path) -> None:
    with Process("frozen", SLEEP, log=log) as process:
        process.wait_until(lambda: is_up(process), timeout_s=10)
        os.kill(process.pid, signal.SIGSTOP)
        assert process.stop() == -signal.SIGTERM


def test_a_process_can_be_started_again(log: Path) -> None:
    process = Process("sleeper", SLEEP, log=log)
    first = process.start().pid
    process.stop()
    with process:
        assert process.pid != first


def test_a_process_gets_only_the_environment_it_is_given(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "of the shell that runs the tests")
    program = (sys.executable, "-I", "-c", "import os; print(sorted(os.environ))")
    with Process("printer", program, log=log, env={"GIVEN": "yes"}) as process:
        assert process.wait(timeout_s=10) == 0

    assert process.log_tail() == "['GIVEN', 'HOME', 'LANG', 'PATH']\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the user")
def test_a_process_runs_as_another_user_without_the_groups_of_root(log: Path) -> None:
    with Process("id", ("id",), log=log, user=NOBODY, cwd=Path("/")) as process:
        assert process.wait(timeout_s=10) == 0

    assert process.log_tail().startswith("uid=65534")
    assert "root" not in process.log_tail()


def test_waiting_fails_with_the_end_of_the_log_when_the_process_ends_first(log: Path) -> None:
    program = (sys.executable, "-c", "raise SystemExit('no such flag')")
    with (
        Process("broken", program, log=log) as process,
        pytest.raises(ProcessError, match='"broken": ended with status 1 before it was ready') as caught,
    ):
        process.wait_until(lambda: False, timeout_s=10)

    assert caught.value.__notes__ == ["no such flag\n"]


def test_waiting_fails_when_the_time_is_over(log: Path) -> None:
    with (
        Process("sleeper", SLEEP, log=log) as process,
        pytest.raises(ProcessError, match="not ready after"),
    ):
        process.wait_until(lambda: False, timeout_s=0.1)


def test_a_missing_program_is_named(log: Path) -> None:
    with pytest.raises(ProcessError, match='process "ghost": no-such-program: no such program'):
        Process("ghost", ("no-such-program",), log=log).start()


def test_a_process_outlives_the_thread_that_started_it(log: Path) -> None:
    process = Process("sleeper", SLEEP, log=log)
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    with process:
        process.wait_until(lambda: is_up(process), timeout_s=10)
        assert process.running


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_a_process_dies_with_the_interpreter_that_started_it(log: Path, end: signal.Signals) -> None:
    holder = f"""
import signal, sys, time
from pathlib import Path
from bulkhead_testkit.process import Process
# A run in the background hands down that SIGINT is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with Process("held", {STUBBORN!r}, log=Path({str(log)!r})) as process:
    process.wait_until(lambda: "up" in process.log_tail(), timeout_s=10)
    try:
        # Within the try: the signal may come as soon as the number is read.
        print(process.pid, flush=True)
        time.sleep(60)
    finally:
        process.stop(grace_s=0.1)
"""
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.send_signal(end)
        parent.wait(timeout=10)

    wait_until_gone(pid)
