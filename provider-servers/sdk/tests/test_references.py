"""Which object a reference means, who may mean it, and what is said when it cannot be read."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.errors import (
    InvalidRequestError,
    InvalidStoreError,
    ProviderError,
    UnauthenticatedError,
    UnavailableError,
)
from bulkhead_api.external_secret import StoreKind
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.provider import Call, Consumer, Store, StoreRef
from bulkhead_provider_sdk.references.objects import ObjectReader
from bulkhead_provider_sdk.references.resolver import References
from bulkhead_provider_sdk.references.scope import ReferentError, ca_key_from, is_referent, secret_key_from
from bulkhead_provider_sdk.references.selectors import CaProvider, ObjectKind, SecretKeySelector
from bulkhead_provider_sdk.settings import settings_from_arguments
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer

FIELD: Final = "spec.provider.vault.auth.tokenSecretRef"
STORE: Final = StoreRef(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault", uid="u1", generation=1)
CLUSTER: Final = StoreRef(kind=StoreKind.CLUSTER_SECRET_STORE, namespace="", name="vault", uid="u2", generation=1)
LONGEST: Final = ".".join(["a" * 63] * 3 + ["a" * 61])


def selector(name: str | None = "token", namespace: str | None = None, key: str | None = "k") -> SecretKeySelector:
    return SecretKeySelector(name=name, namespace=namespace, key=key)


def ca(type_: str = "Secret", name: str = "ca", namespace: str | None = None, key: str | None = "ca.crt") -> CaProvider:
    return CaProvider(type=ObjectKind(type_), name=name, namespace=namespace, key=key)


def place(store: StoreRef, consumer: str, wanted: SecretKeySelector | CaProvider) -> str:
    decide = secret_key_from if isinstance(wanted, SecretKeySelector) else ca_key_from
    key = decide(store, consumer, wanted, FIELD)  # type: ignore[arg-type]  # the pair is chosen by the type
    return f"{key.place} {key.key}"


@pytest.mark.parametrize(
    ("store", "consumer", "wanted", "means"),
    [
        pytest.param(STORE, "team-a", selector(), "Secret team-a/token k", id="store"),
        pytest.param(STORE, "team-a", selector(namespace="team-a"), "Secret team-a/token k", id="store-and-its-own"),
        pytest.param(STORE, "team-a", selector(namespace=""), "Secret team-a/token k", id="store-and-an-empty-one"),
        pytest.param(CLUSTER, "team-b", selector(), "Secret team-b/token k", id="cluster-store-of-its-consumer"),
        pytest.param(CLUSTER, "team-c", selector(namespace=""), "Secret team-c/token k", id="cluster-store-empty"),
        pytest.param(CLUSTER, "team-b", selector(namespace="ops"), "Secret ops/token k", id="cluster-store-named"),
        pytest.param(CLUSTER, "", selector(namespace="ops"), "Secret ops/token k", id="cluster-store-validated"),
        pytest.param(CLUSTER, "ops", selector(namespace="ops"), "Secret ops/token k", id="cluster-store-same"),
        pytest.param(CLUSTER, "b", selector(namespace="0"), "Secret 0/token k", id="namespace-of-one-digit"),
        pytest.param(STORE, "team-a", selector(name="a.b-c"), "Secret team-a/a.b-c k", id="name-with-dots"),
        pytest.param(STORE, "team-a", selector(name=LONGEST), f"Secret team-a/{LONGEST} k", id="longest-name"),
        pytest.param(STORE, "team-a", selector(key=".a_B-9"), "Secret team-a/token .a_B-9", id="odd-key"),
        pytest.param(STORE, "team-a", ca(), "Secret team-a/ca ca.crt", id="ca-store"),
        pytest.param(STORE, "team-a", ca(namespace="team-a"), "Secret team-a/ca ca.crt", id="ca-store-and-its-own"),
        pytest.param(STORE, "team-a", ca("ConfigMap"), "ConfigMap team-a/ca ca.crt", id="ca-store-config-map"),
        pytest.param(CLUSTER, "b", ca(namespace="ops"), "Secret ops/ca ca.crt", id="ca-cluster-store"),
        pytest.param(CLUSTER, "", ca(namespace="ops"), "Secret ops/ca ca.crt", id="ca-cluster-store-validated"),
        pytest.param(CLUSTER, "b", ca("ConfigMap", namespace="x"), "ConfigMap x/ca ca.crt", id="ca-cluster-config-map"),
    ],
)
def test_a_reference_means(store: StoreRef, consumer: str, wanted: SecretKeySelector | CaProvider, means: str) -> None:
    assert place(store, consumer, wanted) == means


INVALID, REQUEST = InvalidStoreError, InvalidRequestError


@pytest.mark.parametrize(
    ("store", "consumer", "wanted", "error", "says"),
    [
        pytest.param(STORE, "team-a", selector(namespace="b"), INVALID, "own namespace alone", id="foreign-namespace"),
        pytest.param(STORE, "team-a", selector(namespace="team-A"), INVALID, ".namespace: is not", id="capitals"),
        pytest.param(STORE, "team-b", selector(), REQUEST, "not in the namespace of the store", id="foreign-consumer"),
        pytest.param(STORE, "team-b", selector(namespace="team-b"), REQUEST, "not in the", id="foreign-both"),
        pytest.param(STORE, "", selector(), REQUEST, "not in the namespace", id="no-consumer-of-a-store"),
        pytest.param(CLUSTER, "", selector(), ReferentError, "namespace of each", id="referent-validation"),
        pytest.param(CLUSTER, "", selector(namespace=""), ReferentError, "of each", id="referent-validation-empty"),
        pytest.param(CLUSTER, "a/../b", selector(), REQUEST, "consumer's namespace", id="consumer-that-climbs"),
        pytest.param(CLUSTER, "..", selector(), REQUEST, "consumer's namespace", id="consumer-of-dots"),
        pytest.param(CLUSTER, "b", selector(namespace=".."), INVALID, ".namespace: is not", id="namespace-of-dots"),
        pytest.param(CLUSTER, "b", selector(namespace="a/secrets"), INVALID, "is not", id="namespace-with-a-slash"),
        pytest.param(CLUSTER, "b", selector(namespace="a" * 64), INVALID, "is not", id="namespace-too-long"),
        pytest.param(CLUSTER, "b", selector(namespace="a\n"), INVALID, "is not", id="namespace-with-a-line-end"),
        pytest.param(CLUSTER, "b", selector(namespace="*"), INVALID, "is not", id="namespace-wildcard"),
        pytest.param(STORE, "team-a", selector(name=None), INVALID, ".name: missing", id="no-name"),
        pytest.param(STORE, "team-a", selector(name=""), INVALID, ".name: missing", id="empty-name"),
        pytest.param(STORE, "team-a", selector(name="a/b"), INVALID, ".name: is not", id="name-with-a-slash"),
        pytest.param(STORE, "team-a", selector(name=".."), INVALID, ".name: is not", id="name-of-dots"),
        pytest.param(STORE, "team-a", selector(name="a?watch=1"), INVALID, ".name: is not", id="name-with-a-query"),
        pytest.param(STORE, "team-a", selector(name="a%2fb"), INVALID, ".name: is not", id="name-with-an-escape"),
        pytest.param(STORE, "team-a", selector(name="A"), INVALID, ".name: is not", id="name-in-capitals"),
        pytest.param(STORE, "team-a", selector(name=LONGEST + "a"), INVALID, ".name: is not", id="name-too-long"),
        pytest.param(STORE, "team-a", selector(key=None), INVALID, ".key: missing", id="no-key"),
        pytest.param(STORE, "team-a", selector(key=""), INVALID, ".key: missing", id="empty-key"),
        pytest.param(STORE, "team-a", selector(key="a b"), INVALID, ".key: is not", id="key-with-a-blank"),
        pytest.param(STORE, "team-a", selector(key="k" * 254), INVALID, ".key: is not", id="key-too-long"),
        pytest.param(CLUSTER, "b", ca(), INVALID, ".namespace: missing", id="ca-cluster-without-namespace"),
        pytest.param(CLUSTER, "", ca(), INVALID, ".namespace: missing", id="ca-cluster-without-one-when-validated"),
        pytest.param(CLUSTER, "b", ca("ConfigMap"), INVALID, ".namespace: missing", id="ca-cluster-config-map"),
        pytest.param(CLUSTER, "b", ca(namespace=""), INVALID, ".namespace: missing", id="ca-cluster-empty-namespace"),
        pytest.param(STORE, "team-a", ca(namespace="b"), INVALID, "own namespace alone", id="ca-foreign-secret"),
        pytest.param(STORE, "team-a", ca("ConfigMap", namespace="b"), INVALID, "alone", id="ca-foreign-config-map"),
        pytest.param(STORE, "team-b", ca(), REQUEST, "not in the namespace", id="ca-foreign-consumer"),
        pytest.param(STORE, "team-a", ca(key=None), INVALID, ".key: missing", id="ca-no-key"),
        pytest.param(STORE, "team-a", ca(name=""), INVALID, ".name: missing", id="ca-no-name"),
        pytest.param(STORE, "team-a", ca(name="../x"), INVALID, ".name: is not", id="ca-name-that-climbs"),
    ],
)
def test_a_reference_is_refused_with(
    store: StoreRef, consumer: str, wanted: SecretKeySelector | CaProvider, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=f"^(cluster )?store .*{says}"):
        place(store, consumer, wanted)


NAMESPACES: Final = st.sampled_from([None, "", "team-a", "team-b", "ops", "..", "a/b", "Team-a"]) | st.text(max_size=9)


@given(NAMESPACES, NAMESPACES)
def test_a_store_never_reaches_out_of_its_namespace(named: str | None, consumer: str | None) -> None:
    for wanted in (selector(namespace=named), ca(namespace=named)):
        try:
            found = place(STORE, consumer or "", wanted)
        except ProviderError:
            continue
        assert found.startswith("Secret team-a/")


@given(NAMESPACES, NAMESPACES)
def test_a_cluster_store_reaches_what_it_names_or_else_its_consumers_own(
    named: str | None, consumer: str | None
) -> None:
    try:
        found = place(CLUSTER, consumer or "", selector(namespace=named))
    except (ProviderError, ReferentError):
        return
    assert found == f"Secret {named or consumer}/token k"


@pytest.mark.parametrize(
    ("store", "namespaces", "want"),
    [
        pytest.param(STORE, [None], False, id="a-store-never"),
        pytest.param(CLUSTER, [None], True, id="a-cluster-store-that-names-none"),
        pytest.param(CLUSTER, ["ops", None], True, id="a-cluster-store-that-names-one-of-two"),
        pytest.param(CLUSTER, ["ops", "ops"], False, id="a-cluster-store-that-names-all"),
        pytest.param(CLUSTER, [], False, id="a-cluster-store-without-a-credential"),
    ],
)
def test_credentials_differ_by_consumer_for(store: StoreRef, namespaces: list[str | None], want: bool) -> None:
    assert is_referent(store, [selector(namespace=each) for each in namespaces]) is want


class World:
    """A resolver, the API server that it asks, and a clock."""

    def __init__(self, server: FakeApiServer) -> None:
        self.server = server
        self.now = 0.0
        self.reader = ObjectReader(server.config, clock=lambda: self.now)
        self.references = References(self.reader, provider="vault")

    def give(self, namespace: str, name: str, *, kind: ObjectKind = ObjectKind.SECRET, **data: str) -> None:
        plural = "secrets" if kind is ObjectKind.SECRET else "configmaps"
        self.server.put(f"v1/{plural}", {"metadata": {"name": name, "namespace": namespace}, "data": dict(data)})

    async def resolve(self, wanted: SecretKeySelector, *, consumer: str = "team-a", store: StoreRef = STORE) -> bytes:
        return (await self.references.resolve_secret(call(consumer, store), wanted, FIELD)).reveal()


def call(consumer: str = "team-a", store: StoreRef = STORE) -> Call:
    return Call(
        request_id="r",
        store=Store(ref=store, provider="vault", spec_json=b"{}"),
        consumer=Consumer(kind="ExternalSecret", namespace=consumer, name="es", uid="u3"),
    )


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with FakeApiServer(tmp_path / "api") as server:
        world = World(server)
        world.give("team-a", "token", k="YQ==", empty="")
        world.give("team-b", "token", k="Yg==")
        yield world
        await world.references.close()


async def test_each_consumer_of_a_cluster_store_gets_its_own(world: World) -> None:
    assert [await world.resolve(selector(), consumer=each, store=CLUSTER) for each in ("team-a", "team-b")] == [
        b"a",
        b"b",
    ]


async def test_certificates_come_from_a_secret_or_a_config_map(world: World) -> None:
    world.give("team-a", "ca", kind=ObjectKind.CONFIG_MAP, **{"ca.crt": "PEM"})
    assert await world.references.resolve_ca(call(), ca("ConfigMap"), FIELD) == b"PEM"
    assert await world.references.resolve_ca(call(), ca(name="token", key="k"), FIELD) == b"a"


async def test_objects_are_got_by_name_and_nothing_else_is_asked(world: World) -> None:
    await world.resolve(selector())
    assert {(each.verb, each.namespace, each.name) for each in world.server.calls} == {("get", "team-a", "token")}


async def test_a_burst_reads_once_and_a_change_counts_within_seconds(world: World) -> None:
    assert [await world.resolve(selector()) for _ in range(5)] == [b"a"] * 5
    assert len(world.server.calls) == 1
    world.give("team-a", "token", k="bmV3")
    world.now += 3
    assert await world.resolve(selector()) == b"new"


async def test_another_version_means_that_the_value_may_have_changed(world: World) -> None:
    first = await world.references.find_secret(call(), selector(), FIELD)
    world.give("team-a", "token", k="bmV3")
    world.now += 3
    second = await world.references.find_secret(call(), selector(), FIELD)
    assert first.version != second.version
    assert first.version.partition("/")[0] == second.version.partition("/")[0]


async def test_a_renewed_token_of_the_identity_is_used_without_a_restart(world: World) -> None:
    assert await world.resolve(selector()) == b"a"
    world.server.set_token("token-2")
    world.now += 3
    with pytest.raises(UnauthenticatedError):
        # The API client learns from this answer that there is a new token.
        await world.resolve(selector())
    assert await world.resolve(selector()) == b"a"


@pytest.mark.parametrize(
    ("wanted", "failure", "error", "says"),
    [
        pytest.param(selector("gone"), None, UnauthenticatedError, "Secret team-a/gone: not found", id="no-secret"),
        pytest.param(
            selector(key="other"), None, UnauthenticatedError, 'Secret team-a/token: has no key "other"', id="no-key"
        ),
        pytest.param(
            selector(key="empty"), None, UnauthenticatedError, 'Secret team-a/token: key "empty" is empty', id="empty"
        ),
        pytest.param(
            selector(),
            Failure(status=403, reason="Forbidden"),
            UnauthenticatedError,
            "Secret team-a/token: this provider server may not read it: "
            "name it in providers.vault.identity.secrets of the chart's values",
            id="forbidden",
        ),
        pytest.param(
            selector(),
            Failure(status=401, reason="Unauthorized"),
            UnauthenticatedError,
            "Secret team-a/token: the token of this provider server's Kubernetes identity is missing or not accepted: "
            "look into the certcontroller's log",
            id="token-not-accepted",
        ),
        pytest.param(
            selector(),
            Failure(status=503, reason="ServiceUnavailable"),
            UnavailableError,
            "Secret team-a/token: the API server cannot be asked: ServiceUnavailable",
            id="api-server-down",
        ),
    ],
)
async def test_what_cannot_be_read_is_told(
    world: World, wanted: SecretKeySelector, failure: Failure | None, error: type[ProviderError], says: str
) -> None:
    if failure is not None:
        world.server.fail("get", failure)
    with pytest.raises(error) as caught:
        await world.resolve(wanted)
    assert str(caught.value) == f'store "team-a/vault": {FIELD}: {says}'


async def test_a_forbidden_config_map_names_its_own_value_of_the_chart(world: World) -> None:
    world.server.fail("get", Failure(status=403, reason="Forbidden"))
    with pytest.raises(UnauthenticatedError, match=r"name it in providers\.vault\.identity\.configMaps of"):
        await world.references.resolve_ca(call(), ca("ConfigMap"), FIELD)


async def test_without_an_identity_nothing_is_read_and_the_chart_value_is_named() -> None:
    with pytest.raises(InvalidStoreError) as caught:
        await References(provider="vault").resolve_secret(call(), selector(), FIELD)
    assert str(caught.value) == (
        f'store "team-a/vault": {FIELD}: this provider server has no Kubernetes identity to read Secret team-a/token '
        "with: set providers.vault.identity.enabled in the chart's values and name it in "
        "providers.vault.identity.secrets"
    )


async def test_a_missing_token_file_is_told_and_tried_again(world: World) -> None:
    token = world.server.directory / "token"
    text = token.read_text()
    token.unlink()
    with pytest.raises(UnauthenticatedError, match="identity is missing or not accepted"):
        await world.resolve(selector())
    token.write_text(text)
    assert await world.resolve(selector()) == b"a"


async def test_a_value_shows_nowhere_but_where_it_is_revealed(world: World) -> None:
    world.give("team-a", "token", k="Y2FuYXJ5")
    found = await world.references.find_secret(call(), selector(), FIELD)
    assert found.value == SecretValue(b"canary")
    shown = f"{found!r} {world.reader!r} {vars(world.reader)!r} {found.version}"
    assert "canary" not in shown
    assert "Y2FuYXJ5" not in shown


ARGUMENTS: Final = ["--listen=unix:///s", "--tls-dir=/t", "--policy-file=/p"]


@pytest.mark.parametrize(
    ("flags", "want"),
    [
        pytest.param([], None, id="no-flag-and-so-none"),
        pytest.param(
            ["--kube-api-server=https://api:6443", "--kube-credentials=/id"],
            KubeConfig(server="https://api:6443", directory=Path("/id")),
            id="both-flags",
        ),
    ],
)
def test_the_identity_is_given_by(flags: list[str], want: KubeConfig | None, monkeypatch: pytest.MonkeyPatch) -> None:
    # What every Pod has must make no difference.
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    assert settings_from_arguments("p", [*ARGUMENTS, *flags]).identity == want


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(["--kube-api-server=https://api:6443"], id="without-a-directory"),
        pytest.param(["--kube-credentials=/id"], id="without-an-address"),
        pytest.param(["--kube-api-server=http://api", "--kube-credentials=/id"], id="without-tls"),
    ],
)
def test_an_identity_is_refused(flags: list[str]) -> None:
    with pytest.raises(SystemExit):
        settings_from_arguments("p", [*ARGUMENTS, *flags])
