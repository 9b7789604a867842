"""The command line behind `make cluster` and `make cluster-down`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from bulkhead_cluster import background
from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import Files
from bulkhead_cluster.requirements import line_of, look, missing, packages_missing
from bulkhead_testkit.gobuild import BuildError
from bulkhead_testkit.toolchain import CHECKOUT, ToolchainError

RUN: Final = CHECKOUT / ".run"


def main() -> None:
    """Run one verb; exit 1 with what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m bulkhead_cluster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="name all that this machine lacks for a node; exit 1 if anything")
    check.add_argument("--packages", action="store_true", help="print the missing Debian packages only, one a line")
    for name, text in {
        "up": "start a node and leave it running",
        "down": "stop it and remove all that it was",
        "status": "say whether it runs, and where",
    }.items():
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("--name", default="cluster", help="of its folder below .run (default: cluster)")
    options = parser.parse_args()
    try:
        if options.verb == "check":
            sys.exit(_check(packages=options.packages))
        _VERBS[options.verb](RUN / options.name)
    except (ClusterError, BuildError, ToolchainError) as error:
        sys.exit("\n".join([f"failed: {error}", *getattr(error, "__notes__", ())]))
    except KeyboardInterrupt:
        sys.exit(130)


def _check(*, packages: bool) -> int:
    machine = look()
    if packages:
        print("\n".join(packages_missing(machine)))
        return 0
    found = missing(machine)
    print("\n".join(map(line_of, found)) if found else "a node can run on this machine")
    return 1 if found else 0


def _up(folder: Path) -> None:
    files = Files(folder)
    if background.first_process(folder) is not None:
        state = "" if files.ready.exists() else ", but not ready"
        print(f"it is up already{state}: KUBECONFIG={files.kubeconfig}")
        return
    # What a killed one left.
    background.stop(folder)
    background.start(folder, detached=True)


def _down(folder: Path) -> None:
    print("it is down" if background.stop(folder) else "nothing is up")


def _status(folder: Path) -> None:
    pid = background.first_process(folder)
    if pid is None:
        print("nothing is up")
        return
    files = Files(folder)
    print(f"{'ready' if files.ready.exists() else 'not ready'}: process {pid}, KUBECONFIG={files.kubeconfig}")


_VERBS: Final = {"up": _up, "down": _down, "status": _status}

if __name__ == "__main__":
    main()
