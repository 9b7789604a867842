"""The command line of `bulkhead`, read into requests."""

import argparse
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from bulkhead_cli.boundaries.arguments import add_boundaries
from bulkhead_cli.boundaries.requests import BoundariesRequest
from bulkhead_cli.certs.arguments import add_certs
from bulkhead_cli.certs.requests import CertsRequest
from bulkhead_cli.chart_values.arguments import add_chart_values
from bulkhead_cli.chart_values.requests import ChartValuesRequest
from bulkhead_cli.requests import ManifestRequest, OutputFormat, TemplateRequest
from bulkhead_templating import Delimiters

STDIN: Final = "-"
"""What stands for standard input in place of a file."""

_USAGE: Final = """
  bulkhead render --template FILE --values FILE [OPTION ...]
  bulkhead render MANIFEST --data FILE [--configmap FILE ...] [--secret FILE ...] [OPTION ...]"""
_DESCRIPTION: Final = """\
Shows what a template or an ExternalSecret gives, as the controller would make it, without a cluster.

With --template it prints exactly the bytes that one template gives.
With a MANIFEST it prints the Secret, or the object of spec.target.manifest, that the ExternalSecret gives as a new
object. Values are masked unless --show-values is given; names of keys are not. Of labels and annotations those that
templates make are masked too. Stores are not asked: --data says what was fetched, after find, extract, rewrite,
conversion and decoding. The metadata lacks ownerReferences, whose uid only the cluster knows."""
_EPILOG: Final = """\
A file of values is a YAML or JSON map. Text stays as it is, other scalars become text as they are written (1.10 stays
1.10, yes stays yes, null is the text null), maps and lists become JSON, and a value with the tag !!binary is decoded
base64. A FILE may be - for standard input, once.

Exit status: 0 good, 1 the template or the manifest fails, 2 wrong usage or a file that cannot be read.
Messages hold no value unless --show-values is given. A render may take 10 seconds."""
_WITH_TEMPLATE: Final = ("values", "missing_key")
_WITH_MANIFEST: Final = ("data", "configmap", "secret", "namespace", "output")


def request_from_arguments(
    arguments: Sequence[str] | None,
) -> TemplateRequest | ManifestRequest | CertsRequest | BoundariesRequest | ChartValuesRequest:
    """Read the command line; a mistake ends the process with status 2 and a message that says what is wrong.

    Args:
        arguments: without the program's name; None means those of this process.
    """
    parser, render = _parsers()
    parsed = parser.parse_args(arguments)
    if "certs_request" in parsed:
        asked: CertsRequest = parsed.certs_request(parsed)
        return asked
    if "boundaries_request" in parsed:
        shown: BoundariesRequest = parsed.boundaries_request(parsed)
        return shown
    if "chart_values_request" in parsed:
        values_asked: ChartValuesRequest = parsed.chart_values_request(parsed)
        return values_asked
    return _render_request(render, parsed)


def _render_request(render: argparse.ArgumentParser, parsed: argparse.Namespace) -> TemplateRequest | ManifestRequest:
    _check(render, parsed)
    delimiters = Delimiters(left=parsed.left_delimiter, right=parsed.right_delimiter)
    if parsed.template is not None:
        return TemplateRequest(
            template=parsed.template,
            values=parsed.values,
            name=parsed.name,
            delimiters=delimiters,
            missing_key_is_error=parsed.missing_key != "default",
            show_values=parsed.show_values,
        )
    return ManifestRequest(
        manifest=parsed.manifest,
        data=parsed.data,
        config_maps=tuple(parsed.configmap or ()),
        secrets=tuple(parsed.secret or ()),
        name=parsed.name,
        namespace=parsed.namespace or "",
        delimiters=delimiters,
        output=OutputFormat(parsed.output or OutputFormat.YAML),
        show_values=parsed.show_values,
    )


def _check(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    if (parsed.template is None) == (parsed.manifest is None):
        parser.error("give either --template FILE or a MANIFEST")
    has_template = parsed.template is not None
    needed, foreign = ("values", _WITH_MANIFEST) if has_template else ("data", _WITH_TEMPLATE)
    what = "--template" if has_template else "a MANIFEST"
    for name in foreign:
        if getattr(parsed, name) is not None:
            parser.error(f"--{name.replace('_', '-')} does not go with {what}")
    if getattr(parsed, needed) is None:
        parser.error(f"{what} needs --{needed} FILE, a YAML or JSON map")
    files = [parsed.template, parsed.values, parsed.manifest, parsed.data]
    if Counter([*files, *(parsed.configmap or ()), *(parsed.secret or ())])[STDIN] > 1:
        parser.error("only one file can be standard input")


def _parsers() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    parser = argparse.ArgumentParser(prog="bulkhead", description="Bulkhead at your terminal.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('bulkhead-cli')}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    render = verbs.add_parser(
        "render",
        help="show what a template or an ExternalSecret gives",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_template(render.add_argument_group("one template"))
    _add_manifest(render.add_argument_group("a manifest"))
    _add_both(render.add_argument_group("both"))
    add_certs(verbs)
    add_boundaries(verbs)
    add_chart_values(verbs)
    return parser, render


def _add_template(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--template", metavar="FILE", help="the template")
    group.add_argument("--values", metavar="FILE", help="its values by key")
    group.add_argument(
        "--missing-key",
        choices=("error", "default"),
        help="what becomes of a key that the values lack: error fails as targets do (default), "
        "default prints <no value> as transforms of rewrites do",
    )


def _add_manifest(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "manifest",
        metavar="MANIFEST",
        nargs="?",
        help="file with an ExternalSecret or ClusterExternalSecret; other objects in it are passed over",
    )
    group.add_argument("--data", metavar="FILE", help="the fetched values by key, as the target would have them")
    group.add_argument(
        "--configmap",
        metavar="FILE",
        action="append",
        help="ConfigMaps for templateFrom, beside those of MANIFEST; may be repeated",
    )
    group.add_argument("--secret", metavar="FILE", action="append", help="Secrets for templateFrom, likewise")
    group.add_argument(
        "-n", "--namespace", metavar="NAME", help="namespace where MANIFEST names none (default: default)"
    )
    group.add_argument("-o", "--output", choices=[each.value for each in OutputFormat], help="form (default: yaml)")


def _add_both(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--name",
        default="",
        help="what messages call the template (default: its file's name); with MANIFEST which object of it is meant",
    )
    group.add_argument("--left-delimiter", metavar="TEXT", default="{{", help="what begins an action (default: {{)")
    group.add_argument("--right-delimiter", metavar="TEXT", default="}}", help="what ends an action (default: }})")
    group.add_argument(
        "--show-values",
        action="store_true",
        help="print values, and let messages quote them; with MANIFEST the output is then ready for kubectl apply",
    )
