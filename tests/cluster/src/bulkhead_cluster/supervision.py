"""What the first process of a PID namespace owes the others: it reaps orphans and starts again what ended."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from bulkhead_testkit.process import Process

_POLL_S: Final = 0.1
_AGAIN_S: Final = 1.0


def supervise(processes: Mapping[str, Process], pids: Path, say: Callable[[str], None]) -> NoReturn:
    """Keep the processes running for ever; they end with this process, by the kernel.

    Args:
        processes: by name, all started.
        pids: the file that always names their process ids.
        say: takes a line for the log about each process that ended.
    """
    write_pids(processes, pids)
    while True:
        reap_orphans({process.pid for process in processes.values()})
        ended = {name: process for name, process in processes.items() if not process.running}
        for name, process in ended.items():
            say(f"{name} ended with status {process.exit_status}: starting it again")
            # Long enough that a program which cannot start does not take the machine.
            time.sleep(_AGAIN_S)
            process.start()
        if ended:
            write_pids(processes, pids)
        time.sleep(_POLL_S)


def write_pids(processes: Mapping[str, Process], file: Path) -> None:
    """Write the process ids by name; a reader sees the old or the new file, never a part."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode({name: process.pid for name, process in processes.items()}))
    fresh.replace(file)


def reap_orphans(own: set[int]) -> None:
    """Wait for every ended child that is none of one's own, whose status another part of the program wants."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return
        os.waitpid(ended.si_pid, 0)
