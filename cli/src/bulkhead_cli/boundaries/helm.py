"""Has Helm render a chart."""

import subprocess
from typing import Final

from bulkhead_cli.arguments import STDIN
from bulkhead_cli.boundaries.requests import FromValues
from bulkhead_cli.files import read
from bulkhead_cli.problems import InputError

_TIMEOUT_S: Final = 120.0


def rendered(source: FromValues) -> bytes:
    """Give what `helm template` prints.

    Raises:
        InputError: there is no Helm, a file cannot be read, or Helm refuses the values; the message has its words.
    """
    stdin = read(STDIN) if STDIN in source.values else b""
    flags = [word for file in source.values for word in ("--values", file)]
    command = [source.helm, "template", source.release, source.chart, "--namespace", source.namespace, *flags]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        raise InputError(
            f"{source.helm}: no such program; install Helm or name it by --helm, or give what `helm template` prints"
            " by --manifests"
        ) from None
    except OSError as error:
        raise InputError(f"{source.helm}: cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise InputError(f"{source.helm}: not done after {_TIMEOUT_S:g} s") from None
    if done.returncode != 0:
        raise InputError(f"helm template {source.chart}: {' '.join(done.stderr.decode(errors='replace').split())}")
    return done.stdout
