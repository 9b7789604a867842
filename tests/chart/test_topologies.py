"""Provider servers in the controller's Pod or in Pods of their own, and what the values give to one of them alone."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_provider_sdk.settings import settings_from_arguments as provider_settings
from bulkhead_testkit import helm
from bulkhead_testkit.pod import Container, PodSpec, Volume, pods_from
from bulkhead_webhook.settings import settings_from_arguments as webhook_settings

pytestmark = pytest.mark.slow

VAULT: Final[Mapping[str, object]] = {
    "port": 9443,
    "replicas": 2,
    "credential": {"existingSecret": "approle"},
    "identity": {"enabled": True, "secrets": [{"namespace": "team-a", "names": ["token"]}]},
    "policy": {"hosts": ["https://vault.example.com:8200"], "rules": []},
    "token": {"audience": "vault", "expiration": "20m"},
    "caBundle": {"configMap": "roots", "key": "bundle.pem"},
    "extraEnv": [{"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/bulkhead/token/token"}],
}
ISOLATED: Final[Mapping[str, object]] = {"topology": "isolated", "providers": {"vault": VAULT}}
SIDECAR: Final[Mapping[str, object]] = {"providers": {"vault": {**VAULT, "replicas": 1}}}


class Meta(msgspec.Struct):
    name: str
    namespace: str = ""


class Rule(msgspec.Struct, rename="camel"):
    resources: list[str]
    resource_names: list[str] = []


class Spec(msgspec.Struct, frozen=True, rename="camel"):
    template: object = None
    replicas: int = 0
    strategy: dict[str, object] = {}
    selector: dict[str, object] | None = None
    ports: list[dict[str, object]] = []
    cluster_ip: str = msgspec.field(name="clusterIP", default="")


class Object(msgspec.Struct, rename="camel"):
    kind: str
    metadata: Meta
    spec: Spec = Spec()
    rules: list[Rule] = []
    data: dict[str, str] = {}
    automount_service_account_token: bool = True


KINDS: Final = {"Deployment", "Service", "ServiceAccount", "Secret", "Role", "ConfigMap"}


class Release:
    """What one set of values renders."""

    def __init__(self, values: Mapping[str, object]) -> None:
        manifests = helm.render({**values, "crds": {"create": False}})
        self.pods: Mapping[str, PodSpec] = dict(pods_from(manifests))
        self.objects = [msgspec.convert(each, Object) for each in manifests if each["kind"] in KINDS]

    def named(self, kind: str) -> Mapping[str, Object]:
        return {each.metadata.name: each for each in self.objects if each.kind == kind}

    def routes(self, name: str = "bulkhead-providers") -> Mapping[str, str]:
        text = self.named("ConfigMap")[name].data["providers.yaml"]
        return {each["name"]: each["address"] for each in yaml.safe_load(text)["providers"]}


@cache
def isolated() -> Release:
    return Release(ISOLATED)


@cache
def sidecar() -> Release:
    return Release(SIDECAR)


def server(release: Release, name: str = "vault") -> tuple[PodSpec, Container]:
    """Give a provider server's container, and the Pod that it is in."""
    (found,) = [
        (pod, container)
        for pod in release.pods.values()
        for container in pod.started_in_order
        if container.name == f"provider-{name}"
    ]
    return found


def volume(release: Release, name: str) -> Volume:
    """Give a volume of vault's Pod that vault's container mounts and no other."""
    pod, container = server(release)
    mounting = [each.name for each in pod.started_in_order for mount in each.volume_mounts if mount.name == name]
    assert mounting == [container.name]
    return next(each for each in pod.volumes if each.name == name)


BOTH: Final = pytest.mark.parametrize("release", [sidecar, isolated], ids=["sidecar", "isolated"])


