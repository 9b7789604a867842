"""Asking provider servers about stores: only what can never work is refused, nobody waits for long or asks twice."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from bulkhead_api.errors import (
    AccessDeniedError,
    InternalError,
    InvalidStoreError,
    PolicyDeniedError,
    ProviderError,
    UnauthenticatedError,
    UnavailableError,
)
from bulkhead_validation.fault import Fault, Verdict
from bulkhead_webhook.ask import Asker
from bulkhead_webhook.question import Operation, Question
from bulkhead_webhook.store_question import StoreQuestion, store_question_from


class FakeServer:
    """A provider server that answers as it is told."""

    name = "vault"

    def __init__(self, answer: Sequence[str] | ProviderError = (), *, hangs: bool = False) -> None:
        self.answer = answer
        self.asked: list[StoreQuestion] = []
        self._hangs = hangs

    async def validate(self, store: StoreQuestion) -> Sequence[str]:
        self.asked.append(store)
        if self._hangs:
            await asyncio.Event().wait()
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return self.answer


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def question(
    provider: object = None,
    *,
    kind: str = "SecretStore",
    operation: Operation = Operation.CREATE,
    metadata: object = None,
    subresource: str = "",
) -> Question:
    spec = {"provider": {"vault": {"server": "https://vault"}} if provider is None else provider}
    return Question(
        review="admission.k8s.io/v1",
        uid="request-uid",
        group="external-secrets.io",
        kind=kind,
        subresource=subresource,
        namespace="team-a",
        name="main",
        operation=operation,
        object_json=msgspec.json.encode(
            {"metadata": {"name": "main", "uid": "u", "generation": 3} if metadata is None else metadata, "spec": spec}
        ),
        old_json=b"",
    )


def asker(server: FakeServer, *, timeout_s: float = 5, clock: Clock | None = None) -> Asker:
    return Asker({"vault": server}, timeout_s=timeout_s, clock=clock or Clock())


async def test_a_store_is_asked_about_with_what_the_provider_needs_of_it() -> None:
    server = FakeServer(["is old"])
    faults = await asker(server).ask(question(), ())
    assert faults == [Fault(path="spec.provider.vault", message="is old", verdict=Verdict.DOUBTFUL)]
    (asked,) = server.asked
    assert (asked.kind, asked.namespace, asked.name, asked.uid, asked.generation) == (
        *("SecretStore", "team-a", "main"),
        *("u", 3),
    )
    assert (asked.provider, asked.spec_json) == ("vault", b'{"server":"https://vault"}')


async def test_a_cluster_store_has_no_namespace_and_a_new_object_without_a_uid_has_the_requests() -> None:
    server = FakeServer()
    await asker(server).ask(question(kind="ClusterSecretStore", metadata={}), ())
    assert (server.asked[0].namespace, server.asked[0].name, server.asked[0].uid) == ("", "main", "request-uid")


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(question(kind="ExternalSecret"), id="an-externalsecret"),
        pytest.param(question(operation=Operation.DELETE), id="a-deletion"),
        pytest.param(question(subresource="status"), id="a-status"),
        pytest.param(question({"aws": {}}), id="a-provider-that-is-not-routed"),
        pytest.param(question({}), id="no-provider"),
        pytest.param(question({"vault": {}, "aws": {}}), id="two-providers"),
        pytest.param(question({"vault": None}), id="a-provider-that-is-null"),
        pytest.param(question("vault"), id="a-text-as-provider"),
    ],
)
async def test_nobody_is_asked_about(asked: Question) -> None:
    server = FakeServer()
    assert await asker(server).ask(asked, ()) == ()
    assert server.asked == []


@pytest.mark.parametrize("verdict", [Verdict.ESO_REFUSES, Verdict.NEVER_WORKS])
async def test_nobody_is_asked_about_what_is_refused_anyway(verdict: Verdict) -> None:
    server = FakeServer()
    await asker(server).ask(question(), [Fault(path="spec", message="m", verdict=verdict)])
    assert server.asked == []


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        pytest.param(InvalidStoreError("spec: no auth"), Verdict.NEVER_WORKS, id="a-spec-that-cannot-work"),
        pytest.param(UnauthenticatedError("no credential"), Verdict.DOUBTFUL, id="a-credential-that-may-come-later"),
        pytest.param(AccessDeniedError("not yours"), Verdict.DOUBTFUL, id="a-right-that-may-come-later"),
        pytest.param(PolicyDeniedError("host"), Verdict.DOUBTFUL, id="a-policy-that-may-change"),
        pytest.param(UnavailableError("is away"), Verdict.DOUBTFUL, id="a-server-that-is-away"),
        pytest.param(InternalError("a defect"), Verdict.DOUBTFUL, id="a-defect"),
    ],
)
async def test_what_the_server_says_against_a_store(error: ProviderError, verdict: Verdict) -> None:
    (fault,) = await asker(FakeServer(error)).ask(question(), ())
    assert (fault.path, fault.verdict) == ("spec.provider.vault", verdict)
    assert error.message in fault.message


async def test_a_server_that_does_not_answer_is_a_warning_in_time() -> None:
    (fault,) = await asker(FakeServer(hangs=True), timeout_s=0.01).ask(question(), ())
    assert fault.verdict is Verdict.DOUBTFUL
    assert "did not answer in time" in fault.message


async def test_the_same_store_is_asked_about_once_in_some_seconds() -> None:
    server, clock = FakeServer(["is old"]), Clock()
    ask = asker(server, clock=clock).ask
    first = await ask(question(), ())
    assert await ask(question(), ()) == first
    assert len(server.asked) == 1
    await ask(question({"vault": {"server": "https://other"}}), ())
    assert len(server.asked) == 2
    clock.now_s += 60
    await ask(question(), ())
    assert len(server.asked) == 3


async def test_a_server_that_was_away_is_asked_again_at_once() -> None:
    server = FakeServer(UnavailableError("is away"))
    ask = asker(server).ask
    await ask(question(), ())
    server.answer = ()
    assert await ask(question(), ()) == []


def test_a_question_about_a_store_shows_nothing_of_its_spec() -> None:
    store = store_question_from(question({"vault": {"token": "canary"}}), ())
    assert store is not None
    assert "canary" not in repr(store)
    assert b"canary" not in store.fingerprint
