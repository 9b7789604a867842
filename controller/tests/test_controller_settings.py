"""The command line."""

from datetime import timedelta
from pathlib import Path

import pytest

from bulkhead_controller.app import WATCHDOG_BOUND_S
from bulkhead_controller.flags import FLAGS
from bulkhead_controller.ignored_flags import IGNORED_FLAGS
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.wire import GRACE_S
from bulkhead_controller.settings import settings_from_arguments
from bulkhead_runtime.flags.table import IgnoredFlag, Notice
from bulkhead_templating import Delimiters, Limits

REQUIRED = [
    "--tls-dir=/tls",
    "--providers-file=/providers.yaml",
    "--kube-api-server=https://127.0.0.1:6443",
    "--kube-credentials=/kube",
]


def test_defaults_are_esos_where_eso_has_them() -> None:
    settings = settings_from_arguments(REQUIRED)
    assert settings.processing.controller_class == "default"
    assert settings.processing.store_requeue_interval == timedelta(minutes=5)
    assert settings.processing.flood_gate
    assert settings.processing.rights == Rights()
    assert settings.processing.adoption_guard
    assert settings.processing.refresh_time_after is None
    assert (settings.concurrent, settings.namespace, settings.normal_events) == (32, "", False)
    assert settings.trust_domain == "bulkhead.local"


@pytest.mark.parametrize(
    ("argument", "want"),
    [
        pytest.param("--enable-flood-gate=false", False, id="off"),
        pytest.param("--enable-flood-gate=true", True, id="on"),
        pytest.param("--enable-flood-gate", True, id="bare"),
    ],
)
def test_switch_is_written_as_in_go(argument: str, want: bool) -> None:
    assert settings_from_arguments([*REQUIRED, argument]).processing.flood_gate is want


def test_profile_eso_compat_behaves_as_eso_unless_told_otherwise() -> None:
    settings = settings_from_arguments([*REQUIRED, "--profile=eso-compat"])
    assert settings.normal_events
    assert not settings.processing.adoption_guard
    assert settings.processing.refresh_time_after == timedelta(0)
    told = ["--refresh-time=10m", "--enable-normal-events=false", "--enable-adoption-guard"]
    settings = settings_from_arguments([*REQUIRED, "--profile=eso-compat", *told])
    assert not settings.normal_events
    assert settings.processing.adoption_guard
    assert settings.processing.refresh_time_after == timedelta(minutes=10)


def test_namespaces_to_read_in_are_separated_by_commas() -> None:
    settings = settings_from_arguments([*REQUIRED, "--profile=namespaced", "--read-namespaces=team-a,team-b,team-a"])
    rights = Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({"team-a", "team-b"}))
    assert settings.processing.rights == rights


@pytest.mark.parametrize("profile", [Profile.STRICT, Profile.ESO_COMPAT])
def test_no_namespace_is_named_where_the_profile_reads_nowhere_or_everywhere(profile: Profile) -> None:
    settings = settings_from_arguments([*REQUIRED, f"--profile={profile.value}", "--read-namespaces="])
    assert settings.processing.rights == Rights(profile=profile)


def test_clusterexternalsecrets_are_processed_unless_switched_off() -> None:
    assert settings_from_arguments(REQUIRED).processing.cluster_external_secrets
    off = settings_from_arguments([*REQUIRED, "--enable-cluster-external-secret-reconciler=false"])
    assert not off.processing.cluster_external_secrets


