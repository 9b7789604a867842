"""The command line."""

from datetime import timedelta

import pytest

from bulkhead_controller.settings import Profile, settings_from_arguments

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
    assert settings.profile is Profile.STRICT
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
