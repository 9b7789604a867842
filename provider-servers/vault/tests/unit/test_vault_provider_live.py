"""The provider against a real OpenBao: what it reads, what it says when it cannot, how it keeps its token."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bulkhead_api.errors import (
    AccessDeniedError,
    InvalidRefError,
    InvalidStoreError,
    InvalidValueError,
    PolicyDeniedError,
    PropertyNotFoundError,
    ProviderError,
    SecretNotFoundError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
)
from bulkhead_api.external_secret import MetadataPolicy, StoreKind
from bulkhead_api.provider import Retry, Shape, StoreCapability, ValidationResult
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.credentials import Credentials
from bulkhead_provider_sdk.deadline import deadline_in
from bulkhead_provider_sdk.policy import Operation
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import (
    Call,
    Consumer,
    Fields,
    NotModified,
    Outcome,
    Query,
    Ref,
    Store,
    StoreRef,
    Value,
)
from bulkhead_provider_vault.provider import VaultProvider
from bulkhead_testkit.openbao import OpenBao

pytestmark = pytest.mark.slow

READER: Mapping[str, list[str]] = {
    "secret/data/*": ["read"],
    "secret/metadata/*": ["read", "list"],
    "secret/metadata/": ["list"],
    "flat/*": ["read", "list"],
    "secret/data/forbidden": ["deny"],
}


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with OpenBao(tmp_path_factory.mktemp("openbao")) as bao:
        bao.enable_kv("secret")
        bao.enable_kv("flat", version=1)
        bao.write_policy("reader", READER)
        bao.put("secret", "app/db", {"user": "ann", "port": 5432, "tls": True, "a.b": "dotted", "a": {"b": "nested"}})
        bao.put("secret", "app/db", {"user": "bob", "port": 5432, "tls": True, "a.b": "dotted", "a": {"b": "<nested>"}})
        bao.put("secret", "app/deep/key", {"k": "v"})
        bao.put("secret", "app/gone", {"k": "v"})
        bao.delete("secret", "app/gone")
        bao.put("secret", "forbidden", {"k": "v"})
        bao.put_metadata("secret", "app/db", {"env": "prod", "team": "a"})
        bao.put_metadata("secret", "app/deep/key", {"env": "prod"})
        bao.put_metadata("secret", "app/gone", {"env": "prod"})
        bao.put("flat", "one", {"user": "cy", "big": 12345678901234567890})
        yield bao


class Bench:
    """A provider with files and a policy of its own, and calls to it."""

    def __init__(self, bao: OpenBao, directory: Path) -> None:
        self.bao = bao
        self.credentials = directory / "credentials"
        self.credentials.mkdir()
        self.policy = directory / "policy.yaml"
        self.policy.write_text(json.dumps({"hosts": [bao.address], "rules": [{"namespaces": ["*"]}]}))
        self.give(token=bao.create_token(["reader"]))
        self.blocking = BlockingPool(8)
        context = Context(
            credentials=Credentials(self.credentials), policy=PolicySource(self.policy), blocking=self.blocking
        )
        self.provider = VaultProvider(context)

    def give(self, **files: SecretValue) -> None:
        """Replace the credential files, at once as the kubelet does."""
        for old in self.credentials.iterdir():
            old.unlink()
        for name, value in files.items():
            new = self.credentials / f".{name}"
            new.write_bytes(value.reveal())
            new.rename(self.credentials / name.replace("_", "-"))

    def give_approle(self, name: str, *, ttl_s: int = 3600, max_ttl_s: int = 0, kind: str = "service") -> None:
        role = self.bao.create_approle(name, ["reader"], token_ttl_s=ttl_s, token_max_ttl_s=max_ttl_s, token_type=kind)
        self.give(role_id=role.role_id, secret_id=role.secret_id)

    def call(self, **spec: object) -> Call:
        whole = {"server": self.bao.address, "path": "secret", "caBundle": ca_bundle(self.bao), **spec}
        ref = StoreRef(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault", uid="uid-1", generation=1)
        kept = {key: value for key, value in whole.items() if value is not None}
        return Call(
            request_id="r1",
            store=Store(ref=ref, provider="vault", spec_json=json.dumps(kept).encode()),
            consumer=Consumer(kind="ExternalSecret", namespace="team-a", name="es", uid="uid-2"),
        )

    async def get(self, *refs: Ref, **spec: object) -> list[Outcome]:
        return list(await self.provider.batch_get(self.call(**spec), refs))

    async def one(self, key: str, property_path: str = "", **spec: object) -> bytes:
        (outcome,) = await self.get(Ref(key=key, property=property_path), **spec)
        return revealed(outcome)

    async def find(self, query: Query, **spec: object) -> dict[str, bytes]:
        return {found.name: found.data.reveal() async for found in self.provider.find(self.call(**spec), query)}


@pytest_asyncio.fixture
async def bench(bao: OpenBao, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(bao, tmp_path)
    yield bench
    await bench.provider.close()
    bench.blocking.close()


def ca_bundle(bao: OpenBao) -> str:
    return base64.b64encode(bao.ca_file.read_bytes()).decode()


def revealed(outcome: Outcome) -> bytes:
    if isinstance(outcome, ProviderError):
        raise outcome
    assert isinstance(outcome, Value)
    return outcome.data.reveal()


async def until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not so after {timeout_s} s"
        await asyncio.sleep(0.05)


async def test_a_whole_secret_is_json_as_go_encodes_it(bench: Bench) -> None:
    assert await bench.one("app/db") == (
        rb'{"a":{"b":"\u003cnested\u003e"},"a.b":"dotted","port":5432,"tls":true,"user":"bob"}'
    )


@pytest.mark.parametrize(
    ("property_path", "want"),
    [
        pytest.param("user", b"bob", id="text"),
        pytest.param("port", b"5432", id="number"),
        pytest.param("tls", b"true", id="boolean"),
        pytest.param("a.b", b"dotted", id="an-exact-key-before-a-path"),
        pytest.param("a", rb'{"b":"\u003cnested\u003e"}', id="object"),
        pytest.param("a|b", b"<nested>", id="path"),
    ],
)
async def test_a_property_is_read(bench: Bench, property_path: str, want: bytes) -> None:
    assert await bench.one("app/db", property_path) == want


async def test_a_batch_reads_each_secret_and_version_once(bench: Bench) -> None:
    before = bench.bao.reads()

    outcomes = await bench.get(
        Ref(key="app/db", property="user"),
        Ref(key="app/db", property="port"),
        Ref(key="secret/data/app/db", property="tls"),
        Ref(key="app/db", property="user", version="1"),
        Ref(key="app/deep/key"),
    )

    assert [revealed(outcome) for outcome in outcomes] == [b"bob", b"5432", b"true", b"ann", b'{"k":"v"}']
    assert bench.bao.reads() - before == 3


async def test_many_secrets_come_back_in_their_order(bench: Bench) -> None:
    for number in range(30):
        bench.bao.put("secret", f"many/{number}", {"n": str(number)})

    outcomes = await bench.get(*(Ref(key=f"many/{number}", property="n") for number in range(30)))

    assert [revealed(outcome) for outcome in outcomes] == [str(number).encode() for number in range(30)]


async def test_the_fields_of_a_secret_and_of_an_object_in_it_are_extracted(bench: Bench) -> None:
    whole, inner, scalar = await bench.get(
        Ref(key="app/db", shape=Shape.MAP),
        Ref(key="app/db", property="a", shape=Shape.MAP),
        Ref(key="app/db", property="user", shape=Shape.MAP),
    )

    assert isinstance(whole, Fields)
    assert {name: value.reveal() for name, value in whole.fields.items()} == {
        "user": b"bob",
        "port": b"5432",
        "tls": b"true",
        "a.b": b"dotted",
        "a": rb'{"b":"\u003cnested\u003e"}',
    }
    assert isinstance(inner, Fields)
    assert {name: value.reveal() for name, value in inner.fields.items()} == {"b": b"<nested>"}
    assert isinstance(scalar, InvalidValueError)


async def test_a_known_version_is_not_sent_again(bench: Bench) -> None:
    (first,) = await bench.get(Ref(key="app/db"))
    assert isinstance(first, Value)
    assert first.version == "2"

    again, older = await bench.get(
        Ref(key="app/db", known_version="2"), Ref(key="app/db", known_version="1", shape=Shape.MAP)
    )

    assert again == NotModified()
    assert isinstance(older, Fields)


async def test_version_1_of_the_engine_keeps_every_digit(bench: Bench) -> None:
    assert await bench.one("one", path="flat", version="v1") == b'{"big":12345678901234567890,"user":"cy"}'
    assert await bench.one("flat/one", "big", path=None, version="v1") == b"12345678901234567890"


async def test_a_key_holds_the_mount_when_the_store_names_none(bench: Bench) -> None:
    assert await bench.one("secret/app/db", "user", path=None) == b"bob"
    assert await bench.one("secret/data/app/db", "user", path=None) == b"bob"


@pytest.mark.parametrize(
    ("ref", "error", "message"),
    [
        pytest.param(Ref(key="nope"), SecretNotFoundError, r'not found \(path "secret/data/nope"\)', id="key"),
        pytest.param(Ref(key="app/gone"), SecretNotFoundError, "not found", id="deleted-version"),
        pytest.param(Ref(key="app/db", version="9"), SecretNotFoundError, "not found", id="version"),
        pytest.param(Ref(key="app/db", version="new"), InvalidRefError, "whole number", id="bad-version"),
        pytest.param(Ref(key="app/db", property="x"), PropertyNotFoundError, 'property "x" not found', id="property"),
        pytest.param(Ref(key="app/db", property="!{"), InvalidRefError, r'property "!\{": ', id="bad-path"),
        pytest.param(Ref(key="../sys/mounts"), InvalidRefError, "must not hold", id="climbing"),
        pytest.param(
            Ref(key="forbidden"),
            AccessDeniedError,
            r'access denied by the Vault policy of .* \(path "secret/data/forbidden"\)',
            id="forbidden",
        ),
        pytest.param(
            Ref(key="nope", metadata_policy=MetadataPolicy.FETCH),
            InvalidRefError,
            r'metadataPolicy Fetch: no such secret \(path "secret/metadata/nope"\)',
            id="metadata-of-no-secret",
        ),
        pytest.param(
            Ref(key="app/db", property="x", metadata_policy=MetadataPolicy.FETCH),
            PropertyNotFoundError,
            'property "x" not found',
            id="metadata-that-is-not-there",
        ),
    ],
)
async def test_one_bad_reference_spoils_no_other(
    bench: Bench, ref: Ref, error: type[ProviderError], message: str
) -> None:
    bad, good = await bench.get(ref, Ref(key="app/db", property="user"))

    assert isinstance(bad, error)
    with pytest.raises(error, match=rf'^store "team-a/vault": key "{ref.key}": .*({message})'):
        raise bad
    assert revealed(good) == b"bob"


async def test_a_mount_that_is_not_there_is_named(bench: Bench) -> None:
    bench.give(token=SecretValue(bench.bao.root_token_file.read_bytes()))
    with pytest.raises(SecretNotFoundError, match="no secrets engine is mounted there"):
        await bench.one("x", path="nowhere")


async def test_a_store_of_the_wrong_engine_version_is_told_so(bench: Bench) -> None:
    bench.bao.put("flat", "data/trap", {"user": "cy"})
    with pytest.raises(InvalidStoreError, match="set version to v1"):
        await bench.one("trap", path="flat")


async def test_the_servers_own_token_is_never_handed_out(bench: Bench) -> None:
    with pytest.raises(InvalidRefError, match="auth/ holds no secrets"):
        await bench.one("auth/token/lookup-self", path=None, version="v1")

    bench.bao.create_namespace("child")
    bench.give(token=SecretValue(bench.bao.root_token_file.read_bytes()))
    with pytest.raises(AccessDeniedError, match="own credential"):
        await bench.one("child/auth/token/lookup-self", path=None, version="v1")


async def test_find_looks_into_all_folders_below_the_path_and_skips_deleted_secrets(bench: Bench) -> None:
    found = await bench.find(Query(path="app"))

    assert sorted(found) == ["app/db", "app/deep/key"]
    assert found["app/deep/key"] == b'{"k":"v"}'


async def test_metadata_is_fetched_in_both_shapes(bench: Bench) -> None:
    fetch = MetadataPolicy.FETCH
    whole, env, fields, version = await bench.get(
        Ref(key="app/db", metadata_policy=fetch),
        Ref(key="secret/app/db", property="env", metadata_policy=fetch),
        Ref(key="app/db", shape=Shape.MAP, metadata_policy=fetch, version="1", known_version="2"),
        Ref(key="app/db", property="current_version", metadata_policy=fetch),
    )

    known = json.loads(revealed(whole))
    assert known.pop("created_time").startswith("20")
    assert known == {"current_version": "2", "delete_version_after": "0s", "env": "prod", "team": "a"}
    assert revealed(env) == b"prod"
    assert isinstance(fields, Fields)
    assert fields.fields["team"] == SecretValue(b"a")
    assert revealed(version) == b"2"


async def test_metadata_and_value_of_one_secret_come_in_one_batch(bench: Bench) -> None:
    value, metadata = await bench.get(
        Ref(key="app/db", property="user"), Ref(key="app/db", property="env", metadata_policy=MetadataPolicy.FETCH)
    )
    assert (revealed(value), revealed(metadata)) == (b"bob", b"prod")


async def test_metadata_is_refused_on_version_1_of_the_engine(bench: Bench) -> None:
    ref = Ref(key="one", metadata_policy=MetadataPolicy.FETCH)
    (refused,) = await bench.get(ref, path="flat", version="v1")
    assert isinstance(refused, InvalidRefError)
    assert "KV version 1 keeps no metadata" in refused.message


@pytest.mark.parametrize(
    ("query", "want"),
    [
        pytest.param(Query(tags={"env": "prod"}), ["app/db", "app/deep/key"], id="one-tag-without-the-deleted"),
        pytest.param(Query(tags={"env": "prod", "team": "a"}), ["app/db"], id="all-tags"),
        pytest.param(Query(path="app/deep", tags={"env": "prod"}), ["app/deep/key"], id="tag-below-a-path"),
        pytest.param(Query(path="app", tags={"env": "none"}), [], id="no-such-tag"),
        pytest.param(Query(path="app", name_regexp="db$", tags={"env": "none"}), ["app/db"], id="name-before-tags"),
        pytest.param(Query(path="app", tags={"current_version": "2"}), ["app/db"], id="one-of-vaults-own"),
    ],
)
async def test_find_by_tags_looks_at_custom_metadata(bench: Bench, query: Query, want: list[str]) -> None:
    assert sorted(await bench.find(query)) == want


async def test_find_matches_the_name_anywhere(bench: Bench) -> None:
    assert sorted(await bench.find(Query(name_regexp="deep/k.y$"))) == ["app/deep/key"]
    assert sorted(await bench.find(Query(path="secret/data/app", name_regexp="b$"), path=None)) == [
        "secret/data/app/db"
    ]
    assert sorted(await bench.find(Query(name_regexp="^one"), path="flat", version="v1")) == ["one"]


@pytest.mark.parametrize(
    ("query", "spec", "error"),
    [
        pytest.param(Query(path="nowhere"), {}, SecretNotFoundError, id="no-such-folder"),
        pytest.param(Query(name_regexp="(?=x)"), {}, InvalidRefError, id="not-re2"),
        pytest.param(Query(tags={"a": "b"}), {"path": "flat", "version": "v1"}, InvalidRefError, id="tags-on-v1"),
        pytest.param(
            Query(name_regexp="one", tags={"a": "b"}),
            {"path": "flat", "version": "v1"},
            InvalidRefError,
            id="both-on-v1",
        ),
        pytest.param(Query(path="secret"), {"path": None}, InvalidRefError, id="no-mount"),
        pytest.param(Query(path="", name_regexp="forbidden"), {}, AccessDeniedError, id="forbidden"),
    ],
)
async def test_a_find_that_cannot_work_is_refused(
    bench: Bench, query: Query, spec: dict[str, object], error: type[ProviderError]
) -> None:
    with pytest.raises(error, match=r'^(store "team-a/vault"|name expression)'):
        await bench.find(query, **spec)


async def test_a_store_validates_when_vault_takes_the_token(bench: Bench) -> None:
    validation = await bench.provider.validate(bench.call(checkAndSet={"required": True}))

    assert (validation.result, validation.capability) == (ValidationResult.READY, StoreCapability.READ_ONLY)
    assert len(validation.warnings) == 1


async def test_a_store_does_not_validate_with_a_wrong_token(bench: Bench) -> None:
    bench.give(token=SecretValue(b"s.wrong"))
    with pytest.raises(UnauthenticatedError, match=r'^store "team-a/vault": token: Vault does not accept'):
        await bench.provider.validate(bench.call())


async def test_without_credential_files_the_error_says_what_to_mount(bench: Bench) -> None:
    bench.give()
    with pytest.raises(UnauthenticatedError, match=r'^store "team-a/vault": .* mount the file token'):
        await bench.one("app/db")


async def test_a_revoked_token_is_refused_as_such_until_the_file_has_another(bench: Bench) -> None:
    revoked = bench.bao.create_token(["reader"])
    bench.give(token=revoked)
    assert await bench.one("app/db", "user") == b"bob"
    bench.bao.revoke(revoked)
    with pytest.raises(UnauthenticatedError, match="wrong, expired or revoked"):
        await bench.one("app/db", "user")

    bench.give(token=bench.bao.create_token(["reader"]))

    assert await bench.one("app/db", "user") == b"bob"


async def test_a_rotated_token_file_is_used_though_the_old_token_still_works(bench: Bench) -> None:
    assert await bench.one("app/db", "user") == b"bob"
    bench.give(token=bench.bao.create_token(["default"]))

    async def refused() -> bool:
        try:
            await bench.one("app/db", "user")
        except AccessDeniedError:
            return True
        return False

    deadline = time.monotonic() + 10
    while not await refused():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_an_approle_logs_in_once_for_many_callers(bench: Bench) -> None:
    bench.give_approle("many")
    before = accessors(bench.bao)

    await asyncio.gather(*(bench.one("app/db", "user") for _ in range(10)))

    assert len(accessors(bench.bao) - before) == 1


async def test_an_approle_whose_token_is_revoked_logs_in_again_unnoticed(bench: Bench) -> None:
    bench.give_approle("revoked")
    assert await bench.one("app/db", "user") == b"bob"
    bench.bao.revoke_logins()

    assert await bench.one("app/db", "user") == b"bob"
    # A refusal that is about the key is not taken for one of the token.
    with pytest.raises(AccessDeniedError):
        await bench.one("forbidden")


async def test_a_wrong_secret_id_is_named_without_being_shown(bench: Bench) -> None:
    role = bench.bao.create_approle("wrong", ["reader"])
    bench.give(role_id=role.role_id, secret_id=SecretValue(b"canary-secret-id"))
    with pytest.raises(UnauthenticatedError, match=r"AppRole login .* \(path auth/approle/login\)") as caught:
        await bench.one("app/db")
    assert "canary" not in str(caught.value)


async def test_a_refused_login_is_not_repeated_until_the_role_is_locked(bench: Bench) -> None:
    role = bench.bao.create_approle("mended", ["reader"])
    bench.give(role_id=role.role_id, secret_id=SecretValue(b"not-this-one"))
    # Five refusals would lock the role. Source: OpenBao, user lockout.
    for _ in range(6):
        with pytest.raises(UnauthenticatedError):
            await bench.one("app/db", "user")
    bench.give(role_id=role.role_id, secret_id=role.secret_id)
    await asyncio.sleep(1.1)

    assert await bench.one("app/db", "user") == b"bob"


async def test_a_token_is_renewed_while_nobody_calls(bench: Bench) -> None:
    token = bench.bao.create_token(["reader"], ttl_s=9, period_s=9)
    bench.give(token=token)
    # Renewal must not be bound by the deadline of the call that brought the token into use.
    async with deadline_in(5):
        assert await bench.one("app/db", "user") == b"bob"

    await asyncio.sleep(12)

    assert await bench.one("app/db", "user") == b"bob"


@pytest.mark.parametrize("kind", ["service", "batch"])
async def test_an_approle_outlives_the_longest_life_of_its_tokens(bench: Bench, kind: str) -> None:
    bench.give_approle(f"short-{kind}", ttl_s=2, max_ttl_s=3, kind=kind)

    for _ in range(10):
        assert await bench.one("app/db", "user") == b"bob"
        await asyncio.sleep(0.5)


async def test_closing_ends_the_tokens_that_were_made_here(bench: Bench) -> None:
    bench.give_approle("closed")
    before = accessors(bench.bao)
    assert await bench.one("app/db", "user") == b"bob"
    assert len(accessors(bench.bao) - before) == 1

    await bench.provider.close()

    assert accessors(bench.bao) == before


async def test_a_sealed_server_is_unavailable_and_then_works_again(bench: Bench) -> None:
    assert await bench.one("app/db", "user") == b"bob"
    bench.bao.seal()
    try:
        with pytest.raises(UnavailableError, match=r'^store "team-a/vault": key "app/db": .*sealed'):
            await bench.one("app/db", "user")
        with pytest.raises(UnavailableError, match="sealed"):
            await bench.provider.validate(bench.call())
    finally:
        bench.bao.unseal()

    assert await bench.one("app/db", "user") == b"bob"


async def test_a_call_waits_for_a_vault_that_comes_back_as_the_store_says(bench: Bench) -> None:
    call = bench.call()
    patient = replace(call, store=replace(call.store, retry=Retry(max_retries=20, interval=timedelta(seconds=0.2))))
    assert await bench.one("app/db", "user") == b"bob"
    bench.bao.seal()
    async with deadline_in(20), asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(bench.provider.batch_get(patient, [Ref(key="app/db", property="user")]))
        await asyncio.sleep(0.5)
        bench.bao.unseal()
    (outcome,) = reading.result()
    assert revealed(outcome) == b"bob"


async def test_a_restart_is_survived(bench: Bench) -> None:
    assert await bench.one("app/db", "user") == b"bob"
    bench.bao.stop()
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:\d+: the connection was refused"):
        await bench.one("app/db", "user")
    bench.bao.start()

    assert await bench.one("app/db", "user") == b"bob"


async def test_a_server_of_another_ca_is_not_trusted(bench: Bench) -> None:
    with pytest.raises(UnavailableError, match="TLS: certificate verify failed"):
        await bench.one("app/db", caBundle=None)


async def test_the_mounted_ca_is_trusted_where_the_store_names_none(bench: Bench) -> None:
    (bench.credentials / "ca.crt").write_bytes(bench.bao.ca_file.read_bytes())

    assert await bench.one("app/db", "user", caBundle=None) == b"bob"


async def test_a_host_that_the_policy_does_not_name_is_not_talked_to(bench: Bench) -> None:
    with pytest.raises(PolicyDeniedError, match=r'^store "team-a/vault": backend "https://evil.example:8200"'):
        await bench.one("app/db", server="https://evil.example:8200")


async def test_a_namespace_is_asked_for_its_own_secrets(bench: Bench) -> None:
    bench.bao.create_namespace("tenant")
    bench.bao.enable_kv("secret", namespace="tenant")
    bench.bao.put("secret", "app/db", {"user": "flo"}, namespace="tenant")
    bench.give(token=SecretValue(bench.bao.root_token_file.read_bytes()))

    assert await bench.one("app/db", "user", namespace="tenant") == b"flo"
    assert await bench.one("app/db", "user") == b"bob"


@pytest.mark.parametrize(
    ("key", "operation", "spec", "want"),
    [
        pytest.param("app/db", Operation.READ, {}, "secret/data/app/db", id="read"),
        pytest.param("secret/app/db", Operation.READ, {"path": None}, "secret/data/app/db", id="read-without-mount"),
        pytest.param("a", Operation.READ, {"namespace": "t"}, "t/secret/data/a", id="read-in-a-namespace"),
        pytest.param("a", Operation.READ, {"version": "v1"}, "secret/a", id="read-of-version-1"),
        pytest.param("", Operation.FIND, {}, "secret/data/", id="find"),
    ],
)
async def test_the_policy_sees_the_path_in_vault(
    bench: Bench, key: str, operation: Operation, spec: dict[str, object], want: str
) -> None:
    assert bench.provider.backend_key(bench.call(**spec), key, operation) == want


async def test_a_quota_throttles_with_a_hint_when_to_come_back(bench: Bench) -> None:
    adapter = bench.bao.client().adapter
    adapter.post("/v1/sys/quotas/config", json={"enable_rate_limit_response_headers": True})
    adapter.post("/v1/sys/quotas/rate-limit/test", json={"path": "flat/", "rate": 1, "interval": "10s"})
    try:
        outcomes = await bench.get(*(Ref(key=f"q{at}") for at in range(4)), path="flat", version="v1")
    finally:
        adapter.delete("/v1/sys/quotas/rate-limit/test")

    throttled = [outcome for outcome in outcomes if isinstance(outcome, ThrottledError)]
    assert throttled
    assert all(error.retry_after_s is not None and error.retry_after_s > 0 for error in throttled)


async def test_a_changed_store_is_read_with_its_new_spec(bench: Bench) -> None:
    assert await bench.one("app/db", "user") == b"bob"
    assert await bench.one("one", "user", path="flat", version="v1") == b"cy"


def accessors(bao: OpenBao) -> set[str]:
    return set(bao.client().adapter.list("/v1/auth/token/accessors")["data"]["keys"])
