"""The command line of `bulkhead chart-values`."""

import argparse
from typing import Final

from bulkhead_cli.chart_values.requests import ChartValuesRequest

_DESCRIPTION: Final = """\
Turns a file of values of External Secrets Operator's chart 2.9 into one of Bulkhead's.

The head of the output lists, as comments, each value that has another meaning here, each without counterpart with the
reason, and each that ESO's chart does not know. A value that is ESO's default says nothing, so a copy of all defaults
is as good as a short file; Bulkhead's own default applies then. Messages quote no value.

No file of ESO's values says which backends are used: add credentials, hosts and keys to providers yourself."""
_EPILOG: Final = """\
Exit status: 0 all is carried over, 3 something has no counterpart or is unknown (the output is written all the same),
1 the output cannot be made, 2 wrong usage or a file that cannot be read or written."""


def add_chart_values(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb `chart-values`."""
    parser = verbs.add_parser(
        "chart-values",
        help="turn values of ESO's chart into values of Bulkhead's",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="values of ESO's chart; - means standard input")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write ours (default: standard output)")
    parser.add_argument(
        "--profile",
        choices=("eso-compat", "strict"),
        default="eso-compat",
        help="rights on Secrets where the file names no single namespace (default: eso-compat, which are ESO's)",
    )
    parser.set_defaults(chart_values_request=_request)


def _request(parsed: argparse.Namespace) -> ChartValuesRequest:
    return ChartValuesRequest(file=parsed.file, output=parsed.output, profile=parsed.profile)
