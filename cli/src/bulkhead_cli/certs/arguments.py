"""The command line of `bulkhead certs`."""

import argparse
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_cli.certs.requests import CertsRequest, InCluster, InFiles, Restore, Revoke, RotateCa, ShowStatus, Where
from bulkhead_cli.requests import OutputFormat

DEFAULT_NAMESPACE: Final = "bulkhead-system"
DEFAULT_RELEASE: Final = "bulkhead"

_CERTS: Final = """\
Shows the certificates of Bulkhead's processes, revokes them and replaces the CA.

This command does nothing itself: it writes what you ask for into the ConfigMap RELEASE-certificate-requests,
and reads what came of it from RELEASE-certificate-status. You need the right to get both and to update the first.
It is the certcontroller that acts; if it does not run, nothing happens."""
_STATUS: Final = """\
Shows the CA, a rotation under way and whom it waits for, the list of the revoked, and each identity's certificate.
With --wait it follows a rotation that is asked for or under way, tells each step, and ends when the CA is stable."""
_REVOKE: Final = """\
Revokes an identity, or one certificate by its serial.

Every process refuses an identity (by name, path or SPIFFE id; `bulkhead certs status` lists them) within about a
minute, whatever certificate it shows, on open connections too; and it gets no new one until `bulkhead certs restore`.
With --reissue only what was issued until now is refused, and the identity gets a new certificate at once: that is
what to do when a key was stolen and the process itself is sound."""
_RESTORE: Final = """\
Lets a revoked identity have a certificate again. What was issued before now stays revoked."""
_ROTATE: Final = """\
Replaces the CA without a failed call: the new root goes to every process, then every certificate moves to it, then the
old root goes. --now is for a stolen CA key: the old root is out at once, and calls fail until each process has its
new files, which takes the kubelet a minute or two."""


def add_certs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb `certs` with its own verbs."""
    certs = _parser(verbs, "certs", "show, revoke and rotate the certificates of an installation", _CERTS)
    own = certs.add_subparsers(title="verbs", metavar="VERB", required=True)
    status = _verb(own, "status", "show certificates, CA, rotation and revocations", _STATUS, _status)
    status.add_argument("-o", "--output", choices=[each.value for each in OutputFormat], help="form (default: a table)")
    status.add_argument("--wait", action="store_true", help="follow a rotation until it is over")
    status.add_argument(
        "--timeout", type=_duration, default="30m", metavar="TIME", help="of --wait, as a Go duration (default: 30m)"
    )
    revoke = _verb(own, "revoke", "have nobody accept an identity or a certificate", _REVOKE, _revoke)
    revoke.add_argument("what", metavar="IDENTITY|SERIAL", help="whom, or which certificate")
    revoke.add_argument("--reissue", action="store_true", help="revoke what was issued until now, and issue anew")
    restore = _verb(own, "restore", "let a revoked identity have a certificate again", _RESTORE, _restore)
    restore.add_argument("identity", metavar="IDENTITY", help="by name, path or SPIFFE id")
    rotate = _verb(own, "rotate-ca", "replace the CA", _ROTATE, _rotate)
    rotate.add_argument("--now", action="store_true", help="the old root is out at once; calls fail for a while")
    for each in (revoke, restore, rotate):
        each.add_argument("--reason", default="", metavar="TEXT", help="kept with the request, for people")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    description: str,
    read: Callable[[argparse.ArgumentParser, argparse.Namespace], CertsRequest],
) -> argparse.ArgumentParser:
    parser = _parser(verbs, name, summary, description)
    parser.set_defaults(certs_request=lambda parsed: read(parser, parsed))
    cluster = parser.add_argument_group("where, in a cluster")
    cluster.add_argument("--kubeconfig", metavar="FILE", help="default: as kubectl finds it")
    cluster.add_argument("--context", metavar="NAME", help="of the kubeconfig; default: its current one")
    cluster.add_argument("-n", "--namespace", metavar="NAME", help=f"of the release (default: {DEFAULT_NAMESPACE})")
    cluster.add_argument(
        "--release", metavar="NAME", help=f"what the objects' names begin with (default: {DEFAULT_RELEASE})"
    )
    files = parser.add_argument_group("where, without a cluster")
    files.add_argument("--status-file", type=Path, metavar="FILE", help="as the certcontroller's flag says")
    files.add_argument("--requests-file", type=Path, metavar="FILE", help="likewise")
    return parser


def _parser(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str, description: str
) -> argparse.ArgumentParser:
    return verbs.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _status(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> ShowStatus:
    return ShowStatus(
        where=_where(parser, parsed, writes=False),
        output=None if parsed.output is None else OutputFormat(parsed.output),
        wait=parsed.timeout if parsed.wait else None,
    )


def _revoke(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> Revoke:
    where = _where(parser, parsed, writes=True)
    return Revoke(where=where, what=parsed.what, reissue=parsed.reissue, reason=parsed.reason)


def _restore(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> Restore:
    return Restore(where=_where(parser, parsed, writes=True), identity=parsed.identity, reason=parsed.reason)


def _rotate(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> RotateCa:
    return RotateCa(where=_where(parser, parsed, writes=True), now=parsed.now, reason=parsed.reason)


def _where(parser: argparse.ArgumentParser, parsed: argparse.Namespace, *, writes: bool) -> Where:
    if parsed.status_file is None and parsed.requests_file is None:
        return InCluster(
            kubeconfig=parsed.kubeconfig,
            context=parsed.context,
            namespace=parsed.namespace or DEFAULT_NAMESPACE,
            release=parsed.release or DEFAULT_RELEASE,
        )
    for name in ("kubeconfig", "context", "namespace", "release"):
        if getattr(parsed, name) is not None:
            parser.error(f"--{name} does not go with files")
    if parsed.status_file is None:
        parser.error("--status-file FILE is needed beside --requests-file")
    if writes and parsed.requests_file is None:
        parser.error("--requests-file FILE is needed beside --status-file, as something is asked for")
    return InFiles(status=parsed.status_file, requests=parsed.requests_file)


def _duration(text: str) -> timedelta:
    try:
        return duration_from_go(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
