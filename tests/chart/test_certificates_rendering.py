"""Who may issue the certificates: what the chart renders for the certcontroller, for cert-manager and for SPIRE."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_certcontroller.identities import load_identities
from bulkhead_certcontroller.settings import SecretTarget, settings_from_arguments
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit import helm
from bulkhead_testkit.helm import HelmError
from bulkhead_testkit.pod import Container, PodSpec, pods_from
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

WEBHOOK: Final = {"enabled": True}
NO_WEBHOOK: Final = {"enabled": False}
IDENTITY: Final = {
    "providers": {"vault": {"identity": {"enabled": True, "secrets": [{"namespace": "team-x", "names": ["one"]}]}}}
}
CERT_MANAGER: Final = {"issuer": "cert-manager", "certManager": {"issuerRef": {"name": "platform"}}}
SPIRE: Final = {"issuer": "spire", "spire": {"helperImage": "registry.example.com/spiffe-helper:1"}}
VOLUME: Final = {"caKey": {"volume": {"persistentVolumeClaim": {"claimName": "ca"}}}}
VALUE_SETS: Final[Mapping[str, Mapping[str, object]]] = {
    "bulkhead": {"webhook": WEBHOOK},
    "ca-in-a-volume": {"certificates": VOLUME},
    "ca-in-another-secret": {"webhook": NO_WEBHOOK, "certificates": {"caKey": {"existingSecret": "our-ca"}}},
    "cert-manager": {"webhook": WEBHOOK, "certificates": CERT_MANAGER, "trustDomain": "prod.example.com"},
    "cert-manager-with-tokens": {"webhook": NO_WEBHOOK, "certificates": CERT_MANAGER, **IDENTITY},
    "spire": {"webhook": NO_WEBHOOK, "certificates": SPIRE},
    "spire-with-the-webhook": {"webhook": {**WEBHOOK, "caBundle": "eA=="}, "certificates": SPIRE},
}


class Meta(msgspec.Struct):
    name: str
    namespace: str = ""
    labels: dict[str, str] = {}


class Rule(msgspec.Struct, rename="camel"):
    resources: list[str]
    verbs: list[str]
    resource_names: list[str] = []


class Object(msgspec.Struct):
    kind: str
    metadata: Meta
    spec: dict[str, object] = {}
    data: dict[str, str] = {}
    rules: list[Rule] = []


@cache
def documents(name: str) -> tuple[dict[str, object], ...]:
    values = {"webhook": {"enabled": False}, **VALUE_SETS[name]}
    return tuple(each for each in helm.render(values) if each["kind"] != "CustomResourceDefinition")


def objects(name: str, kind: str) -> dict[str, Object]:
    found = (msgspec.convert(each, Object) for each in documents(name) if each["kind"] == kind)
    return {each.metadata.name: each for each in found}


def pod(name: str, process: str) -> PodSpec:
    return dict(pods_from(documents(name)))[f"bulkhead-{process}"]


def containers(name: str, process: str) -> dict[str, Container]:
    return {each.name: each for each in pod(name, process).started_in_order}


def identities(name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = yaml.safe_load(
        objects(name, "ConfigMap")["bulkhead-identities"].data["identities.yaml"]
    )["identities"]
    return found


def test_the_webhook_has_two_identities_and_is_found_under_its_service() -> None:
    found = {str(each["name"]): each for each in identities("bulkhead")}
    assert (found["webhook"]["path"], found["webhook"]["usage"]) == ("webhook", "client")
    server = found["webhook-server"]
    assert (server["path"], server["usage"]) == ("webhook/server", "server")
    assert server["dnsNames"] == ["bulkhead-webhook.bulkhead-system.svc"]
    assert (found["webhook"]["secret"], server["secret"]) == ("bulkhead-tls-webhook", "bulkhead-tls-webhook-server")


def test_the_certcontroller_reads_the_list_with_the_webhook(tmp_path: Path) -> None:
    file = tmp_path / "identities.yaml"
    file.write_text(objects("bulkhead", "ConfigMap")["bulkhead-identities"].data["identities.yaml"])
    found = {each.name: each for each in load_identities(file, "bulkhead.local")}
    assert found["webhook-server"].dns_names == ("bulkhead-webhook.bulkhead-system.svc",)
    assert found["controller"].acknowledge == ("bulkhead-controller-health.bulkhead-system.svc:8082",)


def test_without_the_webhook_there_is_no_identity_and_no_right_of_one() -> None:
    text = json.dumps(documents("ca-in-another-secret"))
    assert "tls-webhook" not in text
    assert "bulkhead-validate" not in text
    assert "bulkhead-certcontroller" not in objects("ca-in-another-secret", "ClusterRole")


def test_every_identity_is_asked_at_a_service_that_leads_to_its_process() -> None:
    services = objects("bulkhead", "Service")
    ports = {
        each.name: each.readiness_probe.http_get.port
        for each in pod("bulkhead", "controller").started_in_order
        if each.readiness_probe is not None
    }
    for each in identities("bulkhead"):
        (address,) = msgspec.convert(each["acknowledge"], list[str])
        host, _, port = address.rpartition(":")
        service = services[host.removesuffix(".bulkhead-system.svc")].spec
        assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", True)
        assert int(port) in [item["port"] for item in msgspec.convert(service["ports"], list[dict[str, object]])]
        component = "webhook" if str(each["name"]).startswith("webhook") else "controller"
        assert msgspec.convert(service["selector"], dict[str, str])["app.kubernetes.io/component"] == component
        assert int(port) == ports.get(str(each["name"]), 8082)


def test_the_configmaps_of_requests_and_status_have_no_data_that_an_upgrade_would_put_back() -> None:
    maps = objects("bulkhead", "ConfigMap")
    assert not maps["bulkhead-certificate-requests"].data
    assert not maps["bulkhead-certificate-status"].data


def test_the_ca_in_a_volume_leaves_no_secret_and_no_right_on_one() -> None:
    assert "bulkhead-ca" not in objects("ca-in-a-volume", "Secret")
    names = [
        name
        for each in objects("ca-in-a-volume", "Role").values()
        for rule in each.rules
        for name in rule.resource_names
    ]
    assert "bulkhead-ca" not in names
    process = containers("ca-in-a-volume", "certcontroller")["certcontroller"]
    settings = settings_from_arguments(process.args)
    assert isinstance(settings.target, SecretTarget)
    assert str(settings.target.ca_dir) == "/var/run/bulkhead/ca/authority"
    mount = next(each for each in process.volume_mounts if each.name == "ca")
    assert (mount.mount_path, mount.read_only) == ("/var/run/bulkhead/ca", False)


def test_a_secret_of_ones_own_for_the_ca_is_named_and_not_rendered() -> None:
    assert "our-ca" not in objects("ca-in-another-secret", "Secret")
    settings = settings_from_arguments(containers("ca-in-another-secret", "certcontroller")["certcontroller"].args)
    assert isinstance(settings.target, SecretTarget)
    assert settings.target.ca_secret == "our-ca"
    role = objects("ca-in-another-secret", "Role")["bulkhead-certcontroller"]
    assert "our-ca" in next(rule for rule in role.rules if rule.resources == ["secrets"]).resource_names


@pytest.mark.parametrize(
    ("name", "uri", "dns"),
    [
        pytest.param("bulkhead-tls-controller", "controller", None, id="the-controller"),
        pytest.param("bulkhead-tls-provider-vault", "provider/vault", "spelled", id="a-provider-server"),
        pytest.param("bulkhead-tls-webhook", "webhook", None, id="the-webhook-as-a-client"),
        pytest.param(
            "bulkhead-tls-webhook-server", "webhook/server", "bulkhead-webhook.bulkhead-system.svc", id="the-webhook"
        ),
    ],
)
def test_cert_manager_is_asked_for_what_the_certcontroller_would_issue(name: str, uri: str, dns: str | None) -> None:
    spec = objects("cert-manager", "Certificate")[name].spec
    spiffe_id = SpiffeId("prod.example.com", uri)
    assert spec["secretName"] == name
    assert spec["uris"] == [str(spiffe_id)]
    assert spec.get("dnsNames") == (None if dns is None else [spiffe_id.server_name if dns == "spelled" else dns])
    assert spec["usages"] == ["digital signature", "client auth" if dns is None else "server auth"]
    assert (spec["duration"], spec["privateKey"]) == (
        "24h",
        {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
    )
    assert spec["issuerRef"] == {"name": "platform", "kind": "Issuer", "group": "cert-manager.io"}


def test_every_certificate_of_cert_managers_goes_into_the_secret_that_is_mounted() -> None:
    mounted = {
        each.secret.secret_name
        for each in pod("cert-manager", "controller").volumes
        if each.secret is not None and each.name.startswith("tls-")
    }
    made = set(objects("cert-manager", "Certificate"))
    assert mounted == {name for name in made if "webhook" not in name}
    assert not set(objects("cert-manager", "Secret")) & made


@pytest.mark.parametrize("name", ["cert-manager", "spire"])
def test_with_another_issuer_there_is_no_certcontroller_and_no_ca_of_ours(name: str) -> None:
    text = json.dumps(documents(name))
    assert "certcontroller" not in text
    assert "bulkhead-ca" not in text


@pytest.mark.parametrize("name", ["cert-manager", "spire"])
def test_with_another_issuer_no_process_waits_for_a_list_of_the_revoked(name: str) -> None:
    for each in containers(name, "controller").values():
        if not each.name.startswith("spire-"):
            assert "--require-denylist=false" in each.args
    assert not any("denylist" in arg for each in containers("bulkhead", "controller").values() for arg in each.args)


def test_the_list_of_the_revoked_is_mounted_with_the_certificate_where_it_is_made() -> None:
    def keys(name: str) -> set[frozenset[str]]:
        volumes = [each.secret for each in pod(name, "controller").volumes if each.name.startswith("tls-")]
        return {frozenset(item.key for item in each.items) for each in volumes if each is not None}

    assert keys("bulkhead") == {frozenset({"tls.crt", "tls.key", "ca.crt", "denylist.jws"})}
    assert keys("cert-manager") == {frozenset({"tls.crt", "tls.key", "ca.crt"})}


def test_the_certcontroller_knows_where_it_is_asked_and_where_it_answers() -> None:
    settings = settings_from_arguments(containers("bulkhead", "certcontroller")["certcontroller"].args)
    assert isinstance(settings.target, SecretTarget)
    named = {settings.target.requests_config_map, settings.target.status_config_map}
    assert named == {"bulkhead-certificate-requests", "bulkhead-certificate-status"}
    assert named <= set(objects("bulkhead", "ConfigMap"))
    assert settings.settle.total_seconds() == 600
    assert settings.webhook_configurations == ("bulkhead-validate",)
    assert "bulkhead-validate" in objects("bulkhead", "ValidatingWebhookConfiguration")


def test_with_cert_manager_its_injector_fills_the_configuration() -> None:
    metadata = next(each for each in documents("cert-manager") if each["kind"] == "ValidatingWebhookConfiguration")[
        "metadata"
    ]
    annotations = msgspec.convert(metadata, dict[str, object])["annotations"]
    assert annotations == {"cert-manager.io/inject-ca-from": "bulkhead-system/bulkhead-tls-webhook-server"}


def test_with_spire_the_webhook_has_a_helper_for_each_of_its_identities() -> None:
    found = containers("spire-with-the-webhook", "webhook")
    assert list(found) == ["spire-webhook", "spire-webhook-server", "webhook"]


def test_with_another_issuer_a_certcontroller_is_there_for_tokens_alone() -> None:
    process = containers("cert-manager-with-tokens", "certcontroller")["certcontroller"]
    settings = settings_from_arguments(process.args)
    assert settings.identities_file is None
    assert str(settings.tokens_file) == "/etc/bulkhead/tokens.yaml"
    assert set(objects("cert-manager-with-tokens", "ConfigMap")["bulkhead-identities"].data) == {"tokens.yaml"}
    (role,) = (
        each for name, each in objects("cert-manager-with-tokens", "Role").items() if name == "bulkhead-certcontroller"
    )
    assert [(rule.resources, rule.resource_names) for rule in role.rules] == [
        (["secrets"], ["bulkhead-token-vault"]),
        (["serviceaccounts/token"], ["bulkhead-provider-vault"]),
    ]


def test_with_spire_each_process_has_a_helper_of_its_own_user_that_alone_shares_its_directory() -> None:
    found = containers("spire", "controller")
    for name in ("controller", "provider-vault", "provider-fake"):
        helper, process = found[f"spire-{name}"], found[name]
        assert helper.security_context == process.security_context
        sharing = [each for each in found.values() if any(mount.name == f"tls-{name}" for mount in each.volume_mounts)]
        assert sharing == [helper, process]
        (written, read) = (
            next(mount for mount in each.volume_mounts if mount.name == f"tls-{name}") for each in sharing
        )
        assert (written.mount_path, written.read_only, read.read_only) == (read.mount_path, False, True)
        volume = next(each for each in pod("spire", "controller").volumes if each.name == f"tls-{name}")
        assert volume.empty_dir is not None
        assert volume.empty_dir.medium == "Memory"


def test_with_spire_only_helpers_reach_the_agent_and_start_before_their_process() -> None:
    order = [each.name for each in pod("spire", "controller").started_in_order]
    reaching = [
        each.name
        for each in pod("spire", "controller").started_in_order
        if any(mount.name == "spire-agent" for mount in each.volume_mounts)
    ]
    assert reaching == [name for name in order if name.startswith("spire-")]
    assert all(order.index(name) < order.index(name.removeprefix("spire-")) for name in reaching)


def test_the_helper_of_spire_writes_the_names_that_the_processes_read() -> None:
    text = objects("spire", "ConfigMap")["bulkhead-spire-helper"].data["helper.conf"]
    settings = dict(re.findall(r'^(\w+) = "?([^"\n]*)"?$', text, re.MULTILINE))
    assert [settings[f"svid_{each}file_name"] for each in ("", "key_", "bundle_")] == ["tls.crt", "tls.key", "ca.crt"]
    assert settings["cert_dir"] == "/var/run/bulkhead/tls"
    assert settings["key_file_mode"] == "0400"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"issuer": "acme"}, "/certificates/issuer", id="an-issuer-that-it-does-not-know"),
        pytest.param({"issuer": "cert-manager"}, "issuerRef.name: empty", id="cert-manager-without-an-issuer"),
        pytest.param({"issuer": "spire"}, "helperImage: empty", id="spire-without-a-helper"),
        pytest.param({**CERT_MANAGER, **VOLUME}, "only read if certificates.issuer is bulkhead", id="a-ca-for-others"),
        pytest.param(
            {"caKey": {"existingSecret": "a", **VOLUME["caKey"]}}, "existingSecret and volume are both", id="two-places"
        ),
        pytest.param(
            {"caKey": {"volume": {"hostPath": {"path": "/"}}}}, "'hostPath' not allowed", id="a-path-of-a-node"
        ),
        pytest.param({"caKey": {"volume": {"emptyDir": {}}}}, "'emptyDir' not allowed", id="a-volume-that-forgets"),
    ],
)
def test_the_chart_refuses(values: Mapping[str, object], says: str) -> None:
    with pytest.raises(HelmError) as refusal:
        helm.render({"webhook": NO_WEBHOOK, "certificates": values})
    assert says in str(refusal.value)


def test_the_chart_refuses_a_webhook_whose_roots_nobody_injects() -> None:
    with pytest.raises(HelmError, match=r"webhook\.caBundle: empty"):
        helm.render({"certificates": SPIRE, "webhook": WEBHOOK})


class Alert(msgspec.Struct):
    alert: str
    expr: str
    annotations: dict[str, str]


class Group(msgspec.Struct):
    rules: list[Alert]


def alerts(values: Mapping[str, object]) -> list[Alert]:
    on = {"metrics": {"rules": {"enabled": True, "labels": {"release": "prometheus"}}}, **values}
    rules = (msgspec.convert(each, Object) for each in helm.render(on) if each["kind"] == "PrometheusRule")
    (found,) = (each for each in rules if each.metadata.name.endswith("-certificates"))
    assert found.metadata.labels["release"] == "prometheus"
    return [rule for group in msgspec.convert(found.spec["groups"], list[Group]) for rule in group.rules]


def metrics_of_the_code() -> Iterator[str]:
    for source in CHECKOUT.glob("**/src/**/*.py"):
        if ".venv" not in source.parts:
            yield from re.findall(r'"(bulkhead_[a-z_]+|controller_runtime_[a-z_]+)"', source.read_text())


def test_the_alerts_ask_for_metrics_that_some_process_has_and_say_what_to_do() -> None:
    everything = alerts({"webhook": WEBHOOK, **IDENTITY})
    known = set(metrics_of_the_code())
    for each in everything:
        assert (asked := set(re.findall(r"\b(?:bulkhead|controller)_[a-z_]+", each.expr)))
        assert asked <= known, each.alert
        assert each.expr.count("(") == each.expr.count(")")
        assert each.expr.count("{") == each.expr.count("}") == each.expr.count('{namespace="bulkhead-system"')
        assert each.annotations["summary"]
        assert each.annotations["description"].endswith(".")
    names = [each.alert for each in everything]
    assert len(names) == len(set(names)) >= 14


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        pytest.param("24h", 21600, id="hours"),
        pytest.param("1h30m", 1350, id="hours-and-minutes"),
        pytest.param("90s", 22, id="seconds"),
        pytest.param("0.5h", 450, id="a-part-of-an-hour"),
    ],
)
def test_an_alert_comes_when_a_quarter_of_the_life_is_left(lifetime: str, seconds: int) -> None:
    found = {each.alert: each.expr for each in alerts({"certificates": {"leafLifetime": lifetime}})}
    assert found["BulkheadCertificateExpires"].endswith(f"- time() < {seconds}")


def test_alerts_are_left_out_unless_asked_for() -> None:
    assert not objects("bulkhead", "PrometheusRule")


def test_the_alerts_about_what_only_the_certcontroller_does_go_with_it() -> None:
    names = {each.alert for each in alerts({"certificates": CERT_MANAGER, "webhook": NO_WEBHOOK})}
    assert names == {"BulkheadCertificateInUseExpires", "BulkheadTlsFilesUnusable"}
