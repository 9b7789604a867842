"""Metrics under ESO's names."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bulkhead_api.errors import UnavailableError
from bulkhead_api.external_secret import ExternalSecret, StoreKind
from bulkhead_api.meta import ConditionStatus, ObjectMeta
from bulkhead_controller.backends import BoundStore, Consumer, Query
from bulkhead_controller.metered import MeteredBackends
from bulkhead_controller.metrics import ObjectMetrics, labels_from
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.fake_backends import FakeBackends

KEY = ObjectKey("team-a", "app")
STORE = BoundStore(
    kind=StoreKind.SECRET_STORE, namespace="team-a", name="s", uid="1", generation=1, provider="fake", spec_json=b"{}"
)
CONSUMER = Consumer(kind="ExternalSecret", namespace="team-a", name="app", uid="2")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def samples(registry: CollectorRegistry) -> dict[str, float]:
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_series_of_an_external_secret_have_esos_names(registry: CollectorRegistry) -> None:
    metrics = ObjectMetrics("externalsecret", counts=True, registry=registry)
    with metrics.reconcile(KEY):
        metrics.failed(KEY)
        metrics.condition(KEY, ConditionStatus.FALSE)
    shown = samples(registry)
    base = 'name="app",namespace="team-a"'
    assert shown.pop(f"externalsecret_reconcile_duration{{{base}}}") > 0
    assert shown == {
        f"externalsecret_sync_calls_total{{{base}}}": 1,
        f"externalsecret_sync_calls_error{{{base}}}": 1,
        f'externalsecret_status_condition{{condition="Ready",{base},status="True"}}': 0,
        f'externalsecret_status_condition{{condition="Ready",{base},status="False"}}': 1,
    }


def test_forgotten_object_has_no_series(registry: CollectorRegistry) -> None:
    metrics = ObjectMetrics("secretstore", counts=False, registry=registry)
    with metrics.reconcile(KEY):
        pass
    metrics.forget(KEY)
    assert samples(registry) == {}


def test_labels_of_objects_become_labels_of_their_series_when_asked_for(registry: CollectorRegistry) -> None:
    labels = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/part-of": 'a "b"', "team": "x"}
    secret = ExternalSecret(metadata=ObjectMeta(namespace="team-a", name="app", labels=labels))
    metrics = ObjectMetrics("externalsecret", counts=False, labels_of=labels_from({KEY: secret}), registry=registry)
    metrics.condition(KEY, ConditionStatus.TRUE)
    metrics.condition(ObjectKey("team-a", "gone"), ConditionStatus.TRUE)
    found = {
        sample.labels["name"]: sample.labels
        for metric in metrics.collect()
        for sample in metric.samples
        if sample.name == "externalsecret_status_condition" and sample.labels["status"] == "True"
    }
    assert found["app"] == {
        "name": "app",
        "namespace": "team-a",
        "condition": "Ready",
        "status": "True",
        "app_kubernetes_io_name": "shop",
        "app_kubernetes_io_instance": "",
        "app_kubernetes_io_version": "",
        "app_kubernetes_io_component": "",
        "app_kubernetes_io_part_of": 'a "b"',
        "app_kubernetes_io_managed_by": "",
    }
    assert found["gone"]["app_kubernetes_io_name"] == ""


async def test_calls_to_provider_servers_are_counted_by_status(registry: CollectorRegistry) -> None:
    backends = FakeBackends()
    metered = MeteredBackends(backends, registry=registry)
    await metered.batch_get(STORE, CONSUMER, [])
    await metered.find(STORE, CONSUMER, Query())
    await metered.validate(STORE, CONSUMER)
    backends.failure = UnavailableError("down")
    with pytest.raises(UnavailableError):
        await metered.batch_get(STORE, CONSUMER, [])
    name = "externalsecret_provider_api_calls_count"
    assert samples(registry) == {
        f'{name}{{call="BatchGet",provider="fake",status="success"}}': 1,
        f'{name}{{call="BatchGet",provider="fake",status="error"}}': 1,
        f'{name}{{call="Find",provider="fake",status="success"}}': 1,
        f'{name}{{call="ValidateStore",provider="fake",status="success"}}': 1,
    }
    assert metered.route("fake") == "fake-server"
