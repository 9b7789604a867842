"""The command line that all provider servers share, read into `Settings`. The flags themselves stand in `flags`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from bulkhead_provider_sdk.flags import FLAGS
from bulkhead_provider_sdk.listen import Listen, UnixSocket
from bulkhead_provider_sdk.server import ServerSettings
from bulkhead_runtime.flags.table import add_flags
from bulkhead_runtime.health import Address
from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError

_SDK: Final = "bulkhead-provider-sdk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the command line says."""

    program: str
    log_level: str
    time_encoding: str
    """Of the log; one of `bulkhead_runtime.logging.TIME_ENCODINGS`."""
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
    listen, webhook_listen = _listens(parser, parsed.listen)
    return Settings(
        program=program,
        log_level=parsed.loglevel,
        time_encoding=parsed.zap_time_encoding,
        metrics_addr=parsed.metrics_addr,
        live_addr=parsed.live_addr,
        policy_file=parsed.policy_file,
        credentials_dir=parsed.credentials_dir,
        identity=_identity(parser, parsed.kube_api_server, parsed.kube_credentials),
        server=ServerSettings(
            listen=listen,
            webhook_listen=webhook_listen,
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
    add_flags(parser, FLAGS)
    return parser


def _listens(parser: argparse.ArgumentParser, given: Sequence[Listen]) -> tuple[Listen, Address | None]:
    match given:
        case [one]:
            return one, None
        case [UnixSocket() as unix, Address() as address] | [Address() as address, UnixSocket() as unix]:
            return unix, address
        case _:
            return parser.error("--listen: give one, or a Unix socket and a HOST:PORT that is for the webhook alone")


def _identity(parser: argparse.ArgumentParser, server: str, directory: Path | None) -> KubeConfig | None:
    """There is no default on purpose: the token that a Pod finds by itself is not a provider server's own."""
    if not server and directory is None:
        return None
    if not server or directory is None:
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