def test_empty_address_turns_a_server_off() -> None:
    assert settings_from_arguments([*REQUIRED, "--metrics-addr="]).metrics_addr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--enable-flood-gate=maybe"], id="switch-that-is-neither"),
        pytest.param(["--store-requeue-interval=0"], id="interval-of-zero"),
        pytest.param(["--store-requeue-interval=soon"], id="interval-that-is-none"),
        pytest.param(["--concurrent=0"], id="no-workers"),
        pytest.param(["--live-addr=here"], id="address-that-is-none"),
        pytest.param(["--profile=generous"], id="unknown-profile"),
        pytest.param(["--profile=namespaced"], id="profile-namespaced-without-namespaces"),
        pytest.param(["--read-namespaces=team-a"], id="namespaces-for-the-profile-strict"),
        pytest.param(["--profile=eso-compat", "--read-namespaces=team-a"], id="namespaces-for-the-profile-eso-compat"),
        pytest.param(["--profile=namespaced", "--read-namespaces=team-a,"], id="namespace-without-a-name"),
        pytest.param(["--profile=namespaced", "--read-namespaces=Team"], id="namespace-in-capitals"),
        pytest.param(["--profile=namespaced", "--read-namespaces=a,../b"], id="namespace-that-is-a-path"),
        pytest.param(["--profile=namespaced", f"--read-namespaces={'a' * 64}"], id="namespace-that-is-too-long"),
        pytest.param(["--refresh-time=sometimes"], id="refresh-time-that-is-none"),
        pytest.param(["--drift-check-interval=-1s"], id="negative-interval"),
        pytest.param(["--loglevel=loud"], id="unknown-level"),
        pytest.param(["--kube-api-server=http://127.0.0.1"], id="api-server-without-tls"),
        pytest.param(["--provider"], id="abbreviation"),
        pytest.param(["--metrics-auth"], id="tokens-in-the-clear"),
        pytest.param(["--metrics-secure", "--metrics-addr=:1", "--live-addr=:1"], id="tls-and-probes-on-one-port"),
        pytest.param(["--metrics-cert-name=../tls.crt"], id="certificate-outside-of-its-folder"),
        pytest.param(["--zap-time-encoding=unix"], id="unknown-form-of-time"),
        pytest.param(["--leader-election-lease-duration=10s"], id="lease-as-short-as-the-renew-deadline"),
        pytest.param(["--leader-election-renew-deadline=2400ms"], id="renew-deadline-without-a-second-try"),
        pytest.param(["--leader-election-retry-period=0s"], id="no-time-between-tries"),
        pytest.param(["--leader-election-id=a/b"], id="lease-of-no-name"),
        pytest.param(["--client-qps=fast"], id="value-that-eso-refuses-too"),
        pytest.param(["--template-left-delimiter="], id="delimiter-that-is-empty"),
        pytest.param(["--render-workers=0"], id="no-process-that-renders"),
        pytest.param(["--render-workers=17"], id="more-processes-than-there-may-be"),
        pytest.param(["--render-timeout=0"], id="no-time-to-render"),
        pytest.param(["--render-timeout=31s"], id="more-time-to-render-than-the-watchdog-has"),
        pytest.param(["--render-max-steps=999"], id="too-few-steps"),
        pytest.param(["--render-max-steps=1e6"], id="steps-that-are-no-whole-number"),
        pytest.param(["--render-max-output=4MB"], id="size-of-an-unknown-unit"),
        pytest.param(["--render-max-output=1023"], id="size-that-is-too-small"),
        pytest.param(["--render-max-memory=2Gi"], id="size-that-is-too-large"),
        pytest.param(["--render-max-memory=-1Mi"], id="size-below-zero"),
        pytest.param(["--enable-http2=maybe"], id="ignored-switch-that-is-neither"),
    ],
)
def test_mistake_ends_with_a_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        settings_from_arguments([*REQUIRED, *arguments])
    assert caught.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_address_and_credentials_of_the_api_server_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings_from_arguments(REQUIRED[:3])
    assert "go together" in capsys.readouterr().err


ESO_FLAGS = {
    **dict.fromkeys(("--enable-cluster-store-reconciler", "--enable-secret-store-reconciler"), "true"),
    **dict.fromkeys(("--enable-push-secret-reconciler", "--enable-cluster-push-secret-reconciler"), "true"),
    **dict.fromkeys(("--enable-cluster-external-secret-reconciler", "--enable-managed-secrets-caching"), "true"),
    **dict.fromkeys(("--enable-secret-api-read-on-cache-mismatch", "--enable-flood-gate"), "true"),
    **dict.fromkeys(("--enable-generator-state",), "true"),
    **dict.fromkeys(("--metrics-secure", "--metrics-auth", "--enable-leader-election", "--enable-http2"), "false"),
    **dict.fromkeys(("--enable-secrets-caching", "--enable-configmaps-caching"), "false"),
    **dict.fromkeys(("--enable-extended-metric-labels", "--unsafe-allow-generic-targets"), "false"),
    **dict.fromkeys(("--enable-vault-token-cache", "--experimental-enable-vault-token-cache"), "false"),
    **dict.fromkeys(("--experimental-enable-doppler-oidc-cache",), "false"),
    **dict.fromkeys(("--vault-token-cache-size", "--experimental-vault-token-cache-size"), "262144"),
    "--experimental-doppler-oidc-cache-size": "262144",
    "--doppler-etag-cache-size": "16384",
    "--mysterybox-tokens-cache-size": "4096",
    "--mysterybox-connections-cache-size": "128",
    "--metrics-addr": ":8080",
    "--live-addr": ":8082",
    "--metrics-cert-dir": "",
    "--metrics-cert-name": "tls.crt",
    "--metrics-key-name": "tls.key",
    "--controller-class": "default",
    "--leader-election-id": "external-secrets-controller",
    "--leader-election-lease-duration": "15s",
    "--leader-election-renew-deadline": "10s",
    "--leader-election-retry-period": "2s",
    "--concurrent": "1",
    "--client-qps": "50",
    "--client-burst": "100",
    "--loglevel": "info",
    "--zap-time-encoding": "epoch",
    "--namespace": "",
    "--store-requeue-interval": "5m",
    "--generator-gc-grace-period": "2m",
    "--template-left-delimiter": "{{",
    "--template-right-delimiter": "}}",
}
"""ESO 2.9's core controller, each with its default."""


