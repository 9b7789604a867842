"""What an operator expects of any chart: settings of Pods, budgets, spread, Services, roles, `helm test`."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_runtime.probe import settings_from_arguments
from bulkhead_runtime.probe_report import Question
from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

NAMESPACE: Final = "bulkhead-system"
SELECTOR: Final[Mapping[str, str]] = {"app.kubernetes.io/name": "bulkhead", "app.kubernetes.io/instance": "bulkhead"}
VALUE_SETS: Final[Mapping[str, Mapping[str, object]]] = {
    "defaults": {},
    "isolated": {"topology": "isolated"},
    "many-pods": {
        "topology": "isolated",
        "controller": {"replicas": 2},
        "webhook": {"replicas": 3},
        "providers": {"vault": {"replicas": 2}},
    },
    "budgets-for-all": {"podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"}},
    "no-budgets": {"controller": {"replicas": 2}, "podDisruptionBudget": {"enabled": False}},
    "marked": {
        "commonLabels": {"team": "platform"},
        "commonAnnotations": {"example.com/owner": "platform"},
        "metrics": {"rules": {"enabled": True}},
        "grafanaDashboard": {"enabled": True},
    },
    "one-pod-differs": {
        "pod": {"labels": {"a": "all"}, "nodeSelector": {"disk": "any"}, "priorityClassName": "high"},
        "pods": {"webhook": {"labels": {"b": "webhook"}, "nodeSelector": {"disk": "ssd"}, "fsGroup": 3000}},
    },
    "everything-of-a-pod": {
        "revisionHistoryLimit": 3,
        "pod": {
            "runtimeClassName": "gvisor",
            "terminationGracePeriodSeconds": 90,
            "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["vault.example.com"]}],
            "dnsPolicy": "None",
            "dnsConfig": {"nameservers": ["10.0.0.2"], "options": [{"name": "ndots", "value": "1"}]},
            "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}
            ],
        },
    },
    "dual-stack": {
        "topology": "isolated",
        "service": {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]},
        "metrics": {"bindAddress": "[::]", "service": {"enabled": True}},
    },
    "no-roles": {
        "rbac": {
            "aggregateToView": False,
            "aggregateToEdit": False,
            "aggregateToAdmin": False,
            "servicebindings": {"create": False},
        }
    },
    "roles-for-admins": {"rbac": {"aggregateToView": False, "aggregateToEdit": False}},
    "no-webhook": {"webhook": {"enabled": False}},
    "roots-of-ones-own": {"webhook": {"caBundle": "UEVN"}},
    "no-test": {"helmTest": {"enabled": False}},
}


class Meta(msgspec.Struct):
    name: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Rule(msgspec.Struct, rename="camel"):
    api_groups: list[str]
    resources: list[str]
    verbs: list[str]


class Container(msgspec.Struct, rename="camel"):
    name: str
    security_context: dict[str, object]
    command: list[str] = []
    args: list[str] = []
    startup_probe: dict[str, object] | None = None


class PodSpec(msgspec.Struct, rename="camel"):
    automount_service_account_token: bool
    termination_grace_period_seconds: int
    security_context: dict[str, object]
    containers: list[Container]
    init_containers: list[Container] = []
    service_account_name: str = ""
    node_selector: dict[str, str] = {}
    priority_class_name: str = ""
    runtime_class_name: str = ""
    host_aliases: list[dict[str, object]] = []
    dns_policy: str = ""
    dns_config: dict[str, object] = {}
    topology_spread_constraints: list[dict[str, object]] = []
    volumes: list[dict[str, object]] = []


class Template(msgspec.Struct):
    metadata: Meta
    spec: PodSpec


class Deployment(msgspec.Struct, rename="camel"):
    revision_history_limit: int
    template: Template


class Manifest(msgspec.Struct):
    kind: str
    metadata: Meta
    spec: dict[str, object] = {}
    rules: list[Rule] = []


@cache
def rendered(name: str) -> tuple[Manifest, ...]:
    return tuple(msgspec.convert(each, Manifest, strict=False) for each in objects(name))


@cache
def objects(name: str) -> list[dict[str, object]]:
    # Policies and webhook configurations have rules of another form.
    foreign = {"ValidatingWebhookConfiguration", "ValidatingAdmissionPolicyBinding"}
    return [{**each, "rules": []} if each["kind"] in foreign else each for each in helm.render(VALUE_SETS[name])]


def of_kind(name: str, kind: str) -> dict[str, Manifest]:
    return {each.metadata.name: each for each in rendered(name) if each.kind == kind}


def deployments(name: str) -> dict[str, Deployment]:
    return {each: msgspec.convert(found.spec, Deployment) for each, found in of_kind(name, "Deployment").items()}


@pytest.mark.parametrize(
    ("name", "budgets"),
    [
        pytest.param("defaults", {}, id="none-for-single-pods"),
        pytest.param(
            "many-pods",
            {"bulkhead-controller": 1, "bulkhead-webhook": 1, "bulkhead-provider-vault": 1},
            id="where-there-are-several-pods",
        ),
        pytest.param(
            "budgets-for-all",
            {"bulkhead-controller": "50%", "bulkhead-webhook": "50%", "bulkhead-certcontroller": "50%"},
            id="for-all-if-asked-for",
        ),
        pytest.param("no-budgets", {}, id="none-if-not-wanted"),
    ],
)
def test_a_budget_leaves_a_drain_one_pod_at_a_time(name: str, budgets: Mapping[str, object]) -> None:
    found = of_kind(name, "PodDisruptionBudget")
    assert {each: budget.spec["maxUnavailable"] for each, budget in found.items()} == budgets
    for each, budget in found.items():
        component = each.removeprefix("bulkhead-")
        assert budget.spec["selector"] == {"matchLabels": {**SELECTOR, "app.kubernetes.io/component": component}}


def test_several_pods_are_spread_over_nodes_and_single_ones_are_not() -> None:
    spread = {each: found.template.spec.topology_spread_constraints for each, found in deployments("many-pods").items()}
    assert {each for each, constraints in spread.items() if constraints} == {
        "bulkhead-controller",
        "bulkhead-webhook",
        "bulkhead-provider-vault",
    }
    (constraint,) = spread["bulkhead-webhook"]
    assert constraint["topologyKey"] == "kubernetes.io/hostname"
    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
    assert constraint["labelSelector"] == {"matchLabels": {**SELECTOR, "app.kubernetes.io/component": "webhook"}}


def test_constraints_of_the_operator_count_each_kind_of_pod_by_itself() -> None:
    for each, found in deployments("everything-of-a-pod").items():
        (constraint,) = found.template.spec.topology_spread_constraints
        component = each.removeprefix("bulkhead-")
        assert constraint["topologyKey"] == "topology.kubernetes.io/zone"
        assert constraint["labelSelector"] == {"matchLabels": {**SELECTOR, "app.kubernetes.io/component": component}}


def test_settings_of_pods_reach_every_pod() -> None:
    found = deployments("everything-of-a-pod")
    assert len(found) == 3
    for each in found.values():
        spec = each.template.spec
        assert each.revision_history_limit == 3
        assert (spec.runtime_class_name, spec.termination_grace_period_seconds) == ("gvisor", 90)
        assert spec.host_aliases == [{"ip": "10.0.0.1", "hostnames": ["vault.example.com"]}]
        assert spec.dns_policy == "None"
        assert spec.dns_config["nameservers"] == ["10.0.0.2"]


def test_what_is_said_of_one_kind_of_pod_differs_there_alone() -> None:
    found = {each: pod.template for each, pod in deployments("one-pod-differs").items()}
    webhook = found.pop("bulkhead-webhook")
    assert {"a": "all", "b": "webhook"}.items() <= webhook.metadata.labels.items()
    assert (webhook.spec.node_selector, webhook.spec.priority_class_name) == ({"disk": "ssd"}, "high")
    assert webhook.spec.security_context["fsGroup"] == 3000
    for pod in found.values():
        assert "b" not in pod.metadata.labels
        assert (pod.metadata.labels["a"], pod.spec.node_selector) == ("all", {"disk": "any"})
        assert pod.spec.security_context["fsGroup"] == 29999


def test_labels_and_annotations_for_all_are_on_every_object_and_in_no_selector() -> None:
    found = [each for each in rendered("marked") if each.kind != "CustomResourceDefinition"]
    pods = [found.template.metadata for found in deployments("marked").values()]
    for meta in [*(each.metadata for each in found), *pods]:
        assert meta.labels["team"] == "platform", meta.name
        assert meta.annotations["example.com/owner"] == "platform", meta.name
    for each in found:
        assert "team" not in str(each.spec.get("selector")) + str(each.spec.get("podSelector")), each.metadata.name


@pytest.mark.parametrize("name", ["defaults", "isolated"])
def test_a_startup_probe_is_never_on_a_sidecar(name: str) -> None:
    for found in deployments(name).values():
        assert all(each.startup_probe for each in found.template.spec.containers)
        assert not any(each.startup_probe for each in found.template.spec.init_containers)


def test_all_services_have_the_families_of_addresses_that_are_asked_for() -> None:
    services = of_kind("dual-stack", "Service")
    assert len(services) > 8
    for each in services.values():
        assert each.spec["ipFamilyPolicy"] == "PreferDualStack"
        assert each.spec["ipFamilies"] == ["IPv6", "IPv4"]
    assert not any("ipFamilies" in each.spec for each in of_kind("defaults", "Service").values())


def aggregated(name: str) -> dict[str, set[str]]:
    mark = "rbac.authorization.k8s.io/aggregate-to-"
    return {
        each: {label.removeprefix(mark) for label in role.metadata.labels if label.startswith(mark)}
        for each, role in of_kind(name, "ClusterRole").items()
        if "-objects-" in each
    }


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        pytest.param(
            "defaults",
            {
                "bulkhead-objects-view": {"view", "edit", "admin"},
                "bulkhead-objects-edit": {"edit", "admin"},
                "bulkhead-objects-servicebindings": set(),
            },
            id="as-eso",
        ),
        pytest.param(
            "roles-for-admins",
            {
                "bulkhead-objects-view": {"admin"},
                "bulkhead-objects-edit": {"admin"},
                "bulkhead-objects-servicebindings": set(),
            },
            id="admins-only",
        ),
        pytest.param("no-roles", {}, id="none"),
    ],
)
def test_the_clusters_own_roles_get_what_the_values_say(name: str, roles: Mapping[str, set[str]]) -> None:
    assert aggregated(name) == roles


def test_people_write_what_they_may_see_but_for_states_of_generators() -> None:
    roles = of_kind("defaults", "ClusterRole")
    seen, written = (
        {(rule.api_groups[0], resource): set(rule.verbs) for rule in roles[name].rules for resource in rule.resources}
        for name in ("bulkhead-objects-view", "bulkhead-objects-edit")
    )
    assert set(seen) - set(written) == {("generators.external-secrets.io", "generatorstates")}
    assert set(written) < set(seen)
    assert all(verbs == {"get", "list", "watch"} for verbs in seen.values())
    assert all(verbs == {"create", "delete", "deletecollection", "patch", "update"} for verbs in written.values())
    # ESO leaves these out, so nobody but a cluster's administrator has them there.
    assert ("generators.external-secrets.io", "stssessiontokens") in seen
    assert {group for group, _ in seen} == {"external-secrets.io", "generators.external-secrets.io"}


def probe(name: str) -> PodSpec:
    return msgspec.convert(of_kind(name, "Pod")["bulkhead-test"].spec, PodSpec)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        pytest.param(
            "defaults",
            {
                ("controller", "bulkhead-controller-health", 8082),
                ("provider-vault", "bulkhead-controller-health", 8102),
                ("provider-fake", "bulkhead-controller-health", 8104),
                ("certcontroller", "bulkhead-certcontroller-health", 8082),
                ("webhook", "bulkhead-webhook-health", 8082),
                ("webhook", "bulkhead-webhook", 443),
            },
            id="sidecar",
        ),
        pytest.param(
            "isolated",
            {
                ("controller", "bulkhead-controller-health", 8082),
                ("provider-vault", "bulkhead-provider-vault-health", 8102),
                ("provider-fake", "bulkhead-provider-fake-health", 8104),
                ("certcontroller", "bulkhead-certcontroller-health", 8082),
                ("webhook", "bulkhead-webhook-health", 8082),
                ("webhook", "bulkhead-webhook", 443),
            },
            id="isolated",
        ),
    ],
)
def test_helm_test_asks_every_process_over_a_service_that_is_there(
    name: str, asked: set[tuple[str, str, int]], tmp_path: Path
) -> None:
    (container,) = probe(name).containers
    assert container.command == ["/usr/bin/python3", "-I", "-m", "bulkhead_runtime.probe"]
    (tmp_path / "ca.crt").write_text("PEM")
    settings = settings_from_arguments([arg.replace("/etc/bulkhead-roots", str(tmp_path)) for arg in container.args])
    assert settings.timeout == timedelta(minutes=1)
    found = {(each.process, each.host.removesuffix(f".{NAMESPACE}.svc"), each.port) for each in settings.checks}
    assert found == asked
    for _, service, port in asked:
        ports = msgspec.convert(of_kind(name, "Service")[service].spec["ports"], list[dict[str, object]])
        assert port in [each["port"] for each in ports]


def test_the_pod_of_helm_test_holds_nothing_but_public_roots() -> None:
    pod = probe("defaults")
    assert not pod.automount_service_account_token
    assert pod.service_account_name == ""
    (volume,) = pod.volumes
    assert volume["secret"] == {
        "secretName": "bulkhead-tls-webhook-server",
        "defaultMode": 0o440,
        "items": [{"key": "ca.crt", "path": "ca.crt"}],
    }
    (container,) = pod.containers
    assert container.security_context["runAsUser"] == 20005
    assert container.security_context["capabilities"] == {"drop": ["ALL"]}
    meta = of_kind("defaults", "Pod")["bulkhead-test"].metadata
    assert meta.annotations["helm.sh/hook"] == "test"
    assert meta.labels["app.kubernetes.io/component"] == "helm-test"


def test_helm_test_takes_the_roots_from_the_values_where_these_have_them() -> None:
    pod = probe("roots-of-ones-own")
    assert pod.volumes == []
    assert settings_from_arguments(pod.containers[0].args).roots == "PEM"


def test_helm_test_asks_no_webhook_that_is_not_there() -> None:
    pod = probe("no-webhook")
    assert pod.volumes == []
    assert {each.question for each in settings_from_arguments(pod.containers[0].args).checks} == {Question.READY}


def test_helm_test_may_be_left_out() -> None:
    assert of_kind("no-test", "Pod") == {}
    assert "bulkhead-certcontroller-health" not in of_kind("no-test", "Service")


def notes(values: Mapping[str, object]) -> str:
    return helm.run_helm(
        ["install", "bulkhead", str(helm.CHART), "--dry-run=client", "--hide-secret"], values=values
    ).partition("NOTES:")[2]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("defaults", "helm test bulkhead --namespace default --logs", id="how-to-test-it"),
        pytest.param("defaults", "Nobody reads the metrics yet.", id="what-is-not-watched"),
        pytest.param("many-pods", "get lease bulkhead-controller", id="who-leads"),
    ],
)
def test_the_notes_say_what_to_do_next(name: str, says: str) -> None:
    assert says in notes(VALUE_SETS[name])


def test_the_notes_say_nothing_of_what_is_not_there() -> None:
    text = notes({**VALUE_SETS["dual-stack"], "helmTest": {"enabled": False}})
    assert "helm test" not in text
    assert "Nobody reads the metrics" not in text
