"""The command: runs the suite against a server at an address."""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

_SUITE = Path(__file__).parent / "suite"


def main() -> None:
    """Run the suite; the exit status is 0 only if everything held."""
    given = _parser().parse_args()
    modules = sorted(path for path in _SUITE.glob("*.py") if path.name not in ("__init__.py", "fixtures.py"))
    arguments = [
        *map(str, modules),
        # A settings file of the directory in which the command happens to run must not change it.
        f"--rootdir={_SUITE}",
        "--config-file=/dev/null",
        # Neither must whatever pytest plugins are installed beside this.
        "--disable-plugin-autoload",
        "-pno:cacheprovider",
        "-pbulkhead_conformance.plugin",
        "-pbulkhead_conformance.suite.fixtures",
        f"--conformance-address={given.address}",
        f"--conformance-server-id={given.server_id}",
        f"--conformance-tls-dir={given.tls_dir}",
        f"--conformance-cases={given.cases}",
        *(f"--conformance-bad-tls-dir={directory}" for directory in given.bad_tls_dir),
        *(f"--conformance-revoked-tls-dir={directory}" for directory in given.revoked_tls_dir),
        f"--conformance-live-address={given.live_address}",
        "-rs",
        *given.pytest_arguments,
    ]
    sys.exit(pytest.main(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bulkhead-conformance", description="Checks that a provider server keeps to the protocol."
    )
    parser.add_argument("--version", action="version", version=version("bulkhead-conformance"))
    parser.add_argument("--address", required=True, help="the server's address: unix:///path or host:port")
    parser.add_argument("--server-id", required=True, help="who it must be: spiffe://<trust domain>/provider/<name>")
    parser.add_argument(
        "--tls-dir", required=True, type=Path, help="directory with tls.crt, tls.key and ca.crt of a controller"
    )
    parser.add_argument("--cases", required=True, type=Path, help="cases file (YAML): a store and what is in it")
    parser.add_argument(
        "--bad-tls-dir",
        action="append",
        default=[],
        type=Path,
        help="directory with the files of an identity that must be refused; may be given again",
    )
    parser.add_argument(
        "--revoked-tls-dir",
        action="append",
        default=[],
        type=Path,
        help="directory with the files of a controller that the server's denylist names; may be given again",
    )
    parser.add_argument("--live-address", default="", help="HOST:PORT of the server's /readyz and /tls")
    parser.add_argument("pytest_arguments", nargs="*", help="more arguments for pytest, after --, such as -k find")
    return parser


if __name__ == "__main__":
    main()
