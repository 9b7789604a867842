"""The command line of bulkhead-webhook, read into `Settings`. The flags themselves stand in `flags`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from bulkhead_runtime.flags.esos import refuse_unguarded_metrics
from bulkhead_runtime.flags.table import Notice, add_flags, notices_from
from bulkhead_runtime.serving_tls import ServingTerms
from bulkhead_templating import Delimiters
from bulkhead_webhook.answer import Profile
from bulkhead_webhook.flags import FLAGS, IGNORED_FLAGS


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Who this process is for provider servers, and how they are asked about stores."""

    tls_dir: Path
    providers_file: Path | None
    """None means that none is asked."""
    trust_domain: str
    timeout: timedelta
    """Deadline of one question."""
    require_denylist: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the command line says."""

    log_level: str
    time_encoding: str
    """Of the log; one of `bulkhead_runtime.logging.TIME_ENCODINGS`."""
    http_addresses: tuple[str, ...]
    """Where probes and metrics are served; none, one or two different ones."""
    listen: str
    """Where the API server is answered."""
    dns_name: str
    cert_dir: Path
    terms: ServingTerms
    client_names: tuple[str, ...]
    profile: Profile
    client: ClientSettings | None
    """None means that it is nobody for them."""
    delimiters: Delimiters
    """Of actions in templates."""
    notices: tuple[Notice, ...]


def settings_from_arguments(arguments: Sequence[str] | None = None) -> Settings:
    """Read the command line; a mistake ends the process with a message that says what is wrong.

    Args:
        arguments: without the program's name; None means those of this process.
    """
    parser = _parser()
    found = parser.parse_args(arguments)
    _check(parser, found)
    live = found.live_addr or found.healthz_addr
    host = f"[{found.bind_address}]" if ":" in found.bind_address else found.bind_address
    return Settings(
        log_level=found.loglevel,
        time_encoding=found.zap_time_encoding,
        http_addresses=tuple(dict.fromkeys(filter(None, (found.metrics_addr, live)))),
        listen=f"{host}:{found.port}",
        dns_name=found.dns_name,
        cert_dir=found.cert_dir,
        terms=ServingTerms(
            minimum=found.tls_min_version,
            ciphers=found.tls_ciphers,
            client_roots=Path(found.client_ca_file) if found.client_ca_file else None,
        ),
        client_names=found.client_names,
        profile=Profile(found.profile),
        client=_client(found),
        delimiters=Delimiters(left=found.template_left_delimiter, right=found.template_right_delimiter),
        notices=notices_from(found, FLAGS, IGNORED_FLAGS),
    )


def _check(parser: argparse.ArgumentParser, found: argparse.Namespace) -> None:
    if found.client_names and not found.client_ca_file:
        parser.error("--client-names needs --client-ca-file: without it nobody shows a certificate")
    if found.providers_file and not found.tls_dir:
        parser.error("--providers-file needs --tls-dir: no provider server answers whom it does not know")
    refuse_unguarded_metrics(parser, found)


def _client(found: argparse.Namespace) -> ClientSettings | None:
    if not found.tls_dir:
        return None
    return ClientSettings(
        tls_dir=Path(found.tls_dir),
        providers_file=Path(found.providers_file) if found.providers_file else None,
        trust_domain=found.trust_domain,
        timeout=found.provider_timeout,
        require_denylist=found.require_denylist,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bulkhead-webhook",
        description="Validates custom resources at the door. Holds no API token.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('bulkhead-webhook')}")
    add_flags(parser, FLAGS, IGNORED_FLAGS)
    return parser
