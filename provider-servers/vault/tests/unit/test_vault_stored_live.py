"""Stores with a credential of their own, against a real OpenBao: each way to log in, and what tenants can't share."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bulkhead_api.errors import (
    AccessDeniedError,
    InvalidStoreError,
    PolicyDeniedError,
    ProviderError,
    UnauthenticatedError,
    UnavailableError,
)
from bulkhead_api.external_secret import StoreKind
from bulkhead_api.provider import ValidationResult
from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.credentials import Credentials
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import Call, Consumer, Ref, Store, StoreRef, Value
from bulkhead_provider_sdk.references.objects import ObjectReader
from bulkhead_provider_sdk.references.resolver import References
from bulkhead_provider_vault.provider import VaultProvider
from bulkhead_testkit.fake_api_server import FakeApiServer
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.planecerts import Authority

pytestmark = pytest.mark.slow

TEAMS = ("red", "blue")
TOKEN = {"tokenSecretRef": {"name": "login", "key": "token"}}


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with OpenBao(tmp_path_factory.mktemp("openbao")) as bao:
        bao.enable_kv("secret")
        for team in TEAMS:
            bao.put("secret", f"{team}/db", {"password": f"of {team}"})
            bao.write_policy(team, {f"secret/data/{team}/*": ["read"]})
        yield bao


class Bench:
    """A provider without a credential of its own, and an API server with the tenants' Secrets."""

    def __init__(self, bao: OpenBao, api: FakeApiServer, directory: Path) -> None:
        self.bao, self.api = bao, api
        self.files = directory / "credentials"
        self.files.mkdir()
        policy = directory / "policy.yaml"
        policy.write_text(json.dumps({"hosts": [bao.address], "rules": [{"namespaces": ["*"]}]}))
        self.policy = policy
        self.now_s = 0.0
        self.blocking = BlockingPool(8)
        self.reader = ObjectReader(api.config, clock=lambda: self.now_s)
        context = Context(
            credentials=Credentials(self.files),
            policy=PolicySource(policy),
            blocking=self.blocking,
            references=References(self.reader, provider="vault"),
        )
        self.provider = VaultProvider(context)

    def give(self, namespace: str, name: str = "login", **data: bytes) -> None:
        encoded: dict[str, object] = {key: base64.b64encode(value).decode() for key, value in data.items()}
        self.api.put("v1/secrets", {"metadata": {"name": name, "namespace": namespace}, "data": encoded})  # type: ignore[dict-item]  # a dict is invariant
        self.now_s += 3

    def give_token(self, team: str, *, namespace: str | None = None) -> bytes:
        token = self.bao.create_token([team]).reveal()
        self.give(namespace or team, token=token)
        return token

    def call(self, auth: object = None, *, team: str = "red", cluster: bool = False, **spec: object) -> Call:
        whole = {"server": self.bao.address, "path": "secret", "caBundle": self.bao.ca_file.read_text(), **spec}
        if auth is not None:
            whole["auth"] = auth
        kind = StoreKind.CLUSTER_SECRET_STORE if cluster else StoreKind.SECRET_STORE
        at = "" if cluster else team
        ref = StoreRef(kind=kind, namespace=at, name="vault", uid=f"uid-{kind}-{at}", generation=1)
        kept = {key: value for key, value in whole.items() if value is not None}
        return Call(
            request_id="r1",
            store=Store(ref=ref, provider="vault", spec_json=json.dumps(kept).encode()),
            consumer=Consumer(kind="ExternalSecret", namespace=team, name="es", uid="uid-es"),
        )

    async def one(self, call: Call, key: str = "red/db") -> str:
        (outcome,) = await self.provider.batch_get(call, [Ref(key=key, property="password")])
        if isinstance(outcome, ProviderError):
            raise outcome
        assert isinstance(outcome, Value)
        return outcome.data.reveal().decode()


@pytest_asyncio.fixture
async def bench(bao: OpenBao, tmp_path: Path) -> AsyncIterator[Bench]:
    async with FakeApiServer(tmp_path / "api") as api:
        bench = Bench(bao, api, tmp_path)
        yield bench
        await bench.provider.close()
        await bench.reader.close()
        bench.blocking.close()


async def test_a_store_logs_in_with_a_token(bench: Bench) -> None:
    bench.give_token("red")
    assert await bench.one(bench.call(TOKEN)) == "of red"
    with pytest.raises(AccessDeniedError, match="by the Vault policy of the store's credential"):
        await bench.one(bench.call(TOKEN), "blue/db")


