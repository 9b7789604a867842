"""The command line, read into one checked value. The flags themselves stand in `flags`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bulkhead_certcontroller.flags import FLAGS, IGNORED_FLAGS
from bulkhead_certcontroller.identities import IdentitiesError, check_trust_domain
from bulkhead_runtime.flags.esos import refuse_unguarded_metrics
from bulkhead_runtime.flags.table import Notice, add_flags, notices_from

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

    identities_file: Path | None
    """Who gets a certificate; None means nobody, as where somebody else is the issuer."""
    tokens_file: Path | None
    """Who gets a ServiceAccount token; None means nobody."""
    token_lifetime: timedelta
    webhook_configurations: tuple[str, ...]
    """ValidatingWebhookConfigurations that get the webhook's roots as caBundle, in the order given."""
    trust_domain: str
    leaf_lifetime: timedelta
    ca_lifetime: timedelta
    settle: timedelta
    """How long a place stands before an identity that cannot be asked counts as having read it."""
    interval: timedelta
    once: bool
    target: DirectoryTarget | SecretTarget
    loglevel: str
    time_encoding: str
    """Of the log; one of `bulkhead_runtime.logging.TIME_ENCODINGS`."""
    http_addresses: tuple[str, ...]
    """Where probes and metrics are served; none, one or two different ones."""
    notices: tuple[Notice, ...] = ()
    """Flags that were given and have no effect, to be told once in the log."""


def settings_from_arguments(arguments: Sequence[str]) -> Settings:
    """Read the command line; on --help, --version or an error the process ends, as argparse does it."""
    parser = _parser()
    found = parser.parse_args(arguments)
    _check(parser, found)
    return Settings(
        identities_file=found.identities_file,
        tokens_file=found.tokens_file,
        token_lifetime=found.token_lifetime,
        webhook_configurations=tuple(dict.fromkeys(found.webhook_configuration)),
        trust_domain=found.trust_domain,
        leaf_lifetime=found.leaf_lifetime,
        ca_lifetime=found.ca_lifetime,
        settle=found.settle,
        interval=found.interval,
        once=found.once,
        target=_target(parser, found),
        loglevel=found.loglevel,
        time_encoding=found.zap_time_encoding,
        http_addresses=tuple(dict.fromkeys(filter(None, (found.metrics_addr, found.live_addr or found.healthz_addr)))),
        notices=notices_from(found, FLAGS, IGNORED_FLAGS),
    )


def _check(parser: argparse.ArgumentParser, found: argparse.Namespace) -> None:
    refuse_unguarded_metrics(parser, found)
    try:
        check_trust_domain(found.trust_domain)
    except IdentitiesError as error:
        parser.error(f"--trust-domain: {error}")
    if found.identities_file is None and found.tokens_file is None:
        parser.error("--identities-file, --tokens-file: give one, or there is nothing to do")
    if found.leaf_lifetime < _SHORTEST_LEAF:
        parser.error("--leaf-lifetime: shorter than 10m")
    if found.ca_lifetime < _LEAVES_IN_A_CA * found.leaf_lifetime:
        parser.error(f"--ca-lifetime: shorter than {_LEAVES_IN_A_CA} times --leaf-lifetime")
    if not _SHORTEST_TOKEN <= found.token_lifetime <= _LONGEST_TOKEN:
        parser.error("--token-lifetime: not from 10m to 1h")
    if found.tokens_file is not None and found.output_dir is not None:
        parser.error("--tokens-file: with directories no API server is used")
    if found.webhook_configuration and found.output_dir is not None:
        parser.error("--webhook-configuration: with directories no API server is used")


def _target(parser: argparse.ArgumentParser, found: argparse.Namespace) -> DirectoryTarget | SecretTarget:
    if found.output_dir is not None and found.ca_dir is None:
        parser.error("--output-dir: needs --ca-dir, as there is no Secret for the CA")
    if bool(found.kube_api_server) != (found.kube_credentials is not None):
        parser.error("--kube-api-server and --kube-credentials: give both or none")
    if found.output_dir is None:
        if found.requests_file is not None or found.status_file is not None:
            parser.error("--requests-file, --status-file: only with --output-dir; with Secrets they are ConfigMaps")
        return SecretTarget(
            ca_secret=found.ca_secret,
            ca_dir=found.ca_dir,
            api_server=found.kube_api_server or None,
            credentials=found.kube_credentials,
            requests_config_map=found.requests_config_map or None,
            status_config_map=found.status_config_map or None,
        )
    if found.kube_api_server:
        parser.error("--output-dir: with directories no API server is used")
    if found.requests_config_map or found.status_config_map:
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
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('bulkhead-certcontroller')}")
    add_flags(parser, FLAGS, IGNORED_FLAGS)
    return parser
