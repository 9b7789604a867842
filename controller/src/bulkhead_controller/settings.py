"""The command line of bulkhead-controller. Names are ESO's where ESO has the flag."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_controller.processing import Processing
from bulkhead_runtime.health import AddressError, address_from_text
from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.logging import LEVELS
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN

_MAX_CONCURRENT: Final = 1024


class Profile(StrEnum):
    """Which rights the controller has on Secrets. Source: architecture, Kubernetes rights of the controller."""

    STRICT = "strict"
    """Write, and read nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the command line says."""

    log_level: str
    metrics_addr: str
    """Empty means off."""
    live_addr: str
    """Empty means off."""
    tls_dir: Path
    trust_domain: str
    kube: KubeConfig
    providers_file: Path
    provider_timeout: timedelta
    """Deadline of one call to a provider server."""
    concurrent: int
    """How many ExternalSecrets are reconciled at once."""
    namespace: str
    """The only namespace to look at; empty means all."""
    normal_events: bool
    profile: Profile
    processing: Processing


def settings_from_arguments(arguments: Sequence[str] | None = None) -> Settings:
    """Read the command line; a mistake ends the process with a message that says what is wrong.

    Args:
        arguments: without the program's name; None means those of this process.
    """
    parser = _parser()
    parsed = parser.parse_args(arguments)
    return Settings(
        log_level=parsed.loglevel,
        metrics_addr=parsed.metrics_addr,
        live_addr=parsed.live_addr,
        tls_dir=parsed.tls_dir,
        trust_domain=parsed.trust_domain,
        kube=_kube_config(parser, parsed.kube_api_server, parsed.kube_credentials),
        providers_file=parsed.providers_file,
        provider_timeout=parsed.provider_timeout,
        concurrent=parsed.concurrent,
        namespace=parsed.namespace,
        normal_events=parsed.enable_normal_events,
        profile=parsed.profile,
        processing=Processing(
            controller_class=parsed.controller_class,
            flood_gate=parsed.enable_flood_gate,
            cluster_stores=parsed.enable_cluster_store_reconciler,
            cluster_external_secrets=parsed.enable_cluster_external_secret_reconciler,
            store_requeue_interval=parsed.store_requeue_interval,
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bulkhead-controller",
        description="Turns ExternalSecrets into Secrets. Holds no credential of any backend.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('bulkhead-controller')}")
    parser.add_argument("--loglevel", choices=LEVELS, default="info", help="least level to log (default info)")
    parser.add_argument(
        "--metrics-addr", type=_address, default="127.0.0.1:8080", help="HOST:PORT of /metrics; empty turns it off"
    )
    parser.add_argument(
        "--live-addr", type=_address, default="127.0.0.1:8082", help="HOST:PORT of /healthz; empty turns it off"
    )
    parser.add_argument(
        "--tls-dir", type=Path, required=True, help="directory with tls.crt, tls.key and ca.crt of this process"
    )
    parser.add_argument("--trust-domain", default=DEFAULT_TRUST_DOMAIN, help="of the certificates of all processes")
    parser.add_argument("--kube-api-server", default="", help="https://HOST:PORT; absent means as a Pod finds it")
    parser.add_argument(
        "--kube-credentials",
        type=Path,
        default=None,
        help="directory with token, ca.crt and namespace; absent likewise",
    )
    parser.add_argument(
        "--providers-file", type=Path, required=True, help="YAML that names the provider servers and their stores"
    )
    parser.add_argument(
        "--provider-timeout", type=_positive, default="30s", help="deadline of one call to a provider server"
    )
    parser.add_argument("--controller-class", default="default", help="process stores of this class only")
    parser.add_argument("--concurrent", type=_concurrent, default=32, help="ExternalSecrets reconciled at once")
    parser.add_argument("--namespace", default="", help="look at this namespace only; empty means all")
    parser.add_argument(
        "--store-requeue-interval", type=_positive, default="5m", help="time between two validations of a store"
    )
    _add_switch(parser, "--enable-flood-gate", default=True, text="ask only stores that are ready")
    _add_switch(parser, "--enable-cluster-store-reconciler", default=True, text="process ClusterSecretStores")
    _add_switch(
        parser, "--enable-cluster-external-secret-reconciler", default=True, text="process ClusterExternalSecrets"
    )
    _add_switch(parser, "--enable-normal-events", default=False, text="tell successes as events too; a write for each")
    parser.add_argument(
        "--profile", type=Profile, choices=list(Profile), default=Profile.STRICT, help="rights on Secrets"
    )
    return parser


def _add_switch(parser: argparse.ArgumentParser, flag: str, *, default: bool, text: str) -> None:
    # As Go's flags: `--flag`, `--flag=true` and `--flag=false`.
    parser.add_argument(
        flag, type=_truth, nargs="?", const=True, default=default, metavar="BOOL", help=f"{text} (default {default})"
    )


def _kube_config(parser: argparse.ArgumentParser, server: str, directory: Path | None) -> KubeConfig:
    try:
        if server and directory is not None:
            return KubeConfig(server=server, directory=directory)
        if not server and directory is None:
            return KubeConfig.from_environment()
    except KubeConfigError as error:
        parser.error(str(error))
    return parser.error("--kube-api-server and --kube-credentials go together")


def _truth(text: str) -> bool:
    match text.lower():
        case "true" | "1" | "t":
            return True
        case "false" | "0" | "f":
            return False
        case _:
            raise argparse.ArgumentTypeError("must be true or false")


def _positive(text: str) -> timedelta:
    try:
        duration = duration_from_go(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if duration <= timedelta(0):
        raise argparse.ArgumentTypeError("must be more than zero")
    return duration


def _concurrent(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_CONCURRENT:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number from 1 to {_MAX_CONCURRENT}")


def _address(text: str) -> str:
    if not text:
        return text
    try:
        address_from_text(text)
    except AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
