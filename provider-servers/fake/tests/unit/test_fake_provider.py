"""The Fake provider, in process."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bulkhead_api.errors import (
    InvalidRefError,
    InvalidStoreError,
    InvalidValueError,
    ProviderError,
    SecretNotFoundError,
    UnsupportedError,
)
from bulkhead_api.external_secret import MetadataPolicy, StoreKind
from bulkhead_api.provider import Maintenance, Retry, Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_fake.provider import FakeProvider
from bulkhead_provider_sdk.provider import Call, Consumer, Fields, Provider, Query, Ref, Store, StoreRef, Value

CANARY = "canary-value"
JSON_VALUE = '{"user": "ada", "port": 5432, "tags": ["a", "b"], "none": null, "a.b": "dotted", "note": "canary-value"}'
DATA: list[dict[str, str]] = [
    {"key": "db", "value": JSON_VALUE},
    {"key": "plain", "value": CANARY},
    {"key": "app", "value": "unversioned"},
    {"key": "app", "value": "two", "version": "v2"},
    {"key": "app", "value": "ten", "version": "v10"},
    {"key": "app1", "value": "other", "version": "0"},
    {"key": "twice", "value": "first"},
    {"key": "twice", "value": "second"},
]
DB_PLAIN_TWICE = [("db", JSON_VALUE), ("plain", CANARY), ("twice", "second")]


def call(spec: object, *, name: str = "fake", uid: str = "1") -> Call:
    ref = StoreRef(kind=StoreKind.SECRET_STORE, namespace="team-a", name=name, uid=uid, generation=1)
    spec_json = spec if isinstance(spec, bytes) else json.dumps(spec).encode()
    return Call(
        request_id="r",
        store=Store(ref=ref, provider="fake", spec_json=spec_json),
        consumer=Consumer(kind="ExternalSecret", namespace="team-a", name="es", uid="2"),
    )


async def outcome(ref: Ref, data: Sequence[dict[str, str]] = DATA) -> object:
    (only,) = await FakeProvider().batch_get(call({"data": data}), [ref])
    return only


async def value(ref: Ref) -> bytes:
    read = await outcome(ref)
    assert isinstance(read, Value)
    return read.data.reveal()


def test_fake_provider_is_a_provider() -> None:
    provider: Provider = FakeProvider()
    assert provider.info.store_providers == {"fake"}


@pytest.mark.parametrize(
    ("ref", "want"),
    [
        pytest.param(Ref(key="plain"), CANARY, id="whole-value"),
        pytest.param(Ref(key="db"), JSON_VALUE, id="whole-json-as-it-stands"),
        pytest.param(Ref(key="db", property="user"), "ada", id="property"),
        pytest.param(Ref(key="db", property="tags"), '["a", "b"]', id="nested-property-as-raw-slice"),
        pytest.param(Ref(key="db", property="tags.1"), "b", id="element"),
        pytest.param(Ref(key="db", property="none"), "", id="null-is-there-and-empty"),
        pytest.param(Ref(key="db", property=r"a\.b"), "dotted", id="escaped-dot"),
        pytest.param(Ref(key="app"), "unversioned", id="no-version-means-the-entry-without-one"),
        pytest.param(Ref(key="app", version="v2"), "two", id="exact-version"),
        pytest.param(Ref(key="twice"), "second", id="later-entry-of-the-same-key"),
    ],
)
async def test_fake_reads(ref: Ref, want: str) -> None:
    assert await value(ref) == want.encode()


@pytest.mark.parametrize(
    ("ref", "error"),
    [
        pytest.param(Ref(key="nope"), SecretNotFoundError, id="unknown-key"),
        pytest.param(Ref(key="app", version="v3"), SecretNotFoundError, id="unknown-version"),
        pytest.param(Ref(key="appv2"), SecretNotFoundError, id="key-and-version-run-together"),
        pytest.param(Ref(key="app", version="10"), SecretNotFoundError, id="another-key-and-version-run-together"),
        pytest.param(Ref(key="db", property="nope"), SecretNotFoundError, id="missing-property-counts-as-no-secret"),
        pytest.param(Ref(key="db", property="a.b"), SecretNotFoundError, id="dots-are-a-path-and-no-key"),
        pytest.param(Ref(key="plain", property="a"), InvalidValueError, id="property-of-what-is-not-json"),
        pytest.param(Ref(key="db", property="tags.#(a"), InvalidRefError, id="malformed-path"),
        pytest.param(Ref(key="plain", shape=Shape.MAP), InvalidValueError, id="map-of-what-is-not-json"),
        pytest.param(Ref(key="db", property="tags", shape=Shape.MAP), InvalidValueError, id="map-of-an-array"),
        pytest.param(Ref(key="db", metadata_policy=MetadataPolicy.FETCH), UnsupportedError, id="metadata"),
    ],
)
async def test_fake_refuses_one_reference_and_says_where(ref: Ref, error: type[ProviderError]) -> None:
    refused = await outcome(ref)
    assert isinstance(refused, error)
    assert refused.message.startswith(f'store "team-a/fake": key "{ref.key}": ')
    assert CANARY not in refused.message


async def test_fake_answers_each_reference_in_order_with_its_own_outcome() -> None:
    refs = [Ref(key="plain"), Ref(key="nope"), Ref(key="plain")]
    first, second, third = await FakeProvider().batch_get(call({"data": DATA}), refs)
    assert first == third == Value(data=first.data) if isinstance(first, Value) else False
    assert isinstance(second, SecretNotFoundError)


async def test_fake_extracts_a_map_in_raw_style() -> None:
    read = await outcome(Ref(key="db", shape=Shape.MAP))
    assert isinstance(read, Fields)
    assert {name: field.reveal() for name, field in read.fields.items()} == {
        "user": b"ada", "port": b"5432", "tags": b'["a", "b"]', "none": b"", "a.b": b"dotted", "note": CANARY.encode(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        pytest.param("", [("app", "two"), ("app1", "other"), *DB_PLAIN_TWICE], id="everything"),
        pytest.param("^app$", [("app", "two")], id="highest-version-in-string-order"),
        pytest.param("i", [("plain", CANARY), ("twice", "second")], id="anywhere-in-the-name"),
        pytest.param("zzz", [], id="nothing"),
    ],
)
async def test_fake_finds_by_name_sorted(expression: str, want: list[tuple[str, str]]) -> None:
    found = [each async for each in FakeProvider().find(call({"data": DATA}), Query(name_regexp=expression))]
    assert [(each.name, each.data.reveal().decode()) for each in found] == want


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Query(name_regexp="^app$", path="p"), id="path"),
        pytest.param(Query(name_regexp="^app$", tags={"a": "b"}), id="tags"),
    ],
)
async def test_fake_passes_over_everything_beside_the_name(query: Query) -> None:
    found = [each async for each in FakeProvider().find(call({"data": DATA}), query)]
    assert [(each.name, each.data.reveal().decode()) for each in found] == [("app", "two")]


async def test_fake_does_nothing_with_retry_settings() -> None:
    asked = call({"data": DATA})
    patient = replace(asked, store=replace(asked.store, retry=Retry(max_retries=9)))
    assert await FakeProvider().batch_get(patient, [Ref(key="plain")]) == [Value(data=SecretValue(CANARY.encode()))]


def test_fake_says_that_nobody_looks_after_it() -> None:
    assert FakeProvider().info.maintenance is Maintenance.NOT_MAINTAINED


@pytest.mark.parametrize(
    ("query", "error"),
    [
        pytest.param(Query(name_regexp="("), InvalidRefError, id="not-an-expression"),
        pytest.param(Query(name_regexp="a(?=b)"), InvalidRefError, id="not-re2"),
        pytest.param(Query(tags={"a": "b"}), UnsupportedError, id="tags"),
        pytest.param(Query(path="p"), UnsupportedError, id="path"),
        pytest.param(Query(path="p", tags={"a": "b"}), UnsupportedError, id="path-and-tags"),
    ],
)
async def test_fake_refuses_a_query(query: Query, error: type[ProviderError]) -> None:
    with pytest.raises(error, match=r'^store "team-a/fake": find: '):
        async for _ in FakeProvider().find(call({"data": DATA}), query):
            pass


@pytest.mark.parametrize(
    ("spec", "want"),
    [
        pytest.param({"data": DATA}, ValidationResult.READY, id="by-default-ready"),
        pytest.param({"data": DATA, "validationResult": 0}, ValidationResult.READY, id="ready"),
        pytest.param({"data": DATA, "validationResult": 1}, ValidationResult.UNKNOWN, id="unknown"),
        pytest.param({"data": []}, ValidationResult.READY, id="ready-without-data"),
    ],
)
async def test_fake_validates(spec: object, want: ValidationResult) -> None:
    validation = await FakeProvider().validate(call(spec))
    assert validation.result is want
    assert validation.capability is StoreCapability.READ_ONLY


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"data": DATA, "validationResult": 2}, id="failure-asked-for"),
        pytest.param({"data": [{"key": "", "value": CANARY}]}, id="empty-key"),
        pytest.param({"data": [{"key": "k", "value": ""}]}, id="empty-value"),
        pytest.param({"data": [{"key": "k"}]}, id="no-value"),
        pytest.param({"data": [{"value": CANARY}]}, id="no-key"),
        pytest.param({"data": [{"key": "k", "value": [CANARY]}]}, id="value-of-another-type"),
        pytest.param({"data": [{"key": "k", "value": CANARY, "valueMap": {}}]}, id="unknown-field"),
        pytest.param({"data": DATA, "validationResult": 7}, id="unknown-result"),
        pytest.param({}, id="no-data"),
        pytest.param([], id="no-object"),
        pytest.param(b"{", id="not-json"),
    ],
)
async def test_fake_refuses_a_store_and_names_the_field_but_no_value(spec: object) -> None:
    with pytest.raises(InvalidStoreError, match=r'^store "team-a/fake": spec\.provider\.fake') as refused:
        await FakeProvider().validate(call(spec))
    assert CANARY not in refused.value.message


async def test_fake_keeps_stores_of_one_name_apart() -> None:
    provider = FakeProvider()
    await provider.batch_get(call({"data": [{"key": "k", "value": "first"}]}, uid="1"), [Ref(key="k")])
    (other,) = await provider.batch_get(call({"data": [{"key": "x", "value": "y"}]}, uid="2"), [Ref(key="k")])
    assert isinstance(other, SecretNotFoundError)
