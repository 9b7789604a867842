"""The arguments of `bulkhead render`, and which of its two ways they mean."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bulkhead_cli.failure import CommandError
from bulkhead_cli.render.files import documents_from, read, values_from
from bulkhead_cli.render.of_manifest import Options, render_manifest
from bulkhead_cli.render.of_template import render_template
from bulkhead_templating import Delimiters

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DESCRIPTION: Final = """\
Render templates without a cluster.

  bulkhead render --template FILE --values FILE
      prints exactly what one template gives.
  bulkhead render MANIFEST --data FILE [--configmap FILE ...] [--secret FILE ...]
      prints the Secret, or the object of another kind, that an ExternalSecret or a
      ClusterExternalSecret would make. Values are masked unless --show-values is given.

Values and data are a map in YAML or JSON: the fetched keys, as dataFrom and rewrite have left them. Numbers and
booleans count as they are written, lists and maps as JSON, and !!binary holds bytes. Stores are not asked and keys are
not rewritten. What a cluster alone knows is left out: ownerReferences, and what others put on the object.

Exit status: 0 for success, 1 if the template or manifest fails, 2 if the arguments or files cannot be used."""


def add_to(verbs: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to a parser."""
    parser = verbs.add_parser(
        "render",
        help="render a template, or show the Secret of an ExternalSecret",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("manifest", nargs="?", type=Path, metavar="MANIFEST", help="file with an ExternalSecret")
    parser.add_argument("--template", type=Path, metavar="FILE", help="one template; - reads standard input")
    parser.add_argument("--values", type=Path, metavar="FILE", help="what the template is rendered with")
    parser.add_argument("--data", type=Path, metavar="FILE", help="what the stores gave for the ExternalSecret")
    for kind in ("configmap", "secret"):
        parser.add_argument(
            f"--{kind}",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help=f"a {kind} of templateFrom, as a manifest; may be given more than once",
        )
    parser.add_argument("--name", default="", help="which ExternalSecret of the file; needed if there are several")
    parser.add_argument("--show-values", action="store_true", help="print values instead of their lengths")
    parser.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml", help="form of the object")
    parser.add_argument("--left-delimiter", default="{{", metavar="TEXT", help="what begins an action (default {{)")
    parser.add_argument("--right-delimiter", default="}}", metavar="TEXT", help="what ends an action (default }})")
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> bytes:
    delimiters = Delimiters(left=given.left_delimiter, right=given.right_delimiter)
    if given.template is not None:
        if given.manifest is not None or given.data is not None or given.configmap or given.secret:
            raise CommandError("--template goes with --values alone; a manifest goes with --data")
        values = values_from(given.values) if given.values is not None else {}
        return render_template(given.template.name, read(given.template), values, delimiters)
    if given.manifest is None:
        raise CommandError("give a manifest and --data, or --template and --values; see bulkhead render --help")
    if given.values is not None:
        raise CommandError("--values goes with --template; what the stores gave is --data")
    if given.data is None:
        raise CommandError("--data is missing: a file with what the stores gave, by key")
    options = Options(
        name=given.name, delimiters=delimiters, shows_values=given.show_values, is_json=given.output == "json"
    )
    sources = [document for file in (*given.configmap, *given.secret) for document in documents_from(file)]
    return render_manifest(documents_from(given.manifest), values_from(given.data), sources, options)
