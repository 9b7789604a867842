"""What the chart renders of the webhook: every kind is judged, nothing waits that need not, and no token is given."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec
import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.helm import HelmError
from bulkhead_testkit.pod import pods_from
from bulkhead_webhook.answer import Profile
from bulkhead_webhook.settings import settings_from_arguments

pytestmark = pytest.mark.slow

STORES: Final = {"secretstores", "clustersecretstores"}
EXTERNAL: Final = {"externalsecrets", "clusterexternalsecrets"}


class Rule(msgspec.Struct, rename="camel"):
    api_groups: list[str]
    api_versions: list[str]
    resources: list[str]
    operations: list[str]


class Named(msgspec.Struct):
    name: str
    expression: str = ""


class Service(msgspec.Struct):
    name: str
    namespace: str
    path: str
    port: int


class ClientConfig(msgspec.Struct, rename="camel"):
    service: Service
    ca_bundle: str = ""


class Webhook(msgspec.Struct, rename="camel"):
    name: str
    client_config: ClientConfig
    rules: list[Rule]
    failure_policy: str
    side_effects: str
    admission_review_versions: list[str]
    timeout_seconds: int
    match_conditions: list[Named]

    @property
    def plurals(self) -> set[str]:
        return {plural for rule in self.rules for plural in rule.resources}


class Configuration(msgspec.Struct):
    metadata: Named
    webhooks: list[Webhook]


class Version(msgspec.Struct):
    name: str
    served: bool


class Names(msgspec.Struct):
    plural: str


class Definition(msgspec.Struct):
    class Spec(msgspec.Struct):
        group: str
        names: Names
        versions: list[Version]

    spec: Spec


def rendered(values: Mapping[str, object] | None = None, **webhook: object) -> list[dict[str, object]]:
    return helm.render({**(values or {}), "webhook": webhook})


@cache
def defaults() -> list[dict[str, object]]:
    return rendered()


def webhooks(manifests: list[dict[str, object]]) -> list[Webhook]:
    (found,) = [each for each in manifests if each["kind"] == "ValidatingWebhookConfiguration"]
    configuration = msgspec.convert(found, Configuration)
    assert configuration.metadata.name == "bulkhead-validate"
    return configuration.webhooks


def judging(manifests: list[dict[str, object]]) -> list[Webhook]:
    return [each for each in webhooks(manifests) if each.name.startswith("validate.")]


def arguments(manifests: list[dict[str, object]]) -> list[str]:
    (container,) = dict(pods_from(manifests))["bulkhead-webhook"].containers
    return container.args


def test_each_of_the_25_kinds_is_judged_once_in_every_version_that_is_served() -> None:
    kinds = [
        msgspec.convert(each, Definition).spec for each in defaults() if each["kind"] == "CustomResourceDefinition"
    ]
    want = sorted(
        (kind.group, kind.names.plural, version.name) for kind in kinds for version in kind.versions if version.served
    )
    assert len(kinds) == 25
    judged = [
        (group, plural, version)
        for webhook in judging(defaults())
        for rule in webhook.rules
        for group in rule.api_groups
        for plural in rule.resources
        for version in rule.api_versions
    ]
    assert sorted(judged) == want


def test_status_is_never_judged_and_only_a_store_is_asked_about_when_it_is_deleted() -> None:
    for webhook in webhooks(defaults()):
        assert not [plural for plural in webhook.plurals if "/" in plural or "*" in plural]
        deletes = any("DELETE" in rule.operations for rule in webhook.rules)
        assert deletes == (webhook.name == "warn.secretstores.external-secrets.io")
    (warning,) = [each for each in webhooks(defaults()) if each.name.startswith("warn.")]
    assert (warning.plurals, warning.failure_policy, warning.timeout_seconds) == (STORES, "Ignore", 1)


def test_by_default_stores_and_externalsecrets_fail_closed_and_the_others_open() -> None:
    policies = {plural: each.failure_policy for each in judging(defaults()) for plural in each.plurals}
    assert {plural for plural, policy in policies.items() if policy == "Fail"} == STORES | EXTERNAL
    assert {each.timeout_seconds for each in judging(defaults())} == {5}


def test_the_values_decide_what_fails_closed_and_how_long_it_waits() -> None:
    policy = {"stores": "Ignore", "externalSecrets": "Ignore", "others": "Fail"}
    found = judging(rendered(failurePolicy=policy, timeoutSeconds=2))
    policies = {plural: each.failure_policy for each in found for plural in each.plurals}
    assert {plural for plural, policy in policies.items() if policy == "Ignore"} == STORES | EXTERNAL
    assert {each.timeout_seconds for each in found} == {2}


def test_the_api_server_reaches_every_webhook_by_the_service_and_finds_no_roots_that_an_upgrade_would_take_away() -> (
    None
):
    for webhook in webhooks(defaults()):
        service = webhook.client_config.service
        assert (service.name, service.namespace, service.path) == ("bulkhead-webhook", "bulkhead-system", "/validate")
        assert webhook.client_config.ca_bundle == ""
        assert webhook.side_effects == "None"
        assert webhook.admission_review_versions == ["v1", "v1beta1"]


def test_roots_that_the_values_give_are_in_every_webhook() -> None:
    assert {each.client_config.ca_bundle for each in webhooks(rendered(caBundle="eA=="))} == {"eA=="}


def test_further_conditions_are_added_to_those_of_the_chart() -> None:
    own = {"name": "not-in-the-sandbox", "expression": "request.namespace != 'sandbox'"}
    for webhook, plain in zip(judging(rendered(matchConditions=[own])), judging(defaults()), strict=True):
        assert webhook.match_conditions == [*plain.match_conditions, Named(**own)]


def test_the_process_understands_what_the_chart_tells_it() -> None:
    settings = settings_from_arguments(arguments(rendered({"profile": "eso-compat"}, logLevel="warn")))
    assert (settings.profile, settings.log_level) == (Profile.ESO_COMPAT, "warn")
    assert (settings.listen, settings.dns_name) == ("0.0.0.0:10250", "bulkhead-webhook.bulkhead-system.svc")
    assert settings.client is not None
    assert settings.client.providers_file is None
    assert settings.notices == ()


def test_the_process_listens_where_addresses_are_of_ipv6() -> None:
    assert settings_from_arguments(arguments(rendered({"health": {"bindAddress": "[::]"}}))).listen == "[::]:10250"


def test_a_client_certificate_is_asked_for_where_the_values_name_its_roots() -> None:
    manifests = rendered(clientCertificate={"configMap": "api-server-ca", "names": ["kube-apiserver", "other"]})
    settings = settings_from_arguments(arguments(manifests))
    assert settings.client_names == ("kube-apiserver", "other")
    (container,) = dict(pods_from(manifests))["bulkhead-webhook"].containers
    roots = settings.terms.client_roots
    assert roots is not None
    assert str(roots.parent) in {mount.mount_path for mount in container.volume_mounts}


def test_further_names_are_in_the_identity() -> None:
    text = str([each for each in rendered(dnsNames=["webhook.example.com"]) if each["kind"] == "ConfigMap"])
    assert "- bulkhead-webhook.bulkhead-system.svc" in text
    assert "- webhook.example.com" in text


def test_provider_servers_listen_for_the_webhook_where_it_is_to_ask_them() -> None:
    manifests = rendered(askProviders={"enabled": True})
    settings = settings_from_arguments(arguments(manifests))
    assert settings.client is not None
    assert str(settings.client.providers_file) == "/etc/bulkhead/providers.yaml"
    (routes,) = [data_of(each) for each in manifests if name_of(each) == "bulkhead-webhook-providers"]
    listening = {
        container.name: [each for each in container.args if each.startswith("--listen=")]
        for container in dict(pods_from(manifests))["bulkhead-controller"].init_containers
    }
    for provider, port in (("fake", 8200), ("vault", 8201)):
        socket, network = listening[f"provider-{provider}"]
        assert socket.startswith("--listen=unix://")
        assert network == f"--listen=0.0.0.0:{port}"
        assert f"address: bulkhead-providers.bulkhead-system.svc:{port}" in routes["providers.yaml"]


def test_by_default_no_provider_server_listens_on_the_network() -> None:
    assert "bulkhead-providers" in [name_of(each) for each in defaults()]
    assert [each["kind"] for each in defaults() if name_of(each) == "bulkhead-providers"] == ["ConfigMap"]
    for container in dict(pods_from(defaults()))["bulkhead-controller"].init_containers:
        assert len([each for each in container.args if each.startswith("--listen=")]) == 1


def name_of(manifest: Mapping[str, object]) -> str:
    return msgspec.convert(manifest["metadata"], Named).name


def data_of(manifest: Mapping[str, object]) -> dict[str, str]:
    return msgspec.convert(manifest["data"], dict[str, str])


def test_without_the_webhook_nothing_of_it_is_rendered() -> None:
    names = [str(each["metadata"]) for each in rendered(enabled=False) if each["kind"] != "CustomResourceDefinition"]
    assert not [name for name in names if "webhook" in name or "validate'" in name]


@pytest.mark.parametrize(
    ("webhook", "says"),
    [
        pytest.param({"timeoutSeconds": 31}, "timeoutSeconds", id="a-timeout-that-no-api-server-takes"),
        pytest.param({"failurePolicy": {"stores": "Open"}}, "failurePolicy", id="an-unknown-policy"),
        pytest.param({"healthPort": 8080}, "share a port, 8080", id="one-port-twice"),
        pytest.param({"port": 8082}, "share a port, 8082", id="the-door-at-the-health-port"),
        pytest.param({"runAsUser": 20000}, "share a user ID, 20000", id="the-controllers-user"),
        pytest.param({"clientCertificate": {"names": ["a"]}}, "only read with", id="names-without-roots"),
        pytest.param(
            {"askProviders": {"enabled": True, "firstPort": 8082}}, "share a port, 8082", id="a-port-that-is-taken"
        ),
        pytest.param({"dnsNames": ["*.example.com"]}, "dnsNames", id="a-wildcard"),
        pytest.param({"unknown": 1}, "unknown", id="an-unknown-value"),
    ],
)
def test_the_chart_refuses(webhook: Mapping[str, object], says: str) -> None:
    with pytest.raises(HelmError, match=says):
        rendered(None, **dict(webhook))
