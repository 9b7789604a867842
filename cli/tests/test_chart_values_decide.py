"""Every value of ESO's chart has an answer: ours, or a reason why there is none."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_cli.chart_values.decide import Conversion, decide_values, rule_of
from bulkhead_cli.chart_values.defaults import DEFAULTS
from bulkhead_cli.chart_values.flags import FLAGS
from bulkhead_cli.chart_values.paths import put, value_at
from bulkhead_cli.chart_values.rules import Carried, Note, NoteKind, Together
from bulkhead_cli.chart_values.table import RULES

# The values of ESO's chart 2.9.0 and their defaults, and those that its file has as comments.
ESO: Final[Mapping[str, object]] = {
    path: json.loads(default)
    for path, default in (
        line.split("\t") for line in (Path(__file__).parent / "eso_values.tsv").read_text().splitlines()
    )
}
# The flags of ESO's controller 2.9.
ESO_FLAGS: Final = (Path(__file__).parent / "eso_flags.txt").read_text().split()
CANARY: Final = "canary-8d1f"


def nested(values: Mapping[str, object]) -> dict[str, object]:
    """Give values by path as a file has them."""
    made: dict[str, object] = {}
    for path, value in values.items():
        put(made, path, value)
    return made


def flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{above}{key}.")
        else:
            yield above + key, value


def decided(values: Mapping[str, object]) -> Conversion:
    return decide_values(nested(values), profile="eso-compat")


def another(default: object) -> object:
    """Give a value that is not the default, of its type."""
    match default:
        case bool():
            return not default
        case int():
            return default + 1
        case str():
            return CANARY
        case dict():
            return {CANARY: CANARY}
        case list():
            return [{CANARY: CANARY}]
        case _:
            return True


def kinds(conversion: Conversion) -> dict[str, NoteKind]:
    return {note.path: note.kind for note in conversion.notes}


def test_the_defaults_are_those_of_eso() -> None:
    assert dict(flat(DEFAULTS)) == ESO


def test_all_defaults_together_ask_for_nothing() -> None:
    assert decided(ESO) == Conversion(values={"profile": "eso-compat"}, notes=())


@pytest.mark.parametrize("path", ESO)
def test_a_value_of_eso_is_carried_over_or_told_of(path: str) -> None:
    found = decided({path: another(ESO[path])})
    told = [note for note in found.notes if path.startswith(note.path) or note.path.startswith(path)]
    assert NoteKind.UNKNOWN not in {note.kind for note in found.notes if path != "extraArgs"}
    assert all(note.says for note in found.notes)
    assert told or found.values != {"profile": "eso-compat"}


@pytest.mark.parametrize("value", [CANARY, [CANARY], {"a": CANARY}, [{"name": CANARY, "value": CANARY}], 4711])
def test_no_reason_quotes_a_value(value: object) -> None:
    says = "".join(note.says for path in ESO for note in decided({path: value}).notes)
    assert CANARY not in says
    assert "4711" not in says


ODD: Final[st.SearchStrategy[object]] = st.sampled_from(
    [None, True, False, 0, 7, 9000, "", "a", "1h", [], [{}], {"a": 1}]
)


@given(st.dictionaries(st.sampled_from(sorted(ESO)), ODD, max_size=4))
def test_no_value_is_without_an_answer_whatever_it_is(values: Mapping[str, object]) -> None:
    found = decided(values)
    assert found == decided(dict(reversed(list(values.items()))))
    assert found.values["profile"] in ("eso-compat", "namespaced")


def test_every_rule_is_reached_by_a_value() -> None:
    assert {rule_of(path)[0] for path in ESO} == set(RULES)


def test_every_flag_of_eso_has_a_rule() -> None:
    assert sorted(FLAGS) == sorted(ESO_FLAGS)


@pytest.mark.parametrize(
    "path", ["replicas", "webhook.replicas", "image.registry", "webhook.image.registry.name", "vault.x"]
)
def test_a_value_that_eso_does_not_have_is_told_of(path: str) -> None:
    found = decided({path: {"a": 1}})
    assert [note.kind for note in found.notes] == [NoteKind.UNKNOWN]
    assert path.startswith(found.notes[0].path)
    assert found.values == {"profile": "eso-compat"}


def test_a_name_with_dots_is_not_taken_for_a_path() -> None:
    found = decide_values({"image.pullPolicy": "Always"}, profile="strict")
    assert kinds(found) == {"image.pullPolicy": NoteKind.UNKNOWN}
    assert found.values == {"profile": "strict"}


def test_a_group_that_is_no_map_is_told_of() -> None:
    assert kinds(decided({"webhook": True})) == {"webhook": NoteKind.LOST}


CERT_MANAGER: Final[Mapping[str, object]] = {
    "webhook.certManager.enabled": True,
    "webhook.certManager.cert.issuerRef.name": "roots",
    "webhook.certManager.cert.issuerRef.kind": "ClusterIssuer",
}
WIDGETS: Final = {"apiGroup": "example.com", "resources": ["widgets"], "verbs": ["get", "update", "patch"]}
CONFIG_MAPS: Final = {
    "apiGroup": "",
    "resources": ["configmaps"],
    "verbs": ["get", "list", "watch", "create", "update", "delete"],
}


def issuer(**reference: str) -> Mapping[str, object]:
    references = {f"certificates.certManager.issuerRef.{key}": value for key, value in reference.items()}
    return {"certificates.issuer": "cert-manager", **references}


@pytest.mark.parametrize(
    ("eso", "ours"),
    [
        pytest.param({"replicaCount": 3}, {"controller.replicas": 3}, id="replicas"),
        pytest.param({"replicaCount": None}, {}, id="null-is-as-if-it-were-not-there"),
        pytest.param({"installCRDs": False}, {"crds.create": False}, id="definitions"),
        pytest.param({"concurrent": 100}, {"controller.concurrent": 100}, id="work-at-a-time"),
        pytest.param({"leaderElect": True}, {"controller.leaderElection.enabled": True}, id="leader-election"),
        pytest.param({"podSecurityContext.fsGroup": 2000}, {"pods.controller.fsGroup": 2000}, id="group-of-files"),
        pytest.param({"webhook.create": False}, {"webhook.enabled": False}, id="webhook"),
        pytest.param(
            {"resources": {"limits": {"memory": "1Gi"}}}, {"controller.resources.limits.memory": "1Gi"}, id="resources"
        ),
        pytest.param(
            {"webhook.failurePolicy": "Ignore"},
            {"webhook.failurePolicy.stores": "Ignore", "webhook.failurePolicy.externalSecrets": "Ignore"},
            id="failure-policy",
        ),
        pytest.param({"global.nodeSelector": {"a": "b"}}, {"pod.nodeSelector": {"a": "b"}}, id="nodes-of-all-pods"),
        pytest.param(
            {"global.podLabels": {"a": "b", "c": "d"}, "podLabels": {"a": "x"}},
            {"pod.labels": {"a": "b", "c": "d"}, "pods.controller.labels": {"a": "x"}},
            id="labels-of-all-pods-and-one",
        ),
        pytest.param(
            {"webhook.nodeSelector": {"a": "b"}, "certController.tolerations": [{"key": "c"}]},
            {"pods.webhook.nodeSelector": {"a": "b"}, "pods.certcontroller.tolerations": [{"key": "c"}]},
            id="settings-of-one-pod",
        ),
        pytest.param(
            {"serviceAccount.extraLabels": {"a": "b"}, "webhook.serviceAccount.annotations": {"c": "d"}},
            {"serviceAccounts.controller.labels": {"a": "b"}, "serviceAccounts.webhook.annotations": {"c": "d"}},
            id="accounts",
        ),
        pytest.param(
            {"serviceMonitor": {"enabled": True, "interval": "60s", "additionalLabels": {"release": "p"}}},
            {
                "metrics.bindAddress": "0.0.0.0",  # noqa: S104 - of a Pod, in the values
                "metrics.serviceMonitor": {"enabled": True, "interval": "60s", "labels": {"release": "p"}},
                "networkPolicy.metricsFrom": [{"namespaceSelector": {}}],
            },
            id="monitor",
        ),
        pytest.param(
            {"grafanaDashboard": {"enabled": True, "sidecarLabel": "board", "extraLabels": {"a": "b"}}},
            {"grafanaDashboard": {"enabled": True, "labels": {"grafana_dashboard": None, "board": "1", "a": "b"}}},
            id="dashboard-with-a-label-of-its-own",
        ),
        pytest.param(
            {"webhook.podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"}},
            {"podDisruptionBudget.enabled": True, "podDisruptionBudget.maxUnavailable": "50%"},
            id="budget",
        ),
        pytest.param(
            {"imagePullSecrets": [{"name": "a"}, {"name": "b"}]}, {"image.pullSecrets": ["a", "b"]}, id="pull-secrets"
        ),
        pytest.param(
            CERT_MANAGER, issuer(name="roots", kind="ClusterIssuer", group="cert-manager.io"), id="cert-manager"
        ),
        pytest.param(
            {"scopedNamespace": "team-a", "scopedRBAC": True},
            {"profile": "namespaced", "profileNamespaces": ["team-a"]},
            id="one-namespace",
        ),
        pytest.param(
            {"genericTargets": {"enabled": True, "resources": [WIDGETS]}},
            {
                "genericTargets.enabled": True,
                "genericTargets.resources": [CONFIG_MAPS, WIDGETS | {"verbs": ["get", "update"]}],
            },
            id="generic-targets",
        ),
        pytest.param(
            {"extraArgs": {"concurrent": "7", "enable-flood-gate": "false", "metrics-secure": None}},
            {"controller.concurrent": 7, "controller.floodGate": False, "metrics.secure": True},
            id="flags-as-text",
        ),
        pytest.param(
            {"extraArgs": {"concurrent": 7}, "concurrent": 9},
            {"controller.concurrent": 7},
            id="a-flag-wins-over-a-value",
        ),
    ],
)
def test_values_become(eso: Mapping[str, object], ours: Mapping[str, object]) -> None:
    assert decided(eso).values == nested({"profile": "eso-compat", **ours})


@pytest.mark.parametrize(
    ("eso", "told"),
    [
        pytest.param({"replicaCount": 3}, {"replicaCount": NoteKind.CHANGED}, id="replicas-of-which-one-works"),
        pytest.param({"replicaCount": 9}, {"replicaCount": NoteKind.LOST}, id="too-many-replicas"),
        pytest.param({"metrics.listen.port": 80}, {"metrics.listen.port": NoteKind.LOST}, id="privileged-port"),
        pytest.param({"log.level": "panic"}, {"log.level": NoteKind.LOST}, id="level-that-is-not-there"),
        pytest.param({"hostNetwork": True}, {"hostNetwork": NoteKind.LOST}, id="network-of-the-node"),
        pytest.param({"securityContext.runAsUser": None}, {"securityContext": NoteKind.LOST}, id="user-of-openshift"),
        pytest.param({"image.tag": "v1"}, {"image": NoteKind.LOST}, id="images-of-eso"),
        pytest.param(
            {"serviceAccount.automount": False}, {"serviceAccount.automount": NoteKind.NEEDLESS}, id="automount"
        ),
        pytest.param(
            {"webhook.readinessProbe.failureThreshold": 9}, {"webhook.readinessProbe": NoteKind.LOST}, id="probes"
        ),
        pytest.param(
            {"webhook.nodeSelector": {"a": "b"}, "webhook.create": False},
            {"webhook.nodeSelector": NoteKind.NEEDLESS},
            id="nodes-of-a-pod-that-is-not-there",
        ),
        pytest.param(
            {**CERT_MANAGER, "certController.podLabels": {"a": "b"}},
            {"webhook.certManager.enabled": NoteKind.CHANGED, "certController.podLabels": NoteKind.NEEDLESS},
            id="labels-of-the-cert-controller-beside-cert-manager",
        ),
        pytest.param(
            {"serviceAccount.annotations": {"eks.amazonaws.com/role-arn": "arn"}},
            {"serviceAccount.annotations": NoteKind.LOST},
            id="cloud-identity-of-all",
        ),
        pytest.param(
            {"podLabels": {"azure.workload.identity/use": "true"}}, {"podLabels": NoteKind.LOST}, id="cloud-label"
        ),
        pytest.param(
            {"imagePullSecrets": [{"name": "a"}], "webhook.imagePullSecrets": [{"name": "b"}]},
            {"webhook.imagePullSecrets": NoteKind.LOST},
            id="pull-secrets-that-differ",
        ),
        pytest.param(
            {"serviceMonitor.enabled": True, "metrics.listen.secure.enabled": True},
            {"serviceMonitor.enabled": NoteKind.LOST},
            id="a-monitor-that-would-trust-anybody",
        ),
        pytest.param(
            {"podDisruptionBudget": {"enabled": True, "minAvailable": 2, "maxUnavailable": 0}},
            {
                "podDisruptionBudget.enabled": NoteKind.CHANGED,
                "podDisruptionBudget.minAvailable": NoteKind.LOST,
                "podDisruptionBudget.maxUnavailable": NoteKind.LOST,
            },
            id="a-budget-that-a-drain-waits-for",
        ),
        pytest.param(
            {"webhook.podDisruptionBudget.minAvailable": 2},
            {"webhook.podDisruptionBudget": NoteKind.NEEDLESS},
            id="a-budget-that-is-off",
        ),
        pytest.param(
            {"podLabels": {"app.kubernetes.io/name": "x"}}, {"podLabels": NoteKind.LOST}, id="labels-of-the-chart"
        ),
        pytest.param(
            {**CERT_MANAGER, "webhook.certManager.cert.duration": "24h"},
            {"webhook.certManager.enabled": NoteKind.CHANGED, "webhook.certManager.cert.duration": NoteKind.LOST},
            id="cert-manager-with-details",
        ),
        pytest.param(
            {"webhook.certManager.cert.duration": "24h"},
            {"webhook.certManager": NoteKind.NEEDLESS},
            id="no-cert-manager",
        ),
        pytest.param(
            {
                "genericTargets": {
                    "enabled": True,
                    "resources": [
                        WIDGETS | {"apiGroup": "*"},
                        {"apiGroup": "", "resources": ["secrets"], "verbs": ["get"]},
                    ],
                }
            },
            {
                "genericTargets.enabled": NoteKind.CHANGED,
                "genericTargets.resources[0]": NoteKind.LOST,
                "genericTargets.resources[1]": NoteKind.LOST,
            },
            id="generic-targets-that-are-never-given",
        ),
        pytest.param(
            {"extraArgs": {"client-qps": 9, "enable-http2": True, "no-such-flag": 1}},
            {
                "extraArgs.client-qps": NoteKind.LOST,
                "extraArgs.enable-http2": NoteKind.NEEDLESS,
                "extraArgs.no-such-flag": NoteKind.UNKNOWN,
            },
            id="flags",
        ),
        pytest.param(
            {"webhook.extraArgs": {"tls-min-version": "1.3"}},
            {"webhook.extraArgs": NoteKind.LOST},
            id="flags-of-others",
        ),
    ],
)
def test_it_is_told_that(eso: Mapping[str, object], told: Mapping[str, NoteKind]) -> None:
    assert kinds(decided(eso)) == told


@pytest.mark.parametrize(
    ("entry", "is_refused"),
    [
        pytest.param({"name": "HTTPS_PROXY", "value": "http://proxy"}, False, id="plain"),
        pytest.param({"name": "VAULT_TOKEN", "value": "x"}, True, id="named-like-a-credential"),
        pytest.param({"name": "X", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}, True, id="from-a-secret"),
    ],
)
def test_an_environment_with_credentials_is_refused_with_where_they_belong(entry: object, is_refused: bool) -> None:
    (note,) = decided({"extraEnv": [entry]}).notes
    assert note.kind is NoteKind.LOST
    assert note.says.startswith("refused") == is_refused
    assert ("credential.existingSecret" in note.says) == is_refused


def test_a_scope_for_one_namespace_is_told_of_with_what_it_does_not_do() -> None:
    (note,) = decided({"scopedNamespace": "team-a"}).notes
    assert note == Note(
        kind=NoteKind.CHANGED,
        path="scopedNamespace",
        says="now profileNamespaces: Secrets are read there alone, but objects of all namespaces are processed",
    )


def test_paths_of_ours_are_never_both_a_value_and_a_group() -> None:
    places = {rule.to for rule in [*RULES.values(), *FLAGS.values()] if isinstance(rule, Carried)}
    assert not {place for place in places for other in places if other.startswith(f"{place}.")}
    assert any(isinstance(rule, Together) for rule in RULES.values())
    assert value_at(DEFAULTS, "webhook.certManager.cert.issuerRef.kind") == "Issuer"
