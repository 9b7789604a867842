"""The command line, read into one checked value."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_certcontroller.identities import IdentitiesError, check_trust_domain
from bulkhead_runtime.logging import LEVELS
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN

_SHORTEST_LEAF: Final = timedelta(minutes=10)
# The API server gives none for less, and the chart's admission policy none for more.
_SHORTEST_TOKEN: Final = timedelta(minutes=10)
_LONGEST_TOKEN: Final = timedelta(hours=1)
# The CA is due at two thirds of its life; every leaf must find the time to move in what is left.
_LEAVES_IN_A_CA: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryTarget:
    """Certificates go into directories on this machine."""

    output_dir: Path
    ca_dir: Path
    requests_file: Path | None = None
    """What people ask for; None means nobody is listened to."""
    status_file: Path | None = None
    """What they are told; None means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretTarget:
    """Certificates go into Secrets."""

    ca_secret: str
    api_server: str | None
    """None means that of the Pod this runs in, as with `credentials`."""
    credentials: Path | None
    ca_dir: Path | None = None
    """Keeps the CA instead of the Secret, if it is not None."""
    requests_config_map: str | None = None
    """What people ask for; None means nobody is listened to."""
    status_config_map: str | None = None
    """What they are told; None means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the process was started with."""

    identities_file: Path
    tokens_file: Path | None
    """Who gets a ServiceAccount token; None means nobody."""
    token_lifetime: timedelta
    trust_domain: str
    leaf_lifetime: timedelta
    ca_lifetime: timedelta
    settle: timedelta
    """How long a place stands before an identity that cannot be asked counts as having read it."""
    interval: timedelta
    once: bool
    target: DirectoryTarget | SecretTarget
    loglevel: str
    http_addresses: tuple[str, ...]
    """Where probes and metrics are served; none, one or two different ones."""


def settings_from_arguments(arguments: Sequence[str]) -> Settings:
    """Read the command line; on --help, --version or an error the process ends, as argparse does it."""
    parser = _parser()
    found = parser.parse_args(arguments)
    try:
        check_trust_domain(found.trust_domain)
    except IdentitiesError as error:
        parser.error(f"--trust-domain: {error}")
    if found.leaf_lifetime < _SHORTEST_LEAF:
        parser.error("--leaf-lifetime: shorter than 10m")
    if found.ca_lifetime < _LEAVES_IN_A_CA * found.leaf_lifetime:
        parser.error(f"--ca-lifetime: shorter than {_LEAVES_IN_A_CA} times --leaf-lifetime")
    if not _SHORTEST_TOKEN <= found.token_lifetime <= _LONGEST_TOKEN:
        parser.error("--token-lifetime: not from 10m to 1h")
    if found.tokens_file is not None and found.output_dir is not None:
        parser.error("--tokens-file: with directories no API server is used")
    return Settings(
        identities_file=found.identities_file,
        tokens_file=found.tokens_file,
        token_lifetime=found.token_lifetime,
        trust_domain=found.trust_domain,
        leaf_lifetime=found.leaf_lifetime,
        ca_lifetime=found.ca_lifetime,
        settle=found.settle,
        interval=found.interval,
        once=found.once,
        target=_target(parser, found),
        loglevel=found.loglevel,
        http_addresses=tuple(dict.fromkeys(filter(None, (found.metrics_addr, found.live_addr)))),
    )


def _target(parser: argparse.ArgumentParser, found: argparse.Namespace) -> DirectoryTarget | SecretTarget:
    if found.output_dir is not None and found.ca_dir is None:
        parser.error("--output-dir: needs --ca-dir, as there is no Secret for the CA")
    if (found.kube_api_server is None) != (found.kube_credentials is None):
        parser.error("--kube-api-server and --kube-credentials: give both or none")
    if found.output_dir is None:
        if found.requests_file is not None or found.status_file is not None:
            parser.error("--requests-file, --status-file: only with --output-dir; with Secrets they are ConfigMaps")
        return SecretTarget(
            ca_secret=found.ca_secret,
            ca_dir=found.ca_dir,
            api_server=found.kube_api_server,
            credentials=found.kube_credentials,
            requests_config_map=found.requests_config_map,
            status_config_map=found.status_config_map,
        )
    if found.kube_api_server is not None:
        parser.error("--output-dir: with directories no API server is used")
    if found.requests_config_map is not None or found.status_config_map is not None:
        parser.error("--requests-config-map, --status-config-map: with directories no API server is used")
    return DirectoryTarget(
        output_dir=found.output_dir,
        ca_dir=found.ca_dir,
        requests_file=found.requests_file,
        status_file=found.status_file,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bulkhead-certcontroller",
        description="Issue and renew the certificates of Bulkhead's processes.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"%(prog)s {version('bulkhead-certcontroller')}")
    add("--identities-file", type=Path, required=True, metavar="FILE", help="who gets a certificate (YAML)")
    add("--tokens-file", type=Path, metavar="FILE", help="who gets a ServiceAccount token (YAML); default: nobody")
    add("--token-lifetime", type=_duration, default="30m", metavar="TIME", help="10m to 1h; default: %(default)s")
    add("--trust-domain", default=DEFAULT_TRUST_DOMAIN, metavar="NAME", help="default: %(default)s")
    add("--leaf-lifetime", type=_duration, default="24h", metavar="TIME", help="from 10m; default: %(default)s")
    add("--ca-lifetime", type=_duration, default="8760h", metavar="TIME", help="default: %(default)s")
    add(
        "--settle",
        type=_duration,
        default="10m",
        metavar="TIME",
        help="how long a rotation waits for an identity that cannot be asked; default: %(default)s",
    )
    add("--interval", type=_duration, default="60s", metavar="TIME", help="between two looks; default: %(default)s")
    add("--once", action="store_true", help="issue what is due and end; status 1 if anything failed")
    add("--output-dir", type=Path, metavar="DIR", help="write a directory for each identity below this one")
    add("--ca-dir", type=Path, metavar="DIR", help="keep the CA in this directory instead of a Secret")
    add("--ca-secret", default="bulkhead-ca", metavar="NAME", help="keep the CA in this Secret; default: %(default)s")
    add(
        "--requests-config-map",
        metavar="NAME",
        help="what people ask for, as `bulkhead certs` writes it; default: none",
    )
    add("--status-config-map", metavar="NAME", help="what they are told; default: none")
    add("--requests-file", type=Path, metavar="FILE", help="the same as a file; goes with --output-dir")
    add("--status-file", type=Path, metavar="FILE", help="the same as a file; goes with --output-dir")
    add("--kube-api-server", metavar="URL", help="the API server; default: that of the Pod")
    add("--kube-credentials", type=Path, metavar="DIR", help="with token, ca.crt, namespace; default: the Pod's")
    add("--loglevel", choices=LEVELS, default="info", help="default: %(default)s")
    add("--metrics-addr", default="127.0.0.1:8080", metavar="ADDR", help="/metrics; empty: off; default: %(default)s")
    add("--live-addr", default="", metavar="ADDR", help="/healthz and /readyz; empty (default): off")
    return parser


def _duration(text: str) -> timedelta:
    try:
        duration = duration_from_go(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if duration <= timedelta(0):
        raise argparse.ArgumentTypeError("must be more than nothing")
    return duration
