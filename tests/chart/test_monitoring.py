"""Alerts and the dashboard ask for what some process shows, in PromQL that parses, and Prometheus finds the ports."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import msgspec
import promql_parser
import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.helm import CHART
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

SCRAPED: Final[Mapping[str, object]] = {
    "bindAddress": "0.0.0.0",  # noqa: S104 # what a Pod must listen on to be read from outside
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}, "interval": "1m"},
    "rules": {"enabled": True, "runbook": "https://docs.example.com/operations"},
}
VALUES: Final[Mapping[str, object]] = {
    "metrics": SCRAPED,
    "networkPolicy": {"metricsFrom": [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}]},
    "providers": {"vault": {"identity": {"enabled": True}}},
}
ISOLATED: Final[Mapping[str, object]] = {**VALUES, "topology": "isolated"}


class Meta(msgspec.Struct):
    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Port(msgspec.Struct, rename="camel"):
    name: str
    port: int
    target_port: int


class ServiceSpec(msgspec.Struct, rename="camel"):
    selector: dict[str, str]
    ports: list[Port]


class Endpoint(msgspec.Struct, rename="camel"):
    port: str
    scheme: str
    interval: str
    relabelings: list[dict[str, str]]
    tls_config: dict[str, object] = {}
    authorization: dict[str, object] = {}


class Selector(msgspec.Struct, rename="camel"):
    match_labels: dict[str, str]


class MonitorSpec(msgspec.Struct, rename="camel"):
    selector: Selector
    endpoints: list[Endpoint]
    namespace_selector: dict[str, list[str]]


class Alert(msgspec.Struct, rename={"hold": "for"}):
    alert: str
    expr: str
    hold: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Group(msgspec.Struct):
    rules: list[Alert]


class RuleSpec(msgspec.Struct):
    groups: list[Group]


class Manifest(msgspec.Struct):
    kind: str
    metadata: Meta
    spec: object = None
    data: dict[str, str] = {}


def rendered(values: Mapping[str, object]) -> list[Manifest]:
    return [msgspec.convert(each, Manifest) for each in helm.render(values)]


def of_kind(values: Mapping[str, object], kind: str) -> list[Manifest]:
    return [each for each in rendered(values) if each.kind == kind]


@cache
def alerts() -> list[Alert]:
    specs = [msgspec.convert(each.spec, RuleSpec) for each in of_kind(VALUES, "PrometheusRule")]
    return [rule for spec in specs for group in spec.groups for rule in group.rules]


def panels() -> list[dict[str, object]]:
    board = json.loads((CHART / "files" / "dashboard.json").read_text())
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def dashboard_expressions() -> Iterator[str]:
    class Query(msgspec.Struct):
        expr: str

    for panel in panels():
        for query in msgspec.convert(panel["targets"], list[Query]):
            # Grafana puts a duration in its place before Prometheus sees it.
            yield query.expr.replace("$__rate_interval", "5m")


def documented() -> set[str]:
    """Give the metrics that docs/metrics.md names."""
    return set(re.findall(r"`([a-z_]+)`", (CHECKOUT / "docs" / "metrics.md").read_text()))


def metrics_in(expression: str) -> set[str]:
    """Give the metrics that an expression selects; what a histogram consists of counts as the histogram."""
    found = re.findall(r"\b([a-z][a-z_]+)\{", promql_parser.parse(expression).prettify())
    return {re.sub(r"_bucket$", "", name) for name in found}


PROCESS: Final = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Of the Prometheus client; docs/metrics.md names them by their beginning."""


def test_every_alert_and_every_panel_asks_for_documented_metrics() -> None:
    asked = {
        name for text in [*(each.expr for each in alerts()), *dashboard_expressions()] for name in metrics_in(text)
    }
    assert len(asked) > 40
    assert asked - documented() - PROCESS == set()


def test_the_parser_refuses_what_is_no_expression() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        promql_parser.parse("sum(rate(a_total[5m])")


def test_every_alert_asks_for_this_release_only() -> None:
    for each in alerts():
        assert each.expr.count("{") == each.expr.count('{namespace="bulkhead-system"'), each.alert


def test_every_alert_says_what_is_wrong_and_where_it_is_written_what_to_do() -> None:
    names = [each.alert for each in alerts()]
    assert len(names) == len(set(names)) >= 30
    for each in alerts():
        assert each.alert.startswith("Bulkhead")
        assert each.labels["severity"] in {"info", "warning", "critical"}
        assert re.fullmatch(r"[0-9]+[mh]", each.hold)
        assert each.annotations["summary"]
        assert each.annotations["description"].endswith(".")
        assert each.annotations["runbook_url"] == f"https://docs.example.com/operations#{each.alert.lower()}"


