"""The command line."""

from datetime import timedelta

import pytest

from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.settings import settings_from_arguments

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
