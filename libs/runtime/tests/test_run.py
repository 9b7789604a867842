"""How a process ends. Each test runs one, as signals and exit statuses are a process's own."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CANARY = "canary-51f0"
START = """
import asyncio, sys
from bulkhead_runtime.logging import configure
from bulkhead_runtime.run import run
configure("info", "test")
"""
WAITS = (
    START
    + """
async def main():
    print("up", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        CLEANUP
        print("cleaned up", flush=True)
sys.exit(run(main()))
"""
)


def start(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_process_clean_up_and_end_well(number: signal.Signals) -> None:
    with start(WAITS.replace("CLEANUP", "await asyncio.sleep(0.01)")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)
        out, log = process.communicate(timeout=20)

    assert (process.returncode, out) == (0, b"cleaned up\n")
    assert number.name.encode() in log


def test_a_second_signal_ends_the_process_at_once() -> None:
    code = WAITS.replace("CLEANUP", "print('cleaning', flush=True); await asyncio.sleep(60)")
    with start(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == b"cleaning\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)

    assert process.returncode == -signal.SIGTERM


def test_a_failure_is_logged_without_its_text_and_ends_with_one() -> None:
    code = START + f"async def main(): raise ValueError('{CANARY}')\nsys.exit(run(main()))"
    with start(code) as process:
        out, log = process.communicate(timeout=20)

    assert process.returncode == 1
    assert b"process failed" in log
    assert CANARY.encode() not in out + log


def test_an_exception_outside_of_any_task_is_logged_without_its_text() -> None:
    code = (
        START
        + f"""
def fail(): raise ValueError("{CANARY}")
async def main():
    asyncio.get_running_loop().call_soon(fail)
    asyncio.get_running_loop().create_future().set_exception(ValueError("{CANARY}"))
    await asyncio.sleep(0.01)
sys.exit(run(main()))
"""
    )
    with start(code) as process:
        out, log = process.communicate(timeout=20)

    assert process.returncode == 0
    assert log.count(b"exception outside of any task") == 2
    assert CANARY.encode() not in out + log
