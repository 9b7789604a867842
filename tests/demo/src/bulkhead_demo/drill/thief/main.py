"""The thief's day: each attempt of its plan, those in a process of their own first, the rest at the same time."""

import json
import sys
import threading
import typing
from concurrent.futures import ThreadPoolExecutor

from bulkhead_demo.drill.thief import api, calls, files, kernel, network, processes
from bulkhead_demo.drill.thief.verdict import RefusedError, StumbledError

_MODULES = {"api": api, "calls": calls, "files": files, "kernel": kernel, "network": network, "processes": processes}
_IN_CHILD = ("kernel.", "processes.")
# Most of them wait for an answer that does not come.
_AT_A_TIME = 32
_SAYING = threading.Lock()


class _Attempt(typing.TypedDict):
    id: str
    act: str
    arguments: dict[str, object]


def main(plan: typing.Sequence[_Attempt]) -> None:
    """Try everything once; prints a line of JSON for each: id, outcome, who refused, and how.

    Args:
        plan: what to try: `id`, `act` as module and function, and `arguments`.
    """
    alone = [each for each in plan if each["act"].startswith(_IN_CHILD)]
    for attempt in alone:
        _try(attempt)
    together = [each for each in plan if each not in alone]
    if any(each["act"].startswith("files.find") for each in together):
        # Before there are threads, as all that look for something share one search.
        files.searched()
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(_try, together))


def _try(attempt: _Attempt) -> None:
    try:
        outcome, by, how = "done", "", _act(attempt)
    except RefusedError as error:
        outcome, by, how = "refused", error.by, error.how
    except StumbledError as error:
        outcome, by, how = "stumbled", "", str(error)
    # What stumbles unforeseen is told by its name: a message could quote what was read.
    except Exception as error:  # noqa: BLE001
        outcome, by, how = "stumbled", "", type(error).__name__
    with _SAYING:
        print(json.dumps({"id": attempt["id"], "outcome": outcome, "by": by, "how": how}), flush=True)


def _act(attempt: _Attempt) -> str:
    module, _, name = attempt["act"].partition(".")
    act: typing.Callable[..., object] = getattr(_MODULES[module], name)
    if attempt["act"].startswith(_IN_CHILD):
        return kernel.in_child(lambda: str(act(**attempt["arguments"])))
    return str(act(**attempt["arguments"]))


def run_as_program(plan: str) -> None:
    """Run with a plan in JSON."""
    main(json.loads(plan))
    sys.stdout.flush()
