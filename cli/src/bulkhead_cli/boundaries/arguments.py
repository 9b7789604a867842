"""The command line of `bulkhead boundaries`."""

import argparse
from typing import Final

from bulkhead_cli.boundaries.requests import (
    BoundariesFormat,
    BoundariesRequest,
    CompareBoundaries,
    FromCluster,
    FromManifests,
    FromValues,
    ShowBoundaries,
    Source,
)
from bulkhead_cli.certs.arguments import DEFAULT_NAMESPACE, DEFAULT_RELEASE

_STDIN: Final = "-"
_USAGE: Final = """
  bulkhead boundaries --manifests FILE [-o text|json|svg]
  bulkhead boundaries --chart DIR [-f VALUES ...] [-o text|json|svg]
  bulkhead boundaries --live [--kubeconfig FILE] [-n NAME] [-o text|json|svg]
  bulkhead boundaries --diff OLD NEW [--chart DIR] [-o text|json]"""
_DESCRIPTION: Final = """\
Shows for each process of an installation what a thief of it would have: credentials, identities, rights at the API
server, Secrets that it can read and write, backends, the network, and what it shares with others; and for each Pod what
nothing isolates there.

It is read from the objects alone (containers, mounts, bindings, policies), so it also shows an installation that was
loosened. Of Secrets nothing but names is used.

With --diff it says what a change gives and takes. OLD and NEW are files: rendered manifests, a report that was written
with -o json, or, with --chart, values."""
_EPILOG: Final = """\
Exit status: 0 good, and with --diff no boundary is wider; 1 a boundary is wider; 2 wrong usage, or an input that cannot
be used."""


def add_boundaries(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb `boundaries`."""
    parser = verbs.add_parser(
        "boundaries",
        help="show what each process of an installation holds and may do, and what a change gives",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(boundaries_request=lambda parsed: _request(parser, parsed))
    source = parser.add_argument_group("of what")
    source.add_argument("--manifests", metavar="FILE", help="what `helm template` printed; - is standard input")
    source.add_argument("--chart", metavar="DIR", help="a chart, rendered with the values of -f")
    source.add_argument("-f", "--values", metavar="FILE", action="append", help="for --chart; may be repeated")
    source.add_argument("--live", action="store_true", help="what is installed in the cluster of your kubeconfig")
    source.add_argument("--diff", nargs=2, metavar=("OLD", "NEW"), help="two files: say what differs")
    _add_place(parser.add_argument_group("where and how"))
    parser.add_argument(
        "-o", "--output", choices=[each.value for each in BoundariesFormat], default="text", help="form (default: text)"
    )


def _add_place(place: "argparse._ArgumentGroup") -> None:
    place.add_argument(
        "-n", "--namespace", metavar="NAME", default=DEFAULT_NAMESPACE, help=f"of the release ({DEFAULT_NAMESPACE})"
    )
    place.add_argument(
        "--release", metavar="NAME", default=DEFAULT_RELEASE, help=f"the release's name ({DEFAULT_RELEASE})"
    )
    place.add_argument("--helm", metavar="FILE", default="helm", help="for --chart; default: helm on PATH")
    place.add_argument("--kubeconfig", metavar="FILE", help="for --live; default: as kubectl finds it")
    place.add_argument("--context", metavar="NAME", help="of the kubeconfig; default: its current one")


def _request(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> BoundariesRequest:
    output = BoundariesFormat(parsed.output)
    _check(parser, parsed)
    if parsed.diff is None:
        return ShowBoundaries(source=_source(parsed), output=output)
    if output is BoundariesFormat.SVG:
        parser.error("-o svg does not go with --diff")
    old, new = parsed.diff
    return CompareBoundaries(old=_file(old, parsed), new=_file(new, parsed), output=output)


def _check(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    # With --diff a chart says how files of values are rendered, and is no source of its own.
    given = [parsed.manifests is not None, parsed.live, parsed.diff is not None]
    if sum(given) + (parsed.chart is not None and parsed.diff is None) != 1:
        parser.error("give one of --manifests FILE, --chart DIR, --live and --diff OLD NEW")
    if parsed.values and (parsed.chart is None or parsed.diff is not None):
        parser.error("-f goes with --chart DIR, and not with --diff, whose files may be values themselves")
    files = [*(parsed.values or ()), *(parsed.diff or ())]
    if files.count(_STDIN) > 1:
        parser.error("only one file can be standard input")
    for name in ("kubeconfig", "context"):
        if getattr(parsed, name) is not None and not parsed.live:
            parser.error(f"--{name} goes with --live")


def _source(parsed: argparse.Namespace) -> Source:
    if parsed.live:
        return FromCluster(
            kubeconfig=parsed.kubeconfig, context=parsed.context, namespace=parsed.namespace, release=parsed.release
        )
    if parsed.chart is not None:
        return _rendered(tuple(parsed.values or ()), parsed)
    return FromManifests(file=parsed.manifests, namespace=parsed.namespace)


def _file(file: str, parsed: argparse.Namespace) -> Source:
    if parsed.chart is not None:
        return _rendered((file,), parsed)
    return FromManifests(file=file, namespace=parsed.namespace)


def _rendered(values: tuple[str, ...], parsed: argparse.Namespace) -> FromValues:
    return FromValues(
        chart=parsed.chart, values=values, release=parsed.release, namespace=parsed.namespace, helm=parsed.helm
    )
