"""The webhook's client against a real provider server, over real mTLS, and the process that uses it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_api.errors import CallerNotAllowedError, InvalidStoreError, ProviderError, UnavailableError
from bulkhead_api.provider import StoreCapability, ValidationResult
from bulkhead_provider_sdk.provider import Call, Validation
from bulkhead_runtime.provider_routes import ProviderServer
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, pusher_id, webhook_id
from bulkhead_runtime.tls import TlsSource
from bulkhead_runtime.tls_facts import TlsFacts
from bulkhead_runtime.trust import Trust
from bulkhead_testkit.authority import Leaf, Usage
from bulkhead_testkit.provider_stage import ProviderStage
from bulkhead_testkit.webhook_process import Webhook, answering, review
from bulkhead_webhook.provider_server import ProviderServerClient
from bulkhead_webhook.store_question import StoreQuestion

WEBHOOK: Final = Leaf(spiffe_id=webhook_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
STORE: Final = StoreQuestion(
    kind="SecretStore",
    namespace="team-a",
    name="main",
    uid="u",
    generation=3,
    provider="fake",
    spec_json=b'{"data":[]}',
)


@pytest.fixture
def stage(tmp_path: Path) -> ProviderStage:
    return ProviderStage.new(tmp_path)


@asynccontextmanager
async def client_of(
    stage: ProviderStage, *, leaf: Leaf = WEBHOOK, name: str = "tiny"
) -> AsyncIterator[ProviderServerClient]:
    server = ProviderServer(name=name, address=str(stage.settings.listen), stores=["fake"])
    trust = Trust(TlsSource(stage.identity(leaf)))
    client = ProviderServerClient(server, trust_domain=DEFAULT_TRUST_DOMAIN, trust=trust, timeout_s=5)
    try:
        yield client
    finally:
        await client.close()


async def old(_call: Call) -> Validation:
    return Validation(
        result=ValidationResult.READY, capability=StoreCapability.READ_ONLY, warnings=("its API version is old",)
    )


async def refused(_call: Call) -> Validation:
    raise InvalidStoreError('store "team-a/main": auth: names no method')


async def test_a_store_that_can_work_is_asked_about_whole(stage: ProviderStage) -> None:
    stage.provider.validate_store = old
    async with stage.serving(), client_of(stage) as client:
        assert await client.validate(STORE) == ("its API version is old",)
    (call,) = stage.provider.seen
    assert (call.store.ref.name, call.store.ref.namespace, call.store.ref.uid) == ("main", "team-a", "u")
    assert (call.store.provider, call.store.spec_json) == ("fake", STORE.spec_json)
    assert (call.consumer.kind, call.consumer.namespace) == ("SecretStore", "team-a")


async def test_a_store_that_cannot_work_is_an_error_in_the_servers_words(stage: ProviderStage) -> None:
    stage.provider.validate_store = refused
    async with stage.serving(), client_of(stage) as client:
        with pytest.raises(InvalidStoreError, match="auth: names no method"):
            await client.validate(STORE)


@pytest.mark.parametrize(
    ("leaf", "name", "error"),
    [
        pytest.param(WEBHOOK, "vault", ProviderError, id="a-server-that-is-somebody-else"),
        pytest.param(
            Leaf(spiffe_id=pusher_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT),
            "tiny",
            CallerNotAllowedError,
            id="us-if-we-are-somebody-else",
        ),
    ],
)
async def test_nothing_comes_of_asking(stage: ProviderStage, leaf: Leaf, name: str, error: type[ProviderError]) -> None:
    async with stage.serving(), client_of(stage, leaf=leaf, name=name) as client:
        with pytest.raises(error):
            await client.validate(STORE)
    assert stage.provider.seen == []


async def test_a_server_that_is_away_is_unavailable_and_is_asked_again_when_it_is_back(stage: ProviderStage) -> None:
    async with client_of(stage) as client:
        with pytest.raises(UnavailableError):
            await client.validate(STORE)
        async with stage.serving():
            assert await client.validate(STORE) == ()


def asked_about(server: str) -> bytes:
    spec = {"provider": {"fake": {"data": [{"key": server, "value": "x"}]}}}
    metadata = {"name": "main", "namespace": "team-a", "uid": "u"}
    return review("SecretStore", object={"kind": "SecretStore", "metadata": metadata, "spec": spec})


def webhook_of(stage: ProviderStage) -> Webhook:
    directory = stage.directory / "webhook"
    directory.mkdir()
    providers = directory / "providers.yaml"
    address = str(stage.settings.listen)
    providers.write_text(f"providers: [{{name: tiny, address: '{address}', stores: [fake]}}]")
    flags = [f"--providers-file={providers}", f"--tls-dir={directory}/client"]
    return Webhook(directory, flags=flags, authority=stage.authority)


@pytest.mark.slow
async def test_the_process_warns_until_it_can_ask_and_refuses_what_a_server_refuses(stage: ProviderStage) -> None:
    webhook = webhook_of(stage)
    stage.provider.validate_store = refused
    with answering(webhook):
        # Nobody yet, as its identity for provider servers is not there.
        assert (await asyncio.to_thread(webhook.ask, asked_about("a"))).answer.allowed
        assert len(tls_facts(webhook)) == 1
        stage.authority.issue(WEBHOOK, webhook.directory / "client")
        await until_known(webhook, 2)

        answer = (await asyncio.to_thread(webhook.ask, asked_about("b"))).answer
        assert answer.allowed
        assert any("spec.provider.fake: could not be validated" in each for each in answer.warnings)

        async with stage.serving():
            answer = (await asyncio.to_thread(webhook.ask, asked_about("c"))).answer
    assert not answer.allowed
    assert answer.status is not None
    assert answer.status.message == 'spec.provider.fake: store "team-a/main": auth: names no method'


@pytest.mark.slow
async def test_the_process_says_which_certificates_it_uses(stage: ProviderStage) -> None:
    webhook = webhook_of(stage)
    stage.authority.issue(WEBHOOK, webhook.directory / "client")
    with answering(webhook):
        await until_known(webhook, 2)
        server, client = tls_facts(webhook)
    assert (server.identity, client.identity) == (
        "spiffe://bulkhead.local/webhook/server",
        "spiffe://bulkhead.local/webhook",
    )
    assert server.roots == client.roots
    assert server.issuer == client.issuer == server.roots[0]
    assert server.serial != client.serial


async def until_known(webhook: Webhook, count: int) -> None:
    for _ in range(200):
        if len(tls_facts(webhook)) >= count:
            return
        await asyncio.sleep(0.1)
    pytest.fail("the process does not say which certificates it uses")


def tls_facts(webhook: Webhook) -> Sequence[TlsFacts]:
    reply = webhook.probe("/tls")
    return msgspec.json.decode(reply.body, type=list[TlsFacts]) if reply.status == 200 else ()
