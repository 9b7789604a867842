"""The programs understand what the chart tells them: their command lines and their configuration files."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_certcontroller.identities import Usage, load_identities
from bulkhead_certcontroller.settings import SecretTarget
from bulkhead_certcontroller.settings import settings_from_arguments as certcontroller_settings
from bulkhead_controller.brakes.limits import DELETE_BUDGET, Limits
from bulkhead_controller.settings import settings_from_arguments as controller_settings
from bulkhead_provider_sdk.policy import policy_from_yaml
from bulkhead_provider_sdk.settings import settings_from_arguments as provider_settings
from bulkhead_runtime.provider_routes import read_provider_servers
from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

VALUES: Final = {
    "trustDomain": "prod.example.com",
    "profile": "namespaced",
    "profileNamespaces": ["team-a", "team-b"],
    "brakes": {"massChange": {"percent": 20, "window": "5m", "floor": 3}, "adoptionGuard": False},
    "providers": {
        "vault": {
            "logLevel": "warn",
            "policy": {
                "hosts": ["https://vault.example.com:8200"],
                "rules": [
                    {
                        "namespaces": ["team-a"],
                        "stores": ["ClusterSecretStore/vault"],
                        "keys": ["secret/*"],
                        "operations": ["read", "validate"],
                    }
                ],
            },
        }
    },
}


class Container(msgspec.Struct):
    name: str
    args: list[str]


class PodSpec(msgspec.Struct, rename="camel"):
    containers: list[Container]
    init_containers: list[Container] = []


class Template(msgspec.Struct):
    spec: PodSpec


class Spec(msgspec.Struct):
    template: Template


class Deployment(msgspec.Struct):
    spec: Spec


class ConfigMap(msgspec.Struct):
    data: dict[str, str] = {}


@cache
def command_lines() -> dict[str, list[str]]:
    """The arguments of each container."""
    deployments = [each for each in helm.render(VALUES) if each["kind"] == "Deployment"]
    pods = [msgspec.convert(each, Deployment).spec.template.spec for each in deployments]
    return {each.name: each.args for pod in pods for each in (*pod.init_containers, *pod.containers)}


@cache
def files() -> dict[str, str]:
    """The content of each file in a ConfigMap; both providers' policies have one name, the vault's comes last."""
    maps = [msgspec.convert(each, ConfigMap) for each in helm.render(VALUES) if each["kind"] == "ConfigMap"]
    return {name: text for each in maps for name, text in each.data.items()}


def test_the_controller_reads_its_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # The kubelet sets these in every container.
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    settings = controller_settings(command_lines()["controller"])
    assert (settings.trust_domain, settings.concurrent, settings.processing.rights.profile) == (
        "prod.example.com",
        32,
        "namespaced",
    )
    assert settings.processing.rights.read_namespaces == {"team-a", "team-b"}
    assert settings.processing.mass_change == Limits(percent=20, window=timedelta(minutes=5), floor=3)
    assert settings.processing.delete_budget == DELETE_BUDGET
    assert not settings.processing.adoption_guard


def test_the_certcontroller_reads_its_command_line() -> None:
    settings = certcontroller_settings(command_lines()["certcontroller"])
    assert settings.trust_domain == "prod.example.com"
    assert settings.target == SecretTarget(
        ca_secret="bulkhead-ca",
        api_server=None,
        credentials=None,
        requests_config_map="bulkhead-certificate-requests",
        status_config_map="bulkhead-certificate-status",
    )


@pytest.mark.parametrize("name", ["vault", "fake"])
def test_a_provider_server_reads_its_command_line(name: str) -> None:
    settings = provider_settings(f"bulkhead-provider-{name}", command_lines()[f"provider-{name}"])
    assert str(settings.server.listen) == f"unix:///run/bulkhead/providers/{name}/server/provider.sock"
    assert settings.server.trust_domain == "prod.example.com"


def test_the_controller_reads_the_providers_file(tmp_path: Path) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text(files()["providers.yaml"])
    assert {server.name: server.stores for server in read_provider_servers(file)} == {
        "fake": ["fake"],
        "vault": ["vault"],
    }


def test_the_certcontroller_reads_the_identities_file(tmp_path: Path) -> None:
    file = tmp_path / "identities.yaml"
    file.write_text(files()["identities.yaml"])
    identities = load_identities(file, "prod.example.com")
    assert {str(each.spiffe_id): each.usage for each in identities} == {
        "spiffe://prod.example.com/controller": Usage.CLIENT,
        "spiffe://prod.example.com/provider/fake": Usage.SERVER,
        "spiffe://prod.example.com/provider/vault": Usage.SERVER,
        "spiffe://prod.example.com/webhook": Usage.CLIENT,
        "spiffe://prod.example.com/webhook/server": Usage.SERVER,
    }


def test_a_provider_server_reads_its_policy_file() -> None:
    policy = policy_from_yaml(files()["policy.yaml"].encode())
    assert policy.hosts == ("https://vault.example.com:8200",)
    assert [rule.namespaces for rule in policy.rules] == [("team-a",)]