def test_each_provider_server_has_a_pod_and_the_controllers_has_none() -> None:
    assert {name: [each.name for each in pod.started_in_order] for name, pod in isolated().pods.items()} == {
        "bulkhead-certcontroller": ["certcontroller"],
        "bulkhead-controller": ["controller"],
        "bulkhead-provider-fake": ["provider-fake"],
        "bulkhead-provider-vault": ["provider-vault"],
        "bulkhead-webhook": ["webhook"],
    }
    assert not [each for pod in isolated().pods.values() for each in pod.volumes if each.name.startswith("socket-")]
    controllers = {each.name for each in isolated().pods["bulkhead-controller"].volumes}
    assert controllers == {"api-token", "tls-controller", "providers"}


def test_each_pod_has_a_service_account_whose_token_is_not_mounted_by_itself() -> None:
    accounts = isolated().named("ServiceAccount")
    assert {pod.service_account_name for pod in isolated().pods.values()} == accounts.keys()
    assert all(not each.automount_service_account_token for each in accounts.values())
    assert server(isolated())[0].service_account_name == "bulkhead-provider-vault"


def test_the_controller_is_led_to_the_port_on_which_the_provider_server_listens() -> None:
    assert isolated().routes() == {
        "fake": "bulkhead-provider-fake.bulkhead-system.svc:8443",
        "vault": "bulkhead-provider-vault.bulkhead-system.svc:9443",
    }
    for name, address in isolated().routes().items():
        settings = provider_settings(f"bulkhead-provider-{name}", server(isolated(), name)[1].args).server
        port = int(address.rpartition(":")[2])
        assert str(settings.listen) == f"0.0.0.0:{port}"
        # With a second one the first would be the webhook's alone.
        assert settings.webhook_listen is None
        service = isolated().named("Service")[address.partition(".")[0]].spec
        assert service.ports == [{"name": "provider", "port": port, "targetPort": port, "protocol": "TCP"}]
        assert service.cluster_ip == ""


def test_the_webhook_asks_where_the_controller_does() -> None:
    release = Release({**ISOLATED, "webhook": {"askProviders": {"enabled": True}}})
    assert release.routes("bulkhead-webhook-providers") == release.routes()
    assert "bulkhead-providers" not in release.named("Service")
    assert server(release)[1].args == server(isolated())[1].args
    (webhook,) = release.pods["bulkhead-webhook"].containers
    client = webhook_settings(webhook.args).client
    assert client is not None
    assert client.providers_file is not None


def test_the_certcontroller_asks_each_pod_by_a_service_of_its_own() -> None:
    (identities,) = [
        yaml.safe_load(each.data["identities.yaml"])["identities"]
        for each in isolated().named("ConfigMap").values()
        if "identities.yaml" in each.data
    ]
    asked = {each["name"]: each["acknowledge"] for each in identities}
    assert asked["provider-vault"] == ["bulkhead-provider-vault-health.bulkhead-system.svc:8102"]
    assert asked["controller"] == ["bulkhead-controller-health.bulkhead-system.svc:8082"]
    services = isolated().named("Service")
    for name, address in ((name, address) for name, (address,) in asked.items()):
        service = services[address.partition(".")[0]].spec
        assert service.cluster_ip == "None", name
        assert [each["port"] for each in service.ports] == [int(address.rpartition(":")[2])]


def test_the_kubelet_makes_the_token_of_an_identity_and_the_certcontroller_may_not() -> None:
    mounted = volume(isolated(), "token-vault").projected
    assert mounted is not None
    (token,) = [each.service_account_token for each in mounted.sources if each.service_account_token]
    assert (token.audience, token.expiration_seconds, token.path) == ("", 600, "token")
    rights = {
        resource for each in isolated().named("Role").values() for rule in each.rules for resource in rule.resources
    }
    assert rights == {"secrets", "configmaps", "leases"}
    assert not [name for name in isolated().named("Secret") if "token" in name]
    assert not [each for each in isolated().pods["bulkhead-certcontroller"].containers[0].args if "token" in each]
    role = next(each for each in isolated().named("Role").values() if each.metadata.namespace == "team-a")
    assert role.rules == [Rule(["secrets"], ["token"])]


