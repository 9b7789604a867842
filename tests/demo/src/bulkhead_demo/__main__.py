"""The command line behind `make demo`, `make up` and `make down`."""

import argparse
import sys
from pathlib import Path

from bulkhead_cluster.errors import ClusterError
from bulkhead_demo.background import RUN, BackgroundError, Stage, down, supervise, up
from bulkhead_demo.certs_drill.drill import run_drill as run_certs_drill
from bulkhead_demo.certs_drill.play import NotAsExpectedError
from bulkhead_demo.cluster_demo.demo import run_cluster_demo
from bulkhead_demo.cluster_demo.idle import measure_idle
from bulkhead_demo.demo import run_demo
from bulkhead_demo.drill.drill import hold_drill
from bulkhead_demo.drill.thieves import ThiefError
from bulkhead_demo.story import DemoError
from bulkhead_testkit.admin import AdminError
from bulkhead_testkit.helm import HelmError
from bulkhead_testkit.process import ProcessError
from bulkhead_testkit.stack import PROFILES, StackOptions

_PROVIDERS = ("vault", "fake")
_FAILURES = (
    AdminError,
    BackgroundError,
    ClusterError,
    DemoError,
    HelmError,
    NotAsExpectedError,
    ProcessError,
    ThiefError,
)


def main() -> None:
    """Run one verb; exit 1 with one line when it failed."""
    options = _parser().parse_args()
    try:
        _run(options)
    except _FAILURES as error:
        sys.exit("\n".join([f"failed: {error}", *getattr(error, "__notes__", ())]))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(options: argparse.Namespace) -> None:
    match options.verb:
        case "demo":
            run_demo()
        case "cluster-demo":
            run_cluster_demo(topology=options.topology)
        case "drill":
            sys.exit(0 if hold_drill(keep=options.keep) else 1)
        case "bench-idle":
            measure_idle(minutes=options.minutes)
        case "drill-certs":
            sys.exit(0 if run_certs_drill() else 1)
        case "up":
            up(_stack_options(options), options.run, until=options.only)
        case "supervise":
            supervise(_stack_options(options), options.run, until=options.only)
        case _:
            down(options.run)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bulkhead_demo", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("demo", help="tell the whole story, then stop everything")
    cluster_demo = verbs.add_parser(
        "cluster-demo", help="tell it in containers, on a real node or where KUBECONFIG says"
    )
    cluster_demo.add_argument(
        "--topology", choices=["sidecar", "isolated"], default="sidecar", help="as the chart's value"
    )
    drill = verbs.add_parser(
        "drill", help="let a thief loose in each container, on a real node or where KUBECONFIG says"
    )
    drill.add_argument("--keep", action="store_true", help="leave all of it there, for a look around")
    idle = verbs.add_parser("bench-idle", help="measure what an installation costs that has nothing to do")
    idle.add_argument("--minutes", type=float, default=10, help="how long to do nothing (default 10)")
    verbs.add_parser("drill-certs", help="play everything that can go wrong with certificates")
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("--run", type=Path, default=RUN, help="folder for kubeconfig, README and log (default .run)")
    for name in ("up", "supervise"):
        verb = verbs.add_parser(
            name, parents=[run], help="start everything and leave it running" if name == "up" else argparse.SUPPRESS
        )
        verb.add_argument("--providers", type=_providers, default=_PROVIDERS, help="comma-separated: vault, fake")
        verb.add_argument("--profile", choices=PROFILES, default="strict", help="rights of the controller on Secrets")
        verb.add_argument(
            "--namespaces", type=_names, default=("demo",), help="profile namespaced: where it may read Secrets"
        )
        verb.add_argument(
            "--only", type=Stage, choices=list(Stage), default=Stage.ALL, help="control-plane: no process of ours"
        )
    verbs.add_parser("down", parents=[run], help="stop what `up` started")
    return parser


def _stack_options(given: argparse.Namespace) -> StackOptions:
    return StackOptions(
        providers=given.providers, profile=given.profile, profile_namespaces=given.namespaces, webhook=True
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _providers(text: str) -> tuple[str, ...]:
    names = _names(text)
    unknown = sorted(set(names) - set(_PROVIDERS))
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'none'}: choose from {', '.join(_PROVIDERS)}")
    return names


if __name__ == "__main__":
    main()
