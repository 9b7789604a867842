"""The first process of a node reaps what nobody else waits for, and nothing else."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bulkhead_cluster.supervision import write_pids
from bulkhead_testkit.process import Process

pytestmark = pytest.mark.slow

# In a process of its own, as it would take from the tests' process what others there wait for.
_FIRST_PROCESS = """
import os, subprocess, sys
from bulkhead_cluster.supervision import reap_orphans

def ended():
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    return child

orphan = ended()
own = ended()
reap_orphans({own.pid})
try:
    os.waitid(os.P_PID, orphan.pid, os.WEXITED | os.WNOHANG)
except ChildProcessError:
    print("orphan reaped")
print("own ended with", own.wait())
"""


def test_an_orphan_is_reaped_and_the_status_of_ones_own_left_to_who_started_it() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FIRST_PROCESS], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["orphan reaped", "own ended with 3"]


def test_process_ids_are_told_by_name(tmp_path: Path) -> None:
    with Process("sleeper", ["sleep", "60"], log=tmp_path / "log") as process:
        write_pids({"sleeper": process}, tmp_path / "pids.json")
        assert msgspec.json.decode((tmp_path / "pids.json").read_bytes()) == {"sleeper": process.pid}