def test_without_an_identity_a_provider_server_has_no_token_for_the_kubernetes_api() -> None:
    pod, container = server(isolated(), "fake")
    assert not [each for each in pod.volumes if each.projected]
    assert not [each for each in container.args if each.startswith("--kube")]


def test_a_provider_server_is_replaced_while_the_old_one_answers() -> None:
    deployment = isolated().named("Deployment")["bulkhead-provider-vault"].spec
    assert deployment.replicas == 2
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert deployment.strategy == rolling
    assert server(isolated())[1].readiness_probe is not None


def restarted(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    old, new = (Release(each).named("Deployment") for each in (before, after))
    assert old.keys() == new.keys()
    return {name for name in old if old[name].spec.template != new[name].spec.template}


def test_a_change_of_one_provider_restarts_that_provider_and_no_other_process() -> None:
    changes: list[dict[str, object]] = [
        {"policy": {"hosts": [], "rules": []}},
        {"image": {"tag": "2"}},
        {"credential": {"existingSecret": "b"}},
    ]
    for change in changes:
        changed = {"topology": "isolated", "providers": {"vault": {**VAULT, **change}}}
        assert restarted(ISOLATED, changed) == {"bulkhead-provider-vault"}
    other = {"topology": "isolated", "providers": {"vault": {**VAULT, "port": 9444}}}
    assert restarted(ISOLATED, other) == {"bulkhead-provider-vault", "bulkhead-controller"}


@BOTH
def test_a_token_for_the_backend_is_mounted_by_its_provider_server_alone(release: Callable[[], Release]) -> None:
    mounted = volume(release(), "backend-token-vault").projected
    assert mounted is not None
    (token,) = [each.service_account_token for each in mounted.sources]
    assert token is not None
    assert (token.audience, token.expiration_seconds, token.path) == ("vault", 1200, "token")
    _, container = server(release())
    assert [each.mount_path for each in container.volume_mounts if each.name == "backend-token-vault"] == [
        "/var/run/bulkhead/token"
    ]


@BOTH
def test_the_roots_of_the_backend_lie_beside_its_credential(release: Callable[[], Release]) -> None:
    mounted = volume(release(), "credential-vault").projected
    assert mounted is not None
    secret, roots = mounted.sources
    assert secret.secret is not None
    assert (secret.secret.name, secret.secret.items) == ("approle", [])
    assert roots.config_map is not None
    assert roots.config_map.name == "roots"
    assert [(each.key, each.path) for each in roots.config_map.items] == [("bundle.pem", "ca.crt")]


@BOTH
def test_environment_variables_are_those_of_their_provider_server_alone(release: Callable[[], Release]) -> None:
    found = {
        each.name: [(variable.name, variable.value) for variable in each.env]
        for pod in release().pods.values()
        for each in pod.started_in_order
        if each.env
    }
    assert found == {"provider-vault": [("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/bulkhead/token/token")]}


def notes(values: Mapping[str, object]) -> str:
    return helm.run_helm(
        ["install", "bulkhead", str(helm.CHART), "--dry-run=client", "--hide-secret"], values=values
    ).partition("NOTES:")[2]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param(SIDECAR, "share one network", id="what-a-sidecar-shares"),
        pytest.param(ISOLATED, "topology isolated", id="the-topology"),
        pytest.param(SIDECAR, "a token for vault", id="a-token-for-a-backend"),
        pytest.param({"metrics": {"bindAddress": "[::]"}}, "nobody may read them", id="metrics-for-nobody"),
        pytest.param({"networkPolicy": {"enabled": False}}, "No NetworkPolicy", id="an-open-network"),
    ],
)
def test_the_notes_say(values: Mapping[str, object], says: str) -> None:
    assert says in notes(values)
