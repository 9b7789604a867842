"""Whether the fence holds, by what the API server answers to a write that must be refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bulkhead_controller.fence import Fence, Verdict, decide_fence
from bulkhead_controller.profile import Profile
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ServerUnavailableError,
)
from bulkhead_runtime.metrics import REGISTRY
from bulkhead_testkit import offline_client
from bulkhead_testkit.fake_api_server import Call, Failure, FakeApiServer

NAMESPACE = "bulkhead-system"
REFUSED = Failure(status=422, reason="Invalid", message="denied request: bulkhead:namespace-protected: no Secret")
NO_RIGHT = Failure(status=403, reason="Forbidden", message="cannot create resource secrets")


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        pytest.param(None, Verdict.OPEN, id="stored-is-open"),
        pytest.param(ConflictError(409, "AlreadyExists"), Verdict.OPEN, id="exists-already-is-open"),
        pytest.param(
            InvalidError(422, "Invalid", message="bulkhead:label-missing: x"), Verdict.CLOSED, id="our-policy"
        ),
        pytest.param(InvalidError(422, "Invalid", message="name: Required"), Verdict.UNKNOWN, id="invalid-by-schema"),
        pytest.param(ForbiddenError(403, "Forbidden", message="cannot"), Verdict.UNKNOWN, id="no-right-yet"),
        pytest.param(NotFoundError(404, "NotFound"), Verdict.UNKNOWN, id="no-namespace"),
        pytest.param(ServerUnavailableError(0, "Timeout"), Verdict.UNKNOWN, id="no-answer"),
    ],
)
def test_answer_means(answer: ApiError | None, want: Verdict) -> None:
    assert decide_fence(answer) is want


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeApiServer]:
    async with FakeApiServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
async def client(server: FakeApiServer) -> AsyncIterator[KubeClient]:
    async with KubeClient(server.config) as opened:
        yield opened


async def test_wait_ends_when_the_policies_are_there(server: FakeApiServer, client: KubeClient) -> None:
    server.fail("create", NO_RIGHT)
    server.fail("create", NO_RIGHT)
    server.fail("create", REFUSED)
    fence = Fence(client, Profile.STRICT, retry_s=0)
    closed = [fence.is_closed]
    await fence.wait_until_closed(NAMESPACE)
    closed.append(fence.is_closed)
    assert closed == [False, True]
    call = Call(verb="create", resource="v1/secrets", namespace=NAMESPACE, name="", subresource="")
    assert server.calls == [call] * 3


async def test_trial_stores_nothing(client: KubeClient) -> None:
    fence = Fence(client, Profile.STRICT)
    assert [await fence.check(NAMESPACE) for _ in range(2)] == [Verdict.OPEN, Verdict.OPEN]


async def test_fence_that_is_taken_away_shows_and_a_server_that_is_away_does_not(
    server: FakeApiServer, client: KubeClient
) -> None:
    def shown() -> float | None:
        return REGISTRY.get_sample_value("bulkhead_fence_active", {"profile": "namespaced"})

    fence = Fence(client, Profile.NAMESPACED)
    seen = []
    for failure in (REFUSED, NO_RIGHT, None, REFUSED):
        if failure is not None:
            server.fail("create", failure)
        await fence.check(NAMESPACE)
        seen.append((fence.is_closed, shown()))
    assert seen == [(True, 1.0), (True, 1.0), (False, 0.0), (True, 1.0)]


class RefusingClient(offline_client.OfflineClient):
    """Refuses a number of trials and leaves the next one without an answer."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals
        self.is_done = asyncio.Event()

    async def answer(self, call: offline_client.Call) -> bytes:
        if not self.refusals:
            self.is_done.set()
            await asyncio.Event().wait()
        self.refusals -= 1
        raise InvalidError(422, "Invalid", message="bulkhead:namespace-protected: no")


async def test_fence_is_tried_again_and_again() -> None:
    client = RefusingClient(refusals=3)
    checking = asyncio.create_task(Fence(client, Profile.STRICT, retry_s=0, recheck_s=0).keep_checking(NAMESPACE))
    async with asyncio.timeout(10):
        await client.is_done.wait()
    checking.cancel()
    await asyncio.gather(checking, return_exceptions=True)
    assert client.refusals == 0


async def test_profile_without_a_fence_tries_nothing_and_shows_nothing(
    server: FakeApiServer, client: KubeClient
) -> None:
    fence = Fence(client, Profile.ESO_COMPAT)
    await fence.wait_until_closed(NAMESPACE)
    await fence.keep_checking(NAMESPACE)
    assert (fence.is_closed, server.calls) == (True, [])
    assert REGISTRY.get_sample_value("bulkhead_fence_active", {"profile": "eso-compat"}) is None
