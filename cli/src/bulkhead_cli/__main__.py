"""Where the command begins."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from bulkhead_cli.failure import CommandError
from bulkhead_cli.render import command as render


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb.

    Args:
        arguments: without the program's name; None means those of this process.

    Returns:
        The exit status: 0 for success, 1 if the template or manifest fails. Wrong usage and files that cannot be read
        end the process with 2.
    """
    parser = argparse.ArgumentParser(prog="bulkhead", description="Tools for ExternalSecrets.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('bulkhead-cli')}")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    render.add_to(verbs)
    given = parser.parse_args(arguments)
    try:
        output: bytes = given.run(given)
    except CommandError as error:
        print(f"bulkhead: {error}", file=sys.stderr)  # noqa: T201 - what a command says
        return error.status
    sys.stdout.buffer.write(output)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