@pytest.mark.parametrize(
    ("metrics", "silent"),
    [
        pytest.param(
            SCRAPED,
            {"BulkheadControllerSilent", "BulkheadCertcontrollerSilent", "BulkheadWebhookSilent"},
            id="all-where-all-can-be-read",
        ),
        pytest.param({"rules": {"enabled": True}}, set(), id="none-where-metrics-are-on-loopback"),
        pytest.param(
            {"bindAddress": "[::]", "secure": True, "rules": {"enabled": True}},
            {"BulkheadControllerSilent"},
            id="of-the-controller-where-only-it-has-tls",
        ),
    ],
)
def test_silence_is_an_alert_only_where_something_should_be_heard(
    metrics: Mapping[str, object], silent: set[str]
) -> None:
    rules = of_kind({**VALUES, "metrics": metrics}, "PrometheusRule")
    text = json.dumps([each.spec for each in rules])
    assert set(re.findall(r"Bulkhead[A-Za-z]+Silent", text)) == silent


@pytest.mark.parametrize(
    ("values", "processes"),
    [
        pytest.param(
            VALUES,
            {
                "controller": {"controller": 8080, "provider-vault": 8103, "provider-fake": 8105},
                "certcontroller": {"certcontroller": 8080},
                "webhook": {"webhook": 8080},
            },
            id="sidecar",
        ),
        pytest.param(
            ISOLATED,
            {
                "controller": {"controller": 8080},
                "certcontroller": {"certcontroller": 8080},
                "webhook": {"webhook": 8080},
                "provider-vault": {"provider-vault": 8103},
                "provider-fake": {"provider-fake": 8105},
            },
            id="isolated",
        ),
    ],
)
def test_a_monitor_leads_over_a_service_to_every_process(
    values: Mapping[str, object], processes: Mapping[str, Mapping[str, int]]
) -> None:
    found: dict[str, dict[str, int]] = {}
    services = [each for each in of_kind(values, "Service") if each.metadata.name.endswith("-metrics")]
    for monitor in of_kind(values, "ServiceMonitor"):
        spec = msgspec.convert(monitor.spec, MonitorSpec)
        assert monitor.metadata.labels["release"] == "prometheus"
        assert spec.namespace_selector == {"matchNames": ["bulkhead-system"]}
        (service,) = (each for each in services if spec.selector.match_labels.items() <= each.metadata.labels.items())
        to = msgspec.convert(service.spec, ServiceSpec)
        ports = {port.name: port.target_port for port in to.ports}
        component = to.selector["app.kubernetes.io/component"]
        assert all((each.scheme, each.interval) == ("http", "1m") for each in spec.endpoints)
        found[component] = {each.relabelings[0]["replacement"]: ports[each.port] for each in spec.endpoints}
    assert found == processes


def test_with_tls_prometheus_reads_the_controller_alone_and_shows_its_token() -> None:
    monitor = {
        "enabled": True,
        "tlsConfig": {"serverName": "bulkhead", "ca": {"configMap": {"name": "roots", "key": "ca.crt"}}},
        "authorization": {"credentials": {"name": "prometheus", "key": "token"}},
    }
    metrics = {"bindAddress": "[::]", "secure": True, "auth": True, "serviceMonitor": monitor}
    (found,) = of_kind({**VALUES, "metrics": metrics}, "ServiceMonitor")
    (endpoint,) = msgspec.convert(found.spec, MonitorSpec).endpoints
    assert endpoint.scheme == "https"
    assert endpoint.tls_config == monitor["tlsConfig"]
    assert endpoint.authorization == monitor["authorization"]


def test_nothing_of_monitoring_is_installed_unless_asked_for() -> None:
    objects = rendered({})
    assert not {each.kind for each in objects} & {"ServiceMonitor", "PrometheusRule"}
    assert not [each for each in objects if each.metadata.name.endswith(("-metrics", "-dashboard"))]


def test_the_dashboard_is_given_to_grafana_as_it_stands() -> None:
    board = {"enabled": True, "namespace": "grafana", "folder": "Secrets", "annotations": {"a": "b"}}
    (found,) = (each for each in of_kind({"grafanaDashboard": board}, "ConfigMap") if "dashboard" in each.metadata.name)
    assert found.metadata.namespace == "grafana"
    assert found.metadata.labels["grafana_dashboard"] == "1"
    assert found.metadata.annotations == {"a": "b", "grafana_folder": "Secrets"}
    assert json.loads(found.data["bulkhead.json"]) == json.loads((CHART / "files" / "dashboard.json").read_text())


def test_every_panel_has_a_title_a_text_and_a_place_of_its_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        place = msgspec.convert(panel["gridPos"], dict[str, int])
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