async def test_a_store_logs_in_with_an_approle(bench: Bench) -> None:
    role = bench.bao.create_approle("red", ["red"])
    bench.give("red", role=role.role_id.reveal() + b"\n", secret=role.secret_id.reveal() + b"\n")
    secret_ref, role_ref = {"name": "login", "key": "secret"}, {"name": "login", "key": "role"}
    assert await bench.one(bench.call({"appRole": {"roleRef": role_ref, "secretRef": secret_ref}})) == "of red"
    inline = {"appRole": {"roleId": role.role_id.reveal().decode(), "secretRef": secret_ref}}
    assert await bench.one(bench.call(inline)) == "of red"


async def test_a_store_logs_in_with_a_user_and_a_password_as_it_stands(bench: Bench) -> None:
    client = bench.bao.client()
    client.sys.enable_auth_method("userpass")
    client.adapter.post("/v1/auth/userpass/users/ann", json={"password": " päss word ", "token_policies": ["red"]})
    bench.give("red", password=" päss word ".encode())
    auth = {"userPass": {"username": "ann", "secretRef": {"name": "login", "key": "password"}}}
    assert await bench.one(bench.call(auth)) == "of red"


async def test_a_store_logs_in_with_a_jwt(bench: Bench) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    client = bench.bao.client()
    client.sys.enable_auth_method("jwt")
    client.adapter.post("/v1/auth/jwt/config", json={"jwt_validation_pubkeys": [public.decode()]})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], "token_policies": ["red"]}
    client.adapter.post("/v1/auth/jwt/role/red", json=role)
    bench.give("red", jwt=signed(key, {"aud": "vault"}))
    auth = {"jwt": {"role": "red", "secretRef": {"name": "login", "key": "jwt"}}}
    assert await bench.one(bench.call(auth)) == "of red"
    bench.give("red", jwt=signed(key, {"aud": "other"}))
    with pytest.raises(UnauthenticatedError, match=r"refused the login by spec\.provider\.vault\.auth\.jwt"):
        await bench.one(bench.call(auth))


def signed(key: rsa.RSAPrivateKey, claims: dict[str, str]) -> bytes:
    now = int(time.time())
    whole = {"sub": "ann", "iat": now, "exp": now + 600, **claims}
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in ({"alg": "RS256"}, whole)]
    signature = key.sign(b".".join(parts), padding.PKCS1v15(), hashes.SHA256())
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")])


async def test_a_store_logs_in_with_a_client_certificate(bench: Bench, tmp_path: Path) -> None:
    authority = Authority("clients", tmp_path)
    red, blue = (authority.issue_client(team, user=team, group=team) for team in TEAMS)
    client = bench.bao.client()
    client.sys.enable_auth_method("cert")
    for team, pair in zip(TEAMS, (red, blue), strict=True):
        role = {
            "certificate": authority.ca_file.read_text(),
            "allowed_common_names": [team],
            "token_policies": [team],
        }
        client.adapter.post(f"/v1/auth/cert/certs/{team}", json=role)
        bench.give(team, chain=pair.certificate.read_bytes(), key=pair.key.read_bytes())
    auth = {"cert": {"clientCert": {"name": "login", "key": "chain"}, "secretRef": {"name": "login", "key": "key"}}}
    assert await bench.one(bench.call(auth)) == "of red"
    # The same cluster store shows another certificate for another consumer, though its login says the same.
    assert await bench.one(bench.call(auth, cluster=True), "red/db") == "of red"
    assert await bench.one(bench.call(auth, cluster=True, team="blue"), "blue/db") == "of blue"
    bench.give("red", chain=red.certificate.read_bytes(), key=blue.key.read_bytes())
    with pytest.raises(InvalidStoreError, match=r"auth\.cert\.clientCert: holds no PEM certificate that fits the key"):
        await bench.one(bench.call(auth))


