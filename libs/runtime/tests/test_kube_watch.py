"""The watch: nothing missed, nothing told twice, and back on its feet after whatever a server does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
import pytest

from bulkhead_api.meta import ObjectMeta
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_testkit.fake_api_server import Failure, FakeApiServer, Object

MAPS = "v1/configmaps"
PATH = resource_path("v1", "configmaps")
A, B, C = (ObjectKey("default", name) for name in "abc")


class ConfigMap(msgspec.Struct, frozen=True, kw_only=True):
    metadata: ObjectMeta
    data: dict[str, str] = {}


def config_map(name: str, value: str = "1", **labels: str) -> Object:
    return {
        "metadata": {"name": name, "namespace": "default", "labels": {**labels}},
        "data": {"value": value},
    }


@dataclass
class Watcher:
    """An informer and everything that it told."""

    informer: Informer[ConfigMap]
    changes: list[str]
    undecodable: list[str]
    delays_s: list[float]

    @property
    def values(self) -> dict[str, str]:
        return {key.name: value.data.get("value", "") for key, value in self.informer.store.items()}

    async def until(self, check: Callable[[], bool]) -> None:
        """Wait for what is only a matter of time; every turn of the loop looks again."""
        async with asyncio.timeout(10):
            while not check():  # noqa: ASYNC110 - what is waited for is the other side's, and has no event
                await asyncio.sleep(0.002)

    async def until_values(self, **want: str) -> None:
        await self.until(lambda: self.values == want)


@asynccontextmanager
async def watching(
    client: KubeClient, path: str = PATH, *, label_selector: str | None = None
) -> AsyncIterator[Watcher]:
    changes: list[str] = []
    undecodable: list[str] = []
    delays_s: list[float] = []

    def note(old: ConfigMap | None, new: ConfigMap | None) -> None:
        before = old.data.get("value", "") if old else "-"
        after = new.data.get("value", "") if new else "-"
        name = (new or old).metadata.name  # type: ignore[union-attr]  # one of them is there
        changes.append(f"{name} {before} {after}")

    async def sleep(seconds: float) -> None:
        delays_s.append(seconds)
        await asyncio.sleep(min(seconds, 0.001))

    informer = Informer(
        client,
        path,
        ConfigMap,
        on_change=note,
        on_undecodable=lambda metadata, problem: undecodable.append(f"{metadata.name}: {problem}"),
        label_selector=label_selector,
        sleep=sleep,
    )
    task = asyncio.create_task(informer.run())
    try:
        yield Watcher(informer, changes, undecodable, delays_s)
        assert not task.done(), "the informer gave up"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def watching_synced(client: KubeClient, fake: FakeApiServer) -> AsyncIterator[Watcher]:
    """An informer that has seen `a` and `b` and waits for more."""
    fake.put(MAPS, config_map("a"))
    fake.put(MAPS, config_map("b"))
    async with watching(client) as watcher:
        await watcher.until(lambda: watcher.informer.synced.is_set() and fake.watches == 1)
        watcher.changes.clear()
        yield watcher


def verbs(fake: FakeApiServer) -> list[str]:
    return [call.verb for call in fake.calls]


async def test_what_is_there_is_told_before_synced(fake: FakeApiServer, client: KubeClient) -> None:
    fake.put(MAPS, config_map("a"))
    async with watching(client) as watcher:
        async with asyncio.timeout(10):
            await watcher.informer.synced.wait()
        assert watcher.changes == ["a - 1"]
        assert verbs(fake) == ["watch"]


async def test_an_empty_collection_is_synced_too(client: KubeClient) -> None:
    async with watching(client) as watcher, asyncio.timeout(10):
        await watcher.informer.synced.wait()
        assert watcher.informer.store == {}


async def test_changes_are_told_in_order_with_what_was_before(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.put(MAPS, config_map("c", "1"))
        fake.put(MAPS, config_map("c", "2"))
        fake.remove(MAPS, "default", "a")
        await watcher.until_values(b="1", c="2")
        assert watcher.changes == ["c - 1", "c 1 2", "a 1 -"]


async def test_a_selector_narrows_the_watch(fake: FakeApiServer, client: KubeClient) -> None:
    fake.put(MAPS, config_map("a", team="red"))
    fake.put(MAPS, config_map("b", team="blue"))
    async with watching(client, label_selector="team=red") as watcher:
        await watcher.until_values(a="1")
        fake.put(MAPS, config_map("c", team="red"))
        await watcher.until_values(a="1", c="1")


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Failure(status=422, reason="Invalid"), id="refused-by-validation"),
        pytest.param(Failure(status=400, reason="BadRequest"), id="refused-as-unknown"),
        pytest.param(
            Failure(
                status=200,
                reason="",
                body=b'{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}\n',
            ),
            id="refused-by-an-error-event",
        ),
    ],
)
async def test_a_server_without_watch_list_is_listed_and_watched(
    fake: FakeApiServer, client: KubeClient, refusal: Failure
) -> None:
    fake.put(MAPS, config_map("a"))
    fake.fail("watch", refusal)
    async with watching(client) as watcher:
        await watcher.until_values(a="1")
        assert watcher.informer.synced.is_set()
        fake.put(MAPS, config_map("b"))
        await watcher.until_values(a="1", b="1")
        assert verbs(fake) == ["watch", "list", "watch"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
async def test_a_passing_refusal_does_not_give_up_watch_list(
    fake: FakeApiServer, client: KubeClient, status: int
) -> None:
    fake.fail("watch", Failure(status=status, reason="Refused"), times=2)
    async with watching(client) as watcher, asyncio.timeout(10):
        await watcher.informer.synced.wait()
        assert verbs(fake) == ["watch", "watch", "watch"]


async def test_retry_after_is_respected(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.fail("watch", Failure(status=429, reason="TooManyRequests", retry_after_s=17))
        fake.cut_watches()
        await watcher.until(lambda: 17 in watcher.delays_s)
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")


@pytest.mark.parametrize("end", [FakeApiServer.cut_watches, FakeApiServer.end_watches], ids=["cut", "ended"])
async def test_a_watch_that_ends_goes_on_where_it_was(
    fake: FakeApiServer, client: KubeClient, end: Callable[[FakeApiServer], None]
) -> None:
    async with watching_synced(client, fake) as watcher:
        end(fake)
        fake.put(MAPS, config_map("a", "2"))
        fake.remove(MAPS, "default", "b")
        await watcher.until_values(a="2")
        assert watcher.changes == ["a 1 2", "b 1 -"]
        assert "list" not in verbs(fake)


async def test_a_line_that_was_cut_in_the_middle_is_not_half_believed(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.cut_watches(after=b'{"type":"DELETED","object":{"metadata":{"name":"a","namespace":"default"')
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")
        assert watcher.changes == ["c - 1"]


async def test_a_server_that_was_down_for_a_while_is_followed_again(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        await fake.stop()
        await watcher.until(lambda: len(watcher.delays_s) > 12)
        fake.put(MAPS, config_map("a", "2"))
        await fake.start()
        await watcher.until_values(a="2", b="1")
        assert max(watcher.delays_s) > 1
        assert max(watcher.delays_s) <= 30


def expire_by_event(fake: FakeApiServer) -> None:
    fake.compact()
    fake.cut_watches()


def expire_by_status(fake: FakeApiServer) -> None:
    fake.fail("watch", Failure(status=410, reason="Expired"))
    fake.compact()
    fake.cut_watches()


@pytest.mark.parametrize("has_watch_list", [True, False], ids=["watch-list", "list-and-watch"])
@pytest.mark.parametrize("expire", [expire_by_event, expire_by_status])
async def test_an_expired_position_is_made_up_for(
    fake: FakeApiServer,
    client: KubeClient,
    expire: Callable[[FakeApiServer], None],
    *,
    has_watch_list: bool,
) -> None:
    fake.has_watch_list = has_watch_list
    async with watching_synced(client, fake) as watcher:
        fake.send(b"")
        fake.remove(MAPS, "default", "b")
        fake.put(MAPS, config_map("c"))
        expire(fake)
        await watcher.until_values(a="1", c="1")
        # The one that did not change is not told again, the one that went while nobody looked is.
        assert sorted(watcher.changes) == ["b 1 -", "c - 1"]


async def test_a_bookmark_moves_the_position_on(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.compact()
        fake.bookmark()
        fake.end_watches()
        await watcher.until(lambda: len(verbs(fake)) == 2)
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")
        assert watcher.changes == ["c - 1"]
        assert verbs(fake) == ["watch", "watch"]


async def test_watches_that_expire_at_once_are_not_listed_in_a_storm(fake: FakeApiServer, client: KubeClient) -> None:
    fake.has_watch_list = False
    fake.fail("watch", Failure(status=422, reason="Invalid"))
    fake.fail("watch", Failure(status=410, reason="Expired"), times=12)
    async with watching(client) as watcher:
        await watcher.until(lambda: len(watcher.delays_s) > 12)
        assert max(watcher.delays_s) > 1


async def test_an_object_that_does_not_fit_is_reported_and_skipped(fake: FakeApiServer, client: KubeClient) -> None:
    bad: Object = {"metadata": {"name": "bad", "namespace": "default"}, "data": {"value": 7}}
    fake.put(MAPS, bad)
    async with watching_synced(client, fake) as watcher:
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")
        assert [text.partition(":")[0] for text in watcher.undecodable] == ["bad"]


async def test_an_object_that_stops_to_fit_stays_as_it_was_understood(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.put(MAPS, {"metadata": {"name": "a", "namespace": "default"}, "data": {"value": 7}})
        await watcher.until(lambda: bool(watcher.undecodable))
        fake.compact()
        fake.cut_watches()
        await watcher.until(lambda: len(watcher.undecodable) == 2)
        assert watcher.values == {"a": "1", "b": "1"}
        assert watcher.changes == []


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"not json", id="not-json"),
        pytest.param(b'{"type":"ADDED"}', id="no-object"),
        pytest.param(b'{"type":"ADDED","object":[]}', id="no-metadata"),
        pytest.param(b'{"type":"DELETED","object":{}}', id="a-deletion-of-nothing"),
        pytest.param(b'{"type":"SURPRISE","object":{}}', id="an-unknown-type"),
        pytest.param(b"\xff\xfe", id="not-utf-8"),
    ],
)
async def test_garbage_on_the_line_stops_nothing(fake: FakeApiServer, client: KubeClient, line: bytes) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.send(line)
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")


async def test_an_error_event_that_is_garbage_starts_the_watch_over(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.send(b'{"type":"ERROR","object":7}')
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")


async def test_an_object_of_two_megabytes_is_read(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.put(MAPS, config_map("c", "x" * 2**21))
        await watcher.until(lambda: C in watcher.informer.store)
        assert len(watcher.informer.store[C].data["value"]) == 2**21


async def test_a_renewed_token_is_picked_up_by_the_watch(fake: FakeApiServer, client: KubeClient) -> None:
    async with watching_synced(client, fake) as watcher:
        fake.set_token("token-2")
        fake.cut_watches()
        fake.put(MAPS, config_map("c"))
        await watcher.until_values(a="1", b="1", c="1")


async def test_a_list_of_many_pages_comes_whole(fake: FakeApiServer, client: KubeClient) -> None:
    fake.has_watch_list = False
    for number in range(1203):
        fake.put(MAPS, config_map(f"m{number}"))
    async with watching(client) as watcher:
        await watcher.until(watcher.informer.synced.is_set)
        assert len(watcher.informer.store) == 1203
        assert verbs(fake).count("list") == 3
