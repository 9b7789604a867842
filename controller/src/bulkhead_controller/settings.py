"""The command line of bulkhead-controller, read into `Settings`. The flags themselves stand in `flags`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from bulkhead_controller.brakes.limits import Limits
from bulkhead_controller.flags import FLAGS
from bulkhead_controller.ignored_flags import IGNORED_FLAGS
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.render_flags import render_bounds
from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.target_flags import refresh_time_after, rights_from
from bulkhead_runtime.flags.table import Notice, add_flags, notices_from
from bulkhead_runtime.kube.config import KubeConfig, KubeConfigError
from bulkhead_runtime.kube.leader import ElectionTimes
from bulkhead_templating import Delimiters


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """How /metrics is served."""

    secure: bool
    auth: bool
    """Whether the API server judges who may read; only with `secure`."""
    certificate_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderElectionSettings:
    """Whether and how one of several processes is chosen to work."""

    enabled: bool
    lease_name: str
    times: ElectionTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the command line says."""

    log_level: str
    time_encoding: str
    """Of the log; one of `bulkhead_runtime.logging.TIME_ENCODINGS`."""
    metrics_addr: str
    """Empty means off."""
    live_addr: str
    """Empty means off."""
    metrics: MetricsSettings
    extended_metric_labels: bool
    leader_election: LeaderElectionSettings
    tls_dir: Path
    trust_domain: str
    require_denylist: bool
    """Whether no provider server is called without a denylist in date."""
    kube: KubeConfig
    providers_file: Path
    provider_timeout: timedelta
    """Deadline of one call to a provider server."""
    concurrent: int
    """How many ExternalSecrets are reconciled at once."""
    namespace: str
    """The only namespace to look at; empty means all."""
    normal_events: bool
    rendering: SlowBounds
    """What templates that are rendered in processes of their own may cost."""
    processing: Processing
    notices: tuple[Notice, ...] = ()
    """Flags that were given and have no effect, to be told once in the log."""


def settings_from_arguments(arguments: Sequence[str] | None = None) -> Settings:
    """Read the command line; a mistake ends the process with a message that says what is wrong.

    Args:
        arguments: without the program's name; None means those of this process.
    """
    parser = _parser()
    parsed = parser.parse_args(arguments)
    rights = rights_from(parser, parsed.profile, parsed.read_namespaces, parsed.config_map_namespaces)
    settings = Settings(
        log_level=parsed.loglevel,
        time_encoding=parsed.zap_time_encoding,
        metrics_addr=parsed.metrics_addr,
        live_addr=parsed.live_addr,
        metrics=_metrics(parsed),
        extended_metric_labels=parsed.enable_extended_metric_labels,
        leader_election=_leader_election(parser, parsed),
        tls_dir=parsed.tls_dir,
        trust_domain=parsed.trust_domain,
        require_denylist=parsed.require_denylist,
        kube=_kube_config(parser, parsed.kube_api_server, parsed.kube_credentials),
        providers_file=parsed.providers_file,
        provider_timeout=parsed.provider_timeout,
        concurrent=parsed.concurrent,
        namespace=parsed.namespace,
        normal_events=_by_profile(parsed.enable_normal_events, eso_compat=True, rights=rights),
        rendering=render_bounds(parsed),
        processing=_processing(parser, parsed, rights),
        notices=notices_from(parsed, FLAGS, IGNORED_FLAGS),
    )
    _check_metrics(parser, settings)
    return settings


def _processing(parser: argparse.ArgumentParser, parsed: argparse.Namespace, rights: Rights) -> Processing:
    return Processing(
        controller_class=parsed.controller_class,
        flood_gate=parsed.enable_flood_gate,
        secret_stores=parsed.enable_secret_store_reconciler,
        cluster_stores=parsed.enable_cluster_store_reconciler,
        cluster_external_secrets=parsed.enable_cluster_external_secret_reconciler,
        push_secrets=parsed.enable_push_secret_reconciler,
        cluster_push_secrets=parsed.enable_cluster_push_secret_reconciler,
        generic_targets=parsed.unsafe_allow_generic_targets,
        store_requeue_interval=parsed.store_requeue_interval,
        rights=rights,
        adoption_guard=_by_profile(parsed.enable_adoption_guard, eso_compat=False, rights=rights),
        delete_budget=Limits(
            percent=parsed.delete_budget_percent, window=parsed.delete_budget_window, floor=parsed.delete_budget_floor
        ),
        mass_change=Limits(
            percent=parsed.mass_change_percent, window=parsed.mass_change_window, floor=parsed.mass_change_floor
        ),
        template_delimiters=Delimiters(left=parsed.template_left_delimiter, right=parsed.template_right_delimiter),
        drift_check_interval=parsed.drift_check_interval,
        refresh_time_after=refresh_time_after(parser, parsed.refresh_time, rights.profile),
    )


def _by_profile(said: bool | None, *, eso_compat: bool, rights: Rights) -> bool:
    """Read a switch whose default in the profile eso-compat is `eso_compat`, and the other one elsewhere."""
    return said if said is not None else eso_compat is (rights.profile is Profile.ESO_COMPAT)


def _metrics(parsed: argparse.Namespace) -> MetricsSettings:
    folder = Path(parsed.metrics_cert_dir) if parsed.metrics_cert_dir else parsed.tls_dir
    return MetricsSettings(
        secure=parsed.metrics_secure,
        auth=parsed.metrics_auth,
        certificate_file=folder / parsed.metrics_cert_name,
        key_file=folder / parsed.metrics_key_name,
    )


def _check_metrics(parser: argparse.ArgumentParser, settings: Settings) -> None:
    if settings.metrics.auth and not settings.metrics.secure:
        parser.error("--metrics-auth needs --metrics-secure: a token must not cross the network in the clear")
    if settings.metrics.secure and settings.metrics_addr and settings.metrics_addr == settings.live_addr:
        parser.error("--metrics-secure needs --metrics-addr and --live-addr to differ: the kubelet's probes are plain")


def _leader_election(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> LeaderElectionSettings:
    try:
        times = ElectionTimes(
            lease_duration=parsed.leader_election_lease_duration,
            renew_deadline=parsed.leader_election_renew_deadline,
            retry_period=parsed.leader_election_retry_period,
        )
    except ValueError as error:
        parser.error(f"leader election: {error}")
    return LeaderElectionSettings(
        enabled=parsed.enable_leader_election, lease_name=parsed.leader_election_id, times=times
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bulkhead-controller",
        description="Turns ExternalSecrets into Secrets. Holds no credential of any backend.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('bulkhead-controller')}")
    add_flags(parser, FLAGS, IGNORED_FLAGS)
    return parser


def _kube_config(parser: argparse.ArgumentParser, server: str, directory: str) -> KubeConfig:
    try:
        if server and directory:
            return KubeConfig(server=server, directory=Path(directory))
        if not server and not directory:
            return KubeConfig.from_environment()
    except KubeConfigError as error:
        parser.error(str(error))
    return parser.error("--kube-api-server and --kube-credentials go together")