async def test_certificates_to_trust_come_from_where_the_store_says(bench: Bench) -> None:
    bench.give_token("red")
    provider = {"type": "Secret", "name": "ca", "key": "ca.crt"}
    with pytest.raises(UnavailableError, match="certificate verify failed"):
        await bench.one(bench.call(TOKEN, caBundle=None))
    bench.give("red", "ca", **{"ca.crt": bench.bao.ca_file.read_bytes()})
    assert await bench.one(bench.call(TOKEN, caBundle=None, caProvider=provider)) == "of red"
    bench.give("red", "ca", **{"ca.crt": b"no PEM"})
    with pytest.raises(InvalidStoreError, match=r"caProvider: holds no readable PEM"):
        await bench.one(bench.call(TOKEN, caBundle=None, caProvider=provider))


async def test_tenants_of_one_cluster_store_never_share_a_session(bench: Bench) -> None:
    for team in TEAMS:
        bench.give_token(team)

    async def read(team: str, other: str) -> list[str]:
        results = []
        for key in (f"{team}/db", f"{other}/db"):
            try:
                results.append(await bench.one(bench.call(TOKEN, team=team, cluster=True), key))
            except AccessDeniedError:
                results.append("denied")
        return results

    answers = await asyncio.gather(*(read(*pair) for pair in [TEAMS, TEAMS[::-1]] * 10))
    assert answers == [["of red", "denied"], ["of blue", "denied"]] * 10


async def test_a_cluster_store_that_names_a_namespace_serves_all_with_that_credential(bench: Bench) -> None:
    bench.give_token("red", namespace="ops")
    auth = {"tokenSecretRef": {"name": "login", "key": "token", "namespace": "ops"}}
    for team in TEAMS:
        assert await bench.one(bench.call(auth, team=team, cluster=True)) == "of red"


async def test_a_referent_store_validates_as_unknown_and_reads_nothing(bench: Bench) -> None:
    call = bench.call(TOKEN, team="", cluster=True)
    assert (await bench.provider.validate(call)).result is ValidationResult.UNKNOWN
    assert bench.api.calls == []


async def test_a_store_never_falls_back_to_the_servers_own_credential(bench: Bench) -> None:
    (bench.files / "token").write_bytes(bench.bao.create_token(["red"]).reveal())
    assert await bench.one(bench.call()) == "of red"
    with pytest.raises(UnauthenticatedError, match="Secret red/login: not found"):
        await bench.one(bench.call(TOKEN))
    bench.give("red", token=b"wrong")
    with pytest.raises(UnauthenticatedError, match="does not accept the store's token"):
        await bench.one(bench.call(TOKEN))


async def test_a_changed_credential_is_used_and_a_removed_one_is_not(bench: Bench) -> None:
    bench.give_token("red")
    assert await bench.one(bench.call(TOKEN)) == "of red"
    bench.give_token("blue", namespace="red")
    assert await bench.one(bench.call(TOKEN), "blue/db") == "of blue"
    bench.api.remove("v1/secrets", "red", "login")
    bench.now_s += 3
    with pytest.raises(UnauthenticatedError, match="not found"):
        await bench.one(bench.call(TOKEN), "blue/db")


async def test_no_credential_is_read_for_a_vault_that_the_policy_does_not_name(bench: Bench) -> None:
    bench.give_token("red")
    with pytest.raises(PolicyDeniedError):
        await bench.one(bench.call(TOKEN, server="https://elsewhere.example.com"))
    assert bench.api.calls == []


async def test_a_refused_login_of_one_tenant_is_held_back_and_holds_up_no_other(bench: Bench) -> None:
    role = bench.bao.create_approle("held", ["red"])
    bench.give("red", secret=b"not-this-one")
    bench.give("blue", secret=role.secret_id.reveal())
    auth = {"appRole": {"roleId": role.role_id.reveal().decode(), "secretRef": {"name": "login", "key": "secret"}}}
    # Five refusals would lock the role. Source: OpenBao, user lockout.
    for _ in range(6):
        with pytest.raises(UnauthenticatedError, match=r"auth\.appRole: what it names is wrong") as caught:
            await bench.one(bench.call(auth))
        assert "not-this-one" not in str(caught.value)
    assert await bench.one(bench.call(auth, team="blue")) == "of red"


@pytest.mark.parametrize(
    "make",
    [pytest.param(lambda: b"two\nlines", id="of-two-lines"), pytest.param(lambda: b"\xff\xfe", id="that-is-no-text")],
)
async def test_a_token_is_refused(bench: Bench, make: Callable[[], bytes]) -> None:
    bench.give("red", token=make())
    with pytest.raises(UnauthenticatedError, match="must be one line of ASCII text"):
        await bench.one(bench.call(TOKEN))
