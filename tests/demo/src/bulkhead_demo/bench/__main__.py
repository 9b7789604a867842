"""The command line behind `make bench`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from bulkhead_demo.bench.blocks import Bench, BenchError, machine
from bulkhead_demo.bench.figures import side_by_side
from bulkhead_demo.bench.fleet import Fleet
from bulkhead_demo.bench.limit import LimitError
from bulkhead_demo.bench.report import report, write
from bulkhead_demo.bench.results import Limits, Results
from bulkhead_demo.bench.revision import RevisionError, checkout_of, measure
from bulkhead_runtime.kube.errors import ApiError
from bulkhead_testkit.admin import AdminError
from bulkhead_testkit.binaries import loadgen_binary
from bulkhead_testkit.helm import HelmError
from bulkhead_testkit.process import ProcessError
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.stack import Stack, StackOptions
from bulkhead_testkit.toolchain import CHECKOUT

_OBJECTS: Final = 3000
_REFRESH_INTERVAL_S: Final = 30
_REFRESH_ROUNDS: Final = 2
_NEWCOMERS: Final = 40
_ROUNDS: Final = 2
_FAILURES: Final = (
    AdminError,
    ApiError,
    BenchError,
    HelmError,
    LimitError,
    ProcessError,
    RevisionError,
    TimeoutError,
)


def main() -> None:
    """Measure, this checkout alone or beside another revision, and show it; exit 1 with one line if that failed."""
    parser = argparse.ArgumentParser(prog="bulkhead_demo.bench", description=__doc__)
    parser.add_argument("--objects", type=int, default=_OBJECTS, help=f"ExternalSecrets (default {_OBJECTS})")
    parser.add_argument(
        "--output", type=Path, default=CHECKOUT / "build" / "bench", help="folder for results (default build/bench)"
    )
    parser.add_argument("--base", default="", help="git revision to measure beside this checkout, in turns")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"turns with --base (default {_ROUNDS})")
    options = parser.parse_args()
    progress = Progress("bench")
    try:
        if options.base:
            print(_compare(options.base, options.output.resolve(), objects=options.objects, rounds=options.rounds))
            progress.say(f"done after {progress.elapsed_s:.0f} s; the files of each run are in {options.output}")
            return
        results = _measure(Fleet(namespace="bench", count=options.objects, refresh_interval_s=_REFRESH_INTERVAL_S))
    except _FAILURES as error:
        sys.exit("\n".join([f"failed: {error}", *getattr(error, "__notes__", ())]))
    except KeyboardInterrupt:
        sys.exit(130)
    print(report(results, write(results, options.output)))
    progress.say(f"done after {progress.elapsed_s:.0f} s; all figures are in {options.output}")


def _measure(fleet: Fleet) -> Results:
    # Built before anything is timed.
    loadgen_binary()
    with Stack(StackOptions(providers=("vault",), audited=False, log_level="warn")) as stack:
        bench = Bench(stack, fleet)
        bench.prepare()
        before = bench.limit("bench-limit-before")
        first_syncs = bench.first_syncs()
        refreshes = bench.refreshes(_REFRESH_ROUNDS * _REFRESH_INTERVAL_S)
        newcomers = bench.newcomers(_NEWCOMERS)
        bench.stop_controller()
        after = bench.limit("bench-limit-after")
        return Results(
            objects=fleet.count,
            machine=machine(),
            limits=Limits(before=before, after=after),
            first_syncs=first_syncs,
            refreshes=refreshes,
            newcomers=newcomers,
        )


def _compare(base: str, output: Path, *, objects: int, rounds: int) -> str:
    checkout = checkout_of(base)
    before, after = [], []
    # In turns, so that what else the machine does comes upon both; each run has a control plane of its own.
    for turn in range(1, max(1, rounds) + 1):
        before.append(measure(checkout, output / f"base-{turn}", objects=objects))
        after.append(measure(CHECKOUT, output / f"here-{turn}", objects=objects))
    return side_by_side(base, before, after)


if __name__ == "__main__":
    main()
