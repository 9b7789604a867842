"""What `bulkhead chart-values` makes of ESO's values fits into our schema and renders, whatever was asked for."""

import json
from collections.abc import Callable, Mapping
from typing import Final

import pytest
import yaml

from bulkhead_cli.chart_values.decide import decide_values
from bulkhead_cli.chart_values.paths import put
from bulkhead_testkit import helm
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

ESO: Final[Mapping[str, object]] = {
    path: json.loads(default)
    for path, default in (
        line.split("\t") for line in (CHECKOUT / "cli" / "tests" / "eso_values.tsv").read_text().splitlines()
    )
}
PARTS: Final = [tuple(ESO)[start : start + 100] for start in range(0, len(ESO), 100)]
FILES: Final[Mapping[str, str]] = {
    "nothing": "",
    "high-availability": """
        replicaCount: 2
        leaderElect: true
        concurrent: 10
        podDisruptionBudget: {enabled: true, minAvailable: 1}
        global:
          topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
          priorityClassName: system-cluster-critical
        webhook: {replicaCount: 3, podDisruptionBudget: {enabled: true, maxUnavailable: 1}, failurePolicy: Ignore}
        certController: {replicaCount: 2}
        """,
    "one-namespace": """
        scopedNamespace: team-a
        scopedRBAC: true
        processClusterExternalSecret: false
        processClusterStore: false
        """,
    "cert-manager": """
        webhook:
          nodeSelector: {a: b}
          certManager: {enabled: true, cert: {issuerRef: {kind: ClusterIssuer, name: roots}, duration: 24h}}
        certController: {create: false, tolerations: [{key: a, operator: Exists}]}
        """,
    "without-a-webhook": """
        webhook: {create: false, podLabels: {a: b}, serviceAccount: {annotations: {c: d}}}
        certController: {create: false, nodeSelector: {a: b}}
        installCRDs: false
        """,
    "watched": """
        serviceMonitor: {enabled: true, interval: 60s, additionalLabels: {release: prometheus}}
        metrics: {service: {enabled: true, annotations: {a: b}}}
        webhook: {metrics: {service: {enabled: true}}}
        grafanaDashboard: {enabled: true, sidecarLabel: board, annotations: {folder: Secrets}}
        """,
    "watched-with-guards": """
        metrics: {listen: {auth: {enabled: true}, secure: {enabled: true}}, service: {enabled: true}}
        serviceMonitor: {enabled: true}
        """,
    "cloud": """
        serviceAccount: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::1:role/eso"}}
        podLabels: {azure.workload.identity/use: "true"}
        extraEnv: [{name: AWS_REGION, value: eu-central-1}]
        extraVolumes: [{name: x, emptyDir: {}}]
        hostNetwork: true
        webhook: {hostNetwork: true, port: 9443}
        """,
    "openshift": """
        global: {compatibility: {openshift: {adaptSecurityContext: force}}}
        securityContext: {runAsUser: null}
        podSecurityContext: {fsGroup: 2000}
        """,
    "generic-targets": """
        genericTargets:
          enabled: true
          resources:
            - {apiGroup: argoproj.io, resources: [applications], verbs: [get, list, update, patch]}
            - {apiGroup: "*", resources: ["*"], verbs: ["*"]}
            - {apiGroup: "", resources: [secrets], verbs: [get]}
        """,
    "flags": """
        extraArgs: {loglevel: debug, concurrent: "5", store-requeue-interval: 10m, client-qps: 9}
        controllerClass: blue
        fullnameOverride: eso
        commonLabels: {team: platform}
        networkPolicy: {enabled: true, egress: [{}]}
        service: {ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6]}
        dnsConfig: {options: [{name: ndots, value: "2"}]}
        """,
}


def nested(values: Mapping[str, object]) -> dict[str, object]:
    """Give values by path as a file has them."""
    made: dict[str, object] = {}
    for path, value in values.items():
        put(made, path, value)
    return made


def assert_renders(eso: Mapping[str, object]) -> None:
    ours = decide_values(eso, profile="eso-compat").values
    crds = ours.setdefault("crds", {})
    assert isinstance(crds, dict)
    # They are the same for all values, and most of the time that rendering takes.
    crds["create"] = False
    assert helm.render(ours)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_a_file_of_eso_gives_one_that_renders(text: str) -> None:
    assert_renders(yaml.safe_load(text) or {})


def odd(path: str) -> object:
    """Give a value of the right type that is not the default."""
    match ESO[path]:
        case bool() as default:
            return not default
        case int() as default:
            return default + 1
        case str():
            return "odd"
        case dict():
            return {"odd": "value"}
        case _:
            return [{"odd": "value"}]


ODD: Final[Mapping[str, Callable[[str], object]]] = {
    "of-their-type": odd,
    "texts": lambda path: f"odd {path}",
    "numbers": len,
    "null": dict[str, object]().get,
}


@pytest.mark.parametrize("value_of", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("paths", PARTS, ids=[f"from-{paths[0]}" for paths in PARTS])
def test_values_that_nobody_would_write_give_a_file_that_renders(
    paths: tuple[str, ...], value_of: Callable[[str], object]
) -> None:
    assert_renders(nested({path: value_of(path) for path in paths}))