@pytest.mark.parametrize("name", ESO_FLAGS)
def test_flag_of_eso_is_taken_with_esos_default(name: str) -> None:
    settings_from_arguments([*REQUIRED, f"{name}={ESO_FLAGS[name]}"])


def test_defaults_differ_from_esos_only_where_help_says_so() -> None:
    ours = {flag.name: flag.eso_default or flag.default for flag in FLAGS} | {
        flag.name: flag.default for flag in IGNORED_FLAGS
    }
    assert {name: ours[name] for name in ESO_FLAGS} == ESO_FLAGS


def test_templates_are_delimited_as_told() -> None:
    plain = settings_from_arguments(REQUIRED).processing.template_delimiters
    told = ["--template-left-delimiter=<<", "--template-right-delimiter=>>"]
    assert (plain.left, plain.right) == ("{{", "}}")
    assert settings_from_arguments([*REQUIRED, *told]).processing.template_delimiters == Delimiters(
        left="<<", right=">>"
    )


def test_rendering_has_by_default_the_bounds_that_the_code_has() -> None:
    assert settings_from_arguments(REQUIRED).rendering == SlowBounds()


def test_bounds_of_rendering_are_read_with_their_units() -> None:
    told = ["--render-workers=2", "--render-timeout=1500ms", "--render-max-steps=5000"]
    told += ["--render-max-output=512Ki", "--render-max-memory=1Gi"]
    rendering = settings_from_arguments([*REQUIRED, *told]).rendering
    assert (rendering.workers, rendering.timeout_s) == (2, 1.5)
    assert rendering.limits == Limits(steps=5_000, output_bytes=512 * 1024, memory_bytes=1024**3)


@pytest.mark.parametrize(("concurrent", "want"), [(1, (1, 1)), (4, (1, 2)), (32, (8, 16)), (1024, (8, 16))])
def test_templates_keep_only_a_part_of_the_reconciles_waiting(concurrent: int, want: tuple[int, int]) -> None:
    rendering = settings_from_arguments([*REQUIRED, f"--concurrent={concurrent}"]).rendering
    assert (rendering.per_tenant, rendering.together) == want


def test_who_waits_for_all_others_to_be_rendered_does_not_look_to_the_watchdog_as_if_it_hung() -> None:
    longest = settings_from_arguments([*REQUIRED, "--concurrent=1024", "--render-timeout=30s"]).rendering
    assert longest.together * (longest.timeout_s + GRACE_S) < WATCHDOG_BOUND_S


def test_value_may_stand_apart_as_in_go() -> None:
    settings = settings_from_arguments([*REQUIRED, "--concurrent", "4", "--store-requeue-interval", "1h30m"])
    assert (settings.concurrent, settings.processing.store_requeue_interval) == (4, timedelta(minutes=90))


@pytest.mark.parametrize("flag", IGNORED_FLAGS, ids=lambda flag: flag.name)
def test_flag_without_meaning_is_named_once(flag: IgnoredFlag) -> None:
    settings = settings_from_arguments([*REQUIRED, f"{flag.name}={flag.default}", f"{flag.name}={flag.default}"])
    assert settings.notices == (Notice(flag.name, flag.because, flag.instead),)


def test_nothing_is_said_about_flags_that_were_not_given() -> None:
    assert settings_from_arguments(REQUIRED).notices == ()


def test_flag_that_has_no_effect_yet_is_named_when_it_would_change_something() -> None:
    given = ["--enable-push-secret-reconciler=false", "--enable-generator-state=false"]
    settings = settings_from_arguments([*REQUIRED, *given])
    assert [notice.flag for notice in settings.notices] == [
        "--enable-push-secret-reconciler",
        "--enable-generator-state",
    ]
    assert not settings.processing.push_secrets


@pytest.mark.parametrize(
    ("text", "want"), [("INFO", "info"), ("warn", "warn"), ("dpanic", "error"), ("fatal", "error")]
)
def test_levels_are_those_of_zap(text: str, want: str) -> None:
    assert settings_from_arguments([*REQUIRED, f"--loglevel={text}"]).log_level == want


def test_certificate_of_metrics_is_the_processes_own_unless_a_folder_is_named() -> None:
    own = settings_from_arguments([*REQUIRED, "--metrics-secure"]).metrics
    named = settings_from_arguments([*REQUIRED, "--metrics-secure", "--metrics-cert-dir=/etc/tls"]).metrics
    assert (own.certificate_file, own.key_file) == (Path("/tls/tls.crt"), Path("/tls/tls.key"))
    assert (named.certificate_file, named.key_file) == (Path("/etc/tls/tls.crt"), Path("/etc/tls/tls.key"))
