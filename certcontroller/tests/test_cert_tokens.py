"""Tokens of provider servers: which are made, when, for whom, and what is said when that fails."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.identities import IdentitiesError
from bulkhead_certcontroller.metrics import TokenMetrics
from bulkhead_certcontroller.place import PlaceError
from bulkhead_certcontroller.reconcile import PassResult
from bulkhead_certcontroller.secrets import SecretPlace
from bulkhead_certcontroller.settings import settings_from_arguments
from bulkhead_certcontroller.token_accounts import TokenAccount, load_token_accounts
from bulkhead_certcontroller.token_decide import (
    KeepToken,
    MakeToken,
    TokenFacts,
    TokenInputs,
    TokenReason,
    decide_token,
    facts_from,
)
from bulkhead_certcontroller.token_reconcile import TokenReconciler, TokenTerms, both
from bulkhead_certcontroller.token_request import Binding, MadeToken, TokenMaker
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer

NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
LIFETIME: Final = timedelta(minutes=30)
SUBJECT: Final = "system:serviceaccount:system:bulkhead-provider-vault"
ACCOUNT: Final = TokenAccount(
    name="provider-vault", service_account="bulkhead-provider-vault", secret="bulkhead-token-vault"
)
FACTS: Final = TokenFacts(subject=SUBJECT, secret_uid="u1", issued_at=NOW, expires_at=NOW + LIFETIME)
GOOD: Final = TokenInputs(
    subject=SUBJECT, secret_uid="u1", present=True, facts=FACTS, roots_current=True, lifetime=LIFETIME
)
MINUTE: Final = timedelta(minutes=1)


def token(*, subject: str = SUBJECT, uid: str = "u1", at: datetime = NOW, life: timedelta = LIFETIME) -> SecretValue:
    claims = {
        "sub": subject,
        "iat": int(at.timestamp()),
        "exp": int((at + life).timestamp()),
        "kubernetes.io": {"namespace": "system", "secret": {"name": "x", "uid": uid}},
    }
    body = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return SecretValue(b"eyJhbGciOiJub25lIn0." + body + b".c2ln")


@pytest.mark.parametrize(
    ("seen", "want"),
    [
        pytest.param(GOOD, None, id="a-good-one-stays"),
        pytest.param(replace(GOOD, present=False, facts=None), TokenReason.MISSING, id="none"),
        pytest.param(replace(GOOD, facts=None), TokenReason.UNREADABLE, id="something-else"),
        pytest.param(replace(GOOD, subject="other"), TokenReason.WRONG_ACCOUNT, id="of-another-account"),
        pytest.param(replace(GOOD, secret_uid="u2"), TokenReason.WRONG_SECRET, id="bound-to-a-secret-of-before"),
        pytest.param(replace(GOOD, roots_current=False), TokenReason.OTHER_ROOTS, id="beside-old-roots"),
        pytest.param(replace(GOOD, lifetime=LIFETIME / 2), TokenReason.LIVES_TOO_LONG, id="that-lives-too-long"),
        pytest.param(
            replace(GOOD, facts=replace(FACTS, issued_at=NOW + 2 * MINUTE, expires_at=NOW + LIFETIME)),
            TokenReason.NOT_YET_VALID,
            id="from-the-future",
        ),
        pytest.param(
            replace(GOOD, facts=replace(FACTS, issued_at=NOW - 20 * MINUTE, expires_at=NOW + 10 * MINUTE)),
            TokenReason.RENEWAL_DUE,
            id="at-two-thirds",
        ),
    ],
)
def test_a_token_is_replaced(seen: TokenInputs, want: TokenReason | None) -> None:
    kept = KeepToken(renew_at=NOW + 20 * MINUTE)
    assert decide_token(seen, now=NOW) == (kept if want is None else MakeToken(reason=want))


# Without a deadline: the first example loads what the others find loaded.
@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_content_of_the_secret_breaks_the_reading(content: bytes) -> None:
    assert facts_from(SecretValue(content)) is None


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["sub", "iat", "exp", "kubernetes.io"]), st.none() | st.integers() | st.text()))
def test_no_claims_break_the_reading(claims: dict[str, object]) -> None:
    body = urlsafe_b64encode(json.dumps(claims).encode())
    facts_from(SecretValue(b"a." + body + b".c"))


def test_what_a_token_says_is_read() -> None:
    assert facts_from(token()) == FACTS


class Maker:
    """Makes tokens that live as long as asked for, and remembers for whom."""

    namespace = "system"

    def __init__(self) -> None:
        self.now = NOW
        self.made: list[tuple[str, Binding]] = []
        self.refuses = False

    async def make(self, service_account: str, bound_to: Binding, lifetime: timedelta) -> MadeToken:
        if self.refuses:
            raise PlaceError("ServiceAccount system/x: refused")
        self.made.append((service_account, bound_to))
        value = token(uid=bound_to.uid, at=self.now, life=lifetime)
        return MadeToken(value=value, expires_at=self.now + lifetime)


class World:
    """A Secret that the chart has rendered empty, and a certcontroller."""

    def __init__(self, server: FakeApiServer, client: KubeClient) -> None:
        self.server = server
        self.maker = Maker()
        self.place = SecretPlace(api=client, namespace="system", secret=ACCOUNT.secret)
        self.roots = server.directory / "roots.crt"
        self.roots.write_text("PEM")
        self.registry = CollectorRegistry()
        self.reconciler = TokenReconciler(
            [ACCOUNT],
            {ACCOUNT.name: self.place},
            self.maker,
            TokenTerms(lifetime=LIFETIME, roots_file=self.roots),
            metrics=TokenMetrics(self.registry),
            clock=lambda: self.maker.now,
        )

    async def uid(self) -> str:
        return (await self.place.read()).uid


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with FakeApiServer(tmp_path / "api") as server:
        server.put("v1/secrets", {"metadata": {"name": ACCOUNT.secret, "namespace": "system"}, "type": "Opaque"})
        async with KubeClient(server.config) as client:
            yield World(server, client)


async def test_an_empty_secret_is_filled_with_a_token_that_is_bound_to_it(world: World) -> None:
    result = await world.reconciler.run_pass()

    assert result == PassResult(issued=("provider-vault",), renew_at=NOW + 20 * MINUTE)
    assert world.maker.made == [(ACCOUNT.service_account, Binding(name=ACCOUNT.secret, uid=await world.uid()))]
    files = (await world.place.read()).files
    assert files["ca.crt"] == SecretValue(b"PEM")
    assert files["namespace"] == SecretValue(b"system")
    assert facts_from(files["token"]) == replace(FACTS, secret_uid=await world.uid())
    assert {call.verb for call in world.server.calls} == {"get", "update"}


async def test_a_token_is_renewed_at_two_thirds_and_not_before(world: World) -> None:
    await world.reconciler.run_pass()
    world.maker.now = NOW + 19 * MINUTE
    assert (await world.reconciler.run_pass()).issued == ()
    world.maker.now = NOW + 20 * MINUTE
    assert (await world.reconciler.run_pass()).issued == ("provider-vault",)


async def test_new_roots_of_the_api_server_are_handed_on(world: World) -> None:
    await world.reconciler.run_pass()
    world.roots.write_text("NEW")
    assert (await world.reconciler.run_pass()).issued == ("provider-vault",)
    assert (await world.place.read()).files["ca.crt"] == SecretValue(b"NEW")


async def test_a_failure_is_counted_and_leaves_the_old_token(world: World) -> None:
    await world.reconciler.run_pass()
    before = (await world.place.read()).files
    world.maker.now, world.maker.refuses = NOW + LIFETIME, True
    assert (await world.reconciler.run_pass()).failed == ("provider-vault",)
    assert (await world.place.read()).files == before
    assert world.registry.get_sample_value("bulkhead_token_failures_total", {"token": "provider-vault"}) == 1


def test_two_passes_are_told_as_one() -> None:
    first = PassResult(issued=("a",), renew_at=NOW + MINUTE)
    second = PassResult(issued=("b",), failed=("c",), renew_at=NOW)
    assert both(first, second) == PassResult(issued=("a", "b"), failed=("c",), renew_at=NOW)
    assert both(first, PassResult()).renew_at == NOW + MINUTE


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        pytest.param(Failure(status=404, reason="NotFound"), "not found, or its Secret is not", id="no-account"),
        pytest.param(Failure(status=403, reason="Forbidden"), "the chart's Role and admission policy", id="no-right"),
        pytest.param(
            Failure(status=422, reason="Invalid", message="bulkhead:token-audience: no"),
            "name it in certificates.apiAudiences",
            id="other-audience",
        ),
        pytest.param(Failure(status=500, reason="InternalError"), "no token: .* 500 InternalError", id="broken-server"),
    ],
)
async def test_a_refused_request_says_what_to_do(world: World, failure: Failure, says: str) -> None:
    maker = TokenMaker(api=world.place.api, namespace="system")
    world.server.fail("create", failure)
    with pytest.raises(PlaceError, match=f"^ServiceAccount system/sa: .*{says}"):
        await maker.make("sa", Binding(name="s", uid="u"), LIFETIME)


async def test_a_granted_token_is_taken(world: World) -> None:
    status = {"token": "a.b.c", "expirationTimestamp": "2026-11-01T12:30:00Z"}
    body = json.dumps({"kind": "TokenRequest", "status": status}).encode()
    world.server.fail("create", Failure(status=201, reason="", body=body))
    made = await TokenMaker(api=world.place.api, namespace="system").make("sa", Binding(name="s", uid="u"), LIFETIME)
    assert made == MadeToken(value=SecretValue(b"a.b.c"), expires_at=NOW + LIFETIME)
    assert (world.server.calls[-1].name, world.server.calls[-1].subresource) == ("sa", "token")


ENTRY: Final = "{name: provider-vault, serviceAccount: bulkhead-provider-vault, secret: bulkhead-token-vault}"


def load(tmp_path: Path, text: str, taken: frozenset[str] = frozenset()) -> tuple[TokenAccount, ...]:
    file = tmp_path / "tokens.yaml"
    file.write_text(text)
    return load_token_accounts(file, taken)


def test_the_tokens_file_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, f"tokens: [{ENTRY}]") == (ACCOUNT,)
    assert load_token_accounts(None, frozenset()) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(f"tokens: [{ENTRY}, {ENTRY}]", "used more than once", id="twice"),
        pytest.param("tokens: [{name: a, serviceAccount: b/token, secret: c}]", "not a name", id="a-path"),
        pytest.param("tokens: [{name: a, serviceAccount: b}]", "secret", id="no-secret"),
        pytest.param("tokens: [{name: a, serviceAccount: b, secret: bulkhead-ca}]", "holds certificates", id="the-cas"),
        pytest.param("token: []", "unknown field", id="misspelt"),
    ],
)
def test_a_tokens_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(IdentitiesError, match=says):
        load(tmp_path, text, frozenset({"bulkhead-ca"}))


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(["--token-lifetime=9m"], id="shorter-than-the-api-server-gives"),
        pytest.param(["--token-lifetime=61m"], id="longer-than-the-policy-allows"),
        pytest.param(["--tokens-file=/t", "--output-dir=/o", "--ca-dir=/c"], id="without-an-api-server"),
    ],
)
def test_a_command_line_is_refused(flags: list[str]) -> None:
    with pytest.raises(SystemExit):
        settings_from_arguments(["--identities-file=/i", *flags])
