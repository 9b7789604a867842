"""The command line that all provider servers share."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, TypeVar

from bulkhead_api.duration import duration_from_go
from bulkhead_provider_sdk.listen import Listen, listen_from_text
from bulkhead_provider_sdk.server import ServerSettings
from bulkhead_runtime.health import address_from_text
from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.logging import LEVELS
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN

_SDK: Final = "bulkhead-provider-sdk"
_CREDENTIALS_DIR: Final = Path("/var/run/bulkhead/credentials")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the command line says."""

    program: str
    log_level: str
    metrics_addr: str
    """Empty means off."""
    live_addr: str
    """Empty means off."""
    policy_file: Path
    credentials_dir: Path
    identity: KubeConfig | None
    """Where and as whom Secrets of the cluster are read; None means nowhere."""
    server: ServerSettings


def settings_from_arguments(program: str, arguments: Sequence[str] | None = None) -> Settings:
    """Read the command line; a mistake ends the process with a message that says what is wrong.

    Args:
        program: also the name of the distribution whose version --version shows.
        arguments: without the program's name; None means those of this process.
    """
    parser = _parser(program)
    parsed = parser.parse_args(arguments)
    return Settings(
        program=program,
        log_level=parsed.loglevel,
        metrics_addr=parsed.metrics_addr,
        live_addr=parsed.live_addr,
        policy_file=parsed.policy_file,
        credentials_dir=parsed.credentials_dir,
        identity=_identity(parser, parsed.kube_api_server, parsed.kube_credentials),
        server=ServerSettings(
            listen=parsed.listen,
            tls_dir=parsed.tls_dir,
            trust_domain=parsed.trust_domain,
            require_denylist=parsed.require_denylist,
            grace_period=parsed.grace_period,
        ),
    )


def program_of(function: Callable[..., object]) -> str:
    """Name the program that a function belongs to by its package: `bulkhead-provider-vault`."""
    package = getattr(sys.modules.get(function.__module__), "__package__", None) or _SDK
    return package.partition(".")[0].replace("_", "-")


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program, description="A provider server: reads one kind of backend for the controller.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version(program)}")
    parser.add_argument("--loglevel", choices=LEVELS, default="info", help="least level to log (default info)")
    parser.add_argument("--listen", type=_listen, required=True, help="unix:///PATH or HOST:PORT of the gRPC server")
    parser.add_argument(
        "--tls-dir",
        type=Path,
        required=True,
        help="directory with tls.crt, tls.key, ca.crt and denylist.jws of this server; it waits for them",
    )
    parser.add_argument(
        "--require-denylist",
        type=_truth,
        default="true",
        nargs="?",
        const="true",
        metavar="true|false",
        help="let nobody through without a denylist in date (default true); false only where an issuer makes none",
    )
    parser.add_argument("--trust-domain", default=DEFAULT_TRUST_DOMAIN, help="of the certificates of all processes")
    parser.add_argument(
        "--policy-file", type=Path, required=True, help="YAML that says who may read what, and from which hosts"
    )
    parser.add_argument(
        "--credentials-dir",
        type=Path,
        default=_CREDENTIALS_DIR,
        help=f"directory with the files that this server logs in with (default {_CREDENTIALS_DIR}; need not exist)",
    )
    parser.add_argument(
        "--kube-api-server", metavar="URL", help="read what stores refer to from this API server; default: nothing is"
    )
    parser.add_argument(
        "--kube-credentials",
        type=Path,
        metavar="DIR",
        help="token, ca.crt and namespace of this server's own ServiceAccount; goes with --kube-api-server",
    )
    parser.add_argument("--metrics-addr", type=_address, default="", help="HOST:PORT of /metrics; empty turns it off")
    parser.add_argument(
        "--live-addr", type=_address, default="", help="HOST:PORT of /healthz and /readyz; empty turns it off"
    )
    parser.add_argument(
        "--grace-period", type=_span, default="20s", help="how long calls may go on after SIGTERM (default 20s)"
    )
    return parser


def _identity(parser: argparse.ArgumentParser, server: str | None, directory: Path | None) -> KubeConfig | None:
    """There is no default on purpose: the token that a Pod finds by itself is not a provider server's own."""
    if server is None and directory is None:
        return None
    if server is None or directory is None:
        parser.error("--kube-api-server and --kube-credentials: give both or none")
    try:
        return KubeConfig(server=server, directory=directory)
    except KubeConfigError as error:
        parser.error(f"--kube-api-server: {error}")


def _version(program: str) -> str:
    try:
        return version(program)
    except PackageNotFoundError:
        return f"(sdk {version(_SDK)})"


def _address(text: str) -> str:
    return str(_read(address_from_text, text)) if text else ""


def _listen(text: str) -> Listen:
    return _read(listen_from_text, text)


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text}: is neither true nor false")
    return text == "true"


def _span(text: str) -> timedelta:
    span = _read(duration_from_go, text)
    if span < timedelta(0):
        raise argparse.ArgumentTypeError(f"{text}: is below zero")
    return span


def _read(read: Callable[[str], _T], text: str) -> _T:
    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
