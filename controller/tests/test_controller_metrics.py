"""Metrics under ESO's names."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bulkhead_api.errors import UnavailableError
from bulkhead_api.external_secret import StoreKind
from bulkhead_api.meta import ConditionStatus
from bulkhead_controller.backends import BoundStore, Consumer, Query
from bulkhead_controller.metered import MeteredBackends
from bulkhead_controller.metrics import ObjectMetrics
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
