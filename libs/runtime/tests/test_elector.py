"""The election against an API server in this process, with a clock that the test turns."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from bulkhead_api.meta import PartialObject
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.elector import Candidacy, Elector, LeadershipLostError
from bulkhead_runtime.kube.errors import FencedError
from bulkhead_runtime.kube.leader import ElectionTimes, Lease
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer, Object

PATH = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
TIMES = ElectionTimes(
    lease_duration=timedelta(seconds=15), renew_deadline=timedelta(seconds=10), retry_period=timedelta(milliseconds=5)
)
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


class PartialList(msgspec.Struct):
    items: list[PartialObject]


class Clock:
    """Seconds that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def elector(client: KubeClient, identity: str, clock: Clock) -> Elector:
    candidacy = Candidacy(namespace="default", lease_name="l", identity=identity, times=TIMES)
    return Elector(client, candidacy, clock=clock, draw=lambda: 0.0)


async def holder(client: KubeClient) -> str:
    return (await client.get(PATH, Lease)).spec.holder_identity


def others_lease(fake: FakeApiServer, holder: str, *, renewed: str = "2026-01-01T00:00:00.000000Z") -> None:
    spec: Object = {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": renewed, "leaseTransitions": 1}
    metadata: Object = {"name": "l", "namespace": "default", "labels": {"kept": "yes"}}
    fake.put("coordination.k8s.io/v1/leases", {"metadata": metadata, "spec": spec})


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not check():  # noqa: ASYNC110 - the other side has no event
            await asyncio.sleep(0.002)


async def test_the_first_leads_and_gives_the_lease_back(client: KubeClient, clock: Clock) -> None:
    first, second = elector(client, "first", clock), elector(client, "second", clock)
    async with first.campaign():
        await first.leading.wait()
        assert (first.is_leading(), await holder(client)) == (True, "first")
        async with second.campaign():
            await asyncio.sleep(0.03)
            assert not second.is_leading()
    assert not first.is_leading()
    lease = await client.get(PATH, Lease)
    assert (lease.spec.holder_identity, lease.spec.lease_duration_seconds, lease.spec.lease_transitions) == ("", 1, 0)


async def test_the_next_one_leads_at_once_when_the_lease_is_given_back(client: KubeClient, clock: Clock) -> None:
    first, second = elector(client, "first", clock), elector(client, "second", clock)
    async with first.campaign():
        await first.leading.wait()
    async with second.campaign():
        async with asyncio.timeout(5):
            await second.leading.wait()
        assert (await client.get(PATH, Lease)).spec.lease_transitions == 1


async def test_a_silent_holder_is_followed_only_after_the_lease_stood_still_for_its_duration(
    fake: FakeApiServer, client: KubeClient, clock: Clock
) -> None:
    others_lease(fake, "gone")
    us = elector(client, "us", clock)
    async with us.campaign():
        await until(lambda: len(fake.calls) > 2)
        clock.now += 14.9
        calls = len(fake.calls)
        await until(lambda: len(fake.calls) > calls + 2)
        assert not us.leading.is_set()
        clock.now += 0.1
        async with asyncio.timeout(5):
            await us.leading.wait()
        kept = await client.get(PATH, PartialObject)
        assert kept.metadata.labels == {"kept": "yes"}


async def test_a_leader_that_was_stopped_writes_nothing_when_it_wakes(fake: FakeApiServer, clock: Clock) -> None:
    async with KubeClient(fake.config) as control:
        us = elector(control, "us", clock)
        async with KubeClient(fake.config, fence=us.is_leading) as work:
            body = msgspec.json.encode({"metadata": {"name": "before"}})
            with pytest.raises(FencedError):
                await work.post(CONFIG_MAPS, body, PartialObject)

            async def lead() -> None:
                async with us.campaign():
                    await us.leading.wait()
                    await work.post(CONFIG_MAPS, body, PartialObject)
                    clock.now += 10
                    with pytest.raises(FencedError):
                        await work.post(CONFIG_MAPS, body, PartialObject)
                    # What is read may still be looked at.
                    await work.get(f"{CONFIG_MAPS}/before", PartialObject)
                    await asyncio.Event().wait()

            with pytest.raises(ExceptionGroup) as lost:
                await lead()
            assert lost.group_contains(LeadershipLostError, match="not renewed within")
    assert [call.verb for call in fake.calls if call.resource == "v1/configmaps"] == ["create", "get"]


async def test_a_leader_whose_lease_another_took_stops_at_once(
    fake: FakeApiServer, client: KubeClient, clock: Clock
) -> None:
    us = elector(client, "us", clock)

    async def lead() -> None:
        async with us.campaign():
            await us.leading.wait()
            others_lease(fake, "thief")
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as lost:
        await lead()
    assert lost.group_contains(LeadershipLostError, match="thief leads")
    assert not us.is_leading()
    assert await holder(client) == "thief"


async def test_a_leader_outlives_refusals_shorter_than_its_deadline(
    fake: FakeApiServer, client: KubeClient, clock: Clock
) -> None:
    us = elector(client, "us", clock)
    async with us.campaign():
        await us.leading.wait()
        fake.fail("update", Failure(status=500, reason="InternalError"), times=3)
        calls = len(fake.calls)
        await until(lambda: len(fake.calls) > calls + 4)
        assert us.is_leading()


async def test_a_leader_makes_its_lease_anew_when_somebody_deleted_it(
    fake: FakeApiServer, client: KubeClient, clock: Clock
) -> None:
    us = elector(client, "us", clock)
    async with us.campaign():
        await us.leading.wait()
        fake.remove("coordination.k8s.io/v1/leases", "default", "l")
        await until(lambda: sum(call.verb == "create" for call in fake.calls) == 2)
        await until(lambda: fake.calls[-1].verb == "update")
        assert await holder(client) == "us"


async def test_what_runs_under_the_lease_ends_before_it_is_given_back(client: KubeClient, clock: Clock) -> None:
    us = elector(client, "us", clock)
    ended_with: list[str] = []

    async def work() -> None:
        async with us.campaign():
            try:
                await asyncio.Event().wait()
            finally:
                ended_with.append(await holder(client))

    task = asyncio.create_task(work())
    await us.leading.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ended_with == ["us"]
    assert await holder(client) == ""


async def test_a_lease_is_given_back_though_the_last_renewal_was_cut_off(
    fake: FakeApiServer, client: KubeClient, clock: Clock
) -> None:
    us = elector(client, "us", clock)
    async with us.campaign():
        await us.leading.wait()
        # The API server carried it out, and nobody heard of it.
        others_lease(fake, "us", renewed="2026-02-02T00:00:00.000000Z")
    assert await holder(client) == ""


@pytest.mark.parametrize("warm", [False, True], ids=["on-a-new-connection", "on-a-kept-connection"])
async def test_a_write_whose_time_ends_while_it_waits_for_a_connection_is_not_sent(
    fake: FakeApiServer, warm: bool
) -> None:
    answers: list[bool] = []
    body = msgspec.json.encode({"metadata": {"name": "late"}})
    async with KubeClient(fake.config, fence=lambda: answers.pop(0)) as work:
        if warm:
            await work.get("/api/v1/namespaces/default/configmaps", PartialList)
        answers += [True, False]
        with pytest.raises(FencedError) as fenced:
            await work.post(CONFIG_MAPS, body, PartialObject)
        answers += [True, True]
        await work.post(CONFIG_MAPS, body, PartialObject)
    assert str(fenced.value) == f"POST {CONFIG_MAPS}: NotLeading"
    assert [call.verb for call in fake.calls if call.verb != "list"] == ["create"]
