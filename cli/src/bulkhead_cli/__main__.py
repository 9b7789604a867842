"""The program bulkhead."""

import os
import sys
from collections.abc import Sequence
from enum import IntEnum

from bulkhead_cli.arguments import request_from_arguments
from bulkhead_cli.boundaries.requests import CompareBoundaries, ShowBoundaries
from bulkhead_cli.boundaries.run import run_boundaries
from bulkhead_cli.certs.requests import CertsRequest
from bulkhead_cli.certs.run import run_certs
from bulkhead_cli.chart_values.requests import ChartValuesRequest
from bulkhead_cli.chart_values.run import convert, is_complete, write
from bulkhead_cli.chart_values.show import summary_of
from bulkhead_cli.excerpt import lines_of, safe_text
from bulkhead_cli.problems import FailedError, InputError
from bulkhead_cli.render import render_manifest, render_template
from bulkhead_cli.requests import ManifestRequest, TemplateRequest


class Status(IntEnum):
    """How the process ends."""

    GOOD = 0
    FAILED = 1
    """The template or the manifest fails, what is asked for makes no sense as things are, or a boundary is wider."""
    UNUSABLE = 2
    """Wrong usage, or a file that cannot be read; argparse ends so as well."""
    INCOMPLETE = 3
    """The values are written, but something that they ask for has no counterpart."""
    DEFECT = 70
    """A mistake of the program itself. Source: sysexits.h, EX_SOFTWARE."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        arguments: without the program's name; None means those of this process.

    Returns:
        The exit status, one of `Status`.
    """
    request = request_from_arguments(arguments)
    try:
        if isinstance(request, ShowBoundaries | CompareBoundaries):
            told = run_boundaries(request)
            return _print(told.output) or (Status.FAILED if told.widens else Status.GOOD)
        if isinstance(request, ChartValuesRequest):
            return _chart_values(request)
        return _print(_output(request))
    except FailedError as error:
        excerpt = lines_of(error.excerpt) if error.excerpt is not None else []
        hint = [f"  {error.hint}"] if error.hint else []
        return _tell(Status.FAILED, str(error), *excerpt, *hint)
    except InputError as error:
        return _tell(Status.UNUSABLE, f"bulkhead: {error}")
    except Exception as error:  # noqa: BLE001 - the message or the trace of an error that nobody foresaw may quote a value
        return _tell(Status.DEFECT, f"bulkhead: a defect of this program: {type(error).__name__}; please report it")


def _output(request: TemplateRequest | ManifestRequest | CertsRequest) -> bytes:
    match request:
        case TemplateRequest():
            return render_template(request)
        case ManifestRequest():
            return render_manifest(request)
        case _:
            return run_certs(request, _progress)


def _chart_values(request: ChartValuesRequest) -> int:
    conversion = convert(request)
    status = _print(write(request, conversion))
    _progress(summary_of(conversion))
    return status if is_complete(conversion) else Status.INCOMPLETE


def _progress(line: str) -> None:
    sys.stderr.write(f"{safe_text(line)}\n")
    sys.stderr.flush()


def _print(output: bytes) -> int:
    try:
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Who reads has seen enough, as `head` has; Python would complain when it flushes once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Status.GOOD


def _tell(status: Status, *lines: str) -> int:
    # Lines of an excerpt are safe already, and a message may have several lines.
    sys.stderr.write("".join(f"{safe_text(line, keep=chr(9) + chr(10))}\n" for line in lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
