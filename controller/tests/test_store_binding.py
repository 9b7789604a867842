"""From a store object to something that a provider server can be asked with."""

from datetime import timedelta

import msgspec
import pytest

from bulkhead_api.external_secret import StoreKind
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.provider import Retry
from bulkhead_api.secret_store import SecretStore, SecretStoreSpec
from bulkhead_controller.store.binding import UnusableStoreError, bind_store, store_key, validation_interval

FIVE_MINUTES = timedelta(minutes=5)


def store(spec: dict[str, object]) -> SecretStore:
    return SecretStore(
        metadata=ObjectMeta(name="vault", namespace="team-a", uid="s-1", generation=4),
        spec=msgspec.json.decode(msgspec.json.encode(spec), type=SecretStoreSpec),
    )


def route(provider: str) -> str | None:
    return "server" if provider in {"fake", "aws"} else None


def test_bound_store_carries_the_providers_part_as_it_stands() -> None:
    bound = bind_store(StoreKind.SECRET_STORE, store({"provider": {"fake": {"data": [{"value": "shy"}]}}}), route)
    assert bound.spec_json == b'{"data":[{"value":"shy"}]}'
    assert (bound.provider, bound.namespace, bound.name, bound.uid, bound.generation) == (
        "fake",
        "team-a",
        "vault",
        "s-1",
        4,
    )
    assert "shy" not in repr(bound)


@pytest.mark.parametrize(
    ("kind", "spec", "message"),
    [
        pytest.param("SecretStore", {}, "spec.provider: exactly one provider is needed, found none", id="none"),
        pytest.param(
            "SecretStore",
            {"provider": {"vault": {}, "fake": {}}},
            "spec.provider: exactly one provider is needed, found fake, vault",
            id="two",
        ),
        pytest.param(
            "SecretStore",
            {"provider": {"vault": {}}},
            "spec.provider.vault: no provider server is configured for it",
            id="not-served",
        ),
        pytest.param(
            "SecretStore",
            {"provider": {"aws": {}}, "retrySettings": {"retryInterval": "soon"}},
            "spec.retrySettings.retryInterval: 'soon' is not a duration such as 1h30m",
            id="no-retry-interval",
        ),
        pytest.param(
            "SecretStore",
            {"provider": {"aws": {}}, "retrySettings": {"retryInterval": "-1s"}},
            "spec.retrySettings.retryInterval: must not be negative",
            id="negative-retry-interval",
        ),
    ],
)
def test_store_cannot_be_bound(kind: str, spec: dict[str, object], message: str) -> None:
    with pytest.raises(UnusableStoreError) as caught:
        bind_store(StoreKind(kind), store(spec), route)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("settings", "want"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param({}, Retry(), id="empty"),
        pytest.param({"maxRetries": 5}, Retry(max_retries=5), id="a-number"),
        pytest.param({"maxRetries": -1}, Retry(max_retries=0), id="a-number-below-zero"),
        pytest.param({"maxRetries": 2**40}, Retry(max_retries=2**31 - 1), id="a-number-beyond-the-wire"),
        pytest.param({"retryInterval": "1m30s"}, Retry(interval=timedelta(seconds=90)), id="an-interval"),
        pytest.param({"retryInterval": ""}, Retry(), id="an-empty-interval"),
        pytest.param({"retryInterval": "soon"}, None, id="none-where-eso-reads-no-interval"),
    ],
)
def test_retry_settings_are_read(settings: dict[str, object] | None, want: Retry | None) -> None:
    bound = bind_store(StoreKind.SECRET_STORE, store({"provider": {"fake": {}}, "retrySettings": settings}), route)
    assert bound.retry == want


def test_conditions_of_a_namespaced_store_mean_nothing() -> None:
    bind_store(StoreKind.SECRET_STORE, store({"provider": {"fake": {}}, "conditions": [{}]}), route)


@pytest.mark.parametrize(
    ("stated", "want"),
    [
        pytest.param(0, FIVE_MINUTES, id="zero-is-the-default"),
        pytest.param(90, timedelta(seconds=90), id="a-number-is-seconds"),
        pytest.param("1m30s", timedelta(seconds=90), id="text-is-a-go-duration"),
        pytest.param("", FIVE_MINUTES, id="empty-text-is-the-default"),
        pytest.param("1ns", timedelta(seconds=1), id="a-nanosecond-keeps-nobody-busy"),
    ],
)
def test_validation_interval(stated: int | str, want: timedelta) -> None:
    assert validation_interval(store({"refreshInterval": stated}), default=FIVE_MINUTES) == want


@pytest.mark.parametrize("stated", [-1, "-1m", "soon", 10**18])
def test_validation_interval_that_cannot_work_is_named(stated: int | str) -> None:
    with pytest.raises(UnusableStoreError, match=r"^spec\.refreshInterval: "):
        validation_interval(store({"refreshInterval": stated}), default=FIVE_MINUTES)


def test_key_of_a_cluster_store_has_no_namespace() -> None:
    key = store_key(StoreKind.CLUSTER_SECRET_STORE, "team-a", "vault")
    assert (key.namespace, str(key)) == ("", 'ClusterSecretStore "vault"')
