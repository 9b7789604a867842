"""Calls about objects of any kind as they reach the API server: verbs, paths, queries and bodies."""

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.manifest import Manifest, decode_content, encode_content
from bulkhead_api.meta import ObjectMeta
from bulkhead_controller.kinds import Kinds
from bulkhead_controller.kube_objects import KubeObjects
from bulkhead_controller.manifest_copies import ManifestCopies
from bulkhead_controller.manifest_watches import RECHECK_S, ManifestWatches
from bulkhead_controller.objects import Resource
from bulkhead_runtime.kube.errors import UndecodableReplyError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.fake_objects import CONFIG_MAP, WIDGET, FakeObjects
from bulkhead_testkit.offline_client import OfflineClient, RecordingClient

CONFIG_MAPS = Resource(kind=CONFIG_MAP, plural="configmaps")
WIDGETS = Resource(kind=WIDGET, plural="widgets")
KEY = ObjectKey("team-a", "app")
LIVE = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"app","resourceVersion":"7"},"data":{"a":"b"}}'
MANIFEST = Manifest(
    api_version="v1",
    kind="ConfigMap",
    metadata=ObjectMeta(name="app", namespace="team-a", resource_version="6"),
    content=encode_content({"data": {"a": "b"}}),
)


def sent(client: RecordingClient) -> list[tuple[str, str, Mapping[str, str] | None, bool]]:
    return [(call.method, call.path, call.query, call.sensitive) for call in client.calls]


@pytest.mark.parametrize(("api_version", "path"), [("v1", "/api/v1"), ("apps/v1", "/apis/apps/v1")])
async def test_what_is_served_is_asked_by_group_and_version(api_version: str, path: str) -> None:
    client = RecordingClient(
        b'{"resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": true, "verbs": ["get"]}]}'
    )
    (found,) = await KubeObjects(client).resources(api_version)
    assert (found.name, found.kind, found.namespaced, found.verbs) == ("configmaps", "ConfigMap", True, ["get"])
    assert sent(client) == [("GET", path, None, False)]


async def test_an_object_is_read_with_its_fields_out_of_sight() -> None:
    client = RecordingClient(LIVE)
    live = await KubeObjects(client).read(CONFIG_MAPS, KEY)
    assert sent(client) == [("GET", "/api/v1/namespaces/team-a/configmaps/app", None, True)]
    assert live.metadata.resource_version == "7"
    assert decode_content(live.content) == {"data": {"a": "b"}}
    assert '"a"' not in repr(live)


async def test_an_object_is_created_in_its_collection_and_replaced_in_its_place() -> None:
    client = RecordingClient(LIVE, LIVE)
    objects = KubeObjects(client)
    await objects.create(CONFIG_MAPS, MANIFEST, field_manager="fm")
    stored = await objects.replace(WIDGETS, MANIFEST, field_manager="fm")
    assert sent(client) == [
        ("POST", "/api/v1/namespaces/team-a/configmaps", {"fieldManager": "fm"}, True),
        ("PUT", "/apis/example.com/v1/namespaces/team-a/widgets/app", {"fieldManager": "fm"}, True),
    ]
    assert client.calls[0].body == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "app", "namespace": "team-a", "resourceVersion": "6"},
        "data": {"a": "b"},
    }
    assert stored.metadata.resource_version == "7"


async def test_a_reply_that_is_no_object_is_an_error_that_does_not_quote_it() -> None:
    with pytest.raises(UndecodableReplyError) as caught:
        await KubeObjects(RecordingClient(b'{"metadata": "mark"}')).create(CONFIG_MAPS, MANIFEST, field_manager="fm")
    assert "mark" not in str(caught.value)


async def test_an_object_nested_too_deeply_is_an_error_and_no_crash() -> None:
    reply = b'{"metadata": {}, "spec": %s%s}' % (b"[" * 100_000, b"]" * 100_000)
    with pytest.raises(UndecodableReplyError):
        await KubeObjects(RecordingClient(reply)).read(CONFIG_MAPS, KEY)


async def test_a_delete_is_bound_to_the_uid() -> None:
    client = RecordingClient(b"{}")
    await KubeObjects(client).delete(CONFIG_MAPS, KEY, uid="u-1")
    assert sent(client) == [("DELETE", "/api/v1/namespaces/team-a/configmaps/app", None, True)]
    assert [call.body for call in client.calls] == [
        {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "u-1"}}
    ]


@pytest.mark.parametrize(
    ("answers", "want"), [([True, True], True), ([True, False], False), ([False], False)], ids=["both", "list", "none"]
)
async def test_the_right_to_follow_is_the_one_to_list_and_to_watch(answers: list[bool], *, want: bool) -> None:
    client = RecordingClient(*(msgspec.json.encode({"status": {"allowed": each}}) for each in answers))
    assert await KubeObjects(client).may_follow(WIDGETS, "team-a") is want
    asked = [call.body["spec"]["resourceAttributes"] for call in client.calls]  # type: ignore[index]  # as it was sent
    assert len(asked) == len(answers)
    assert asked[0] == {"group": "example.com", "resource": "widgets", "verb": "list", "namespace": "team-a"}


class Following:
    """Watches over streams that never end; `followed` says which collections are being watched."""

    def __init__(self, *, may_watch: bool = True) -> None:
        self.followed: list[str] = []
        self.slept: list[float] = []
        self.may_sleep = asyncio.Event()
        self.objects = FakeObjects(may_watch=may_watch)
        self.copies = ManifestCopies()
        self.watches = ManifestWatches(
            _StreamingClient(self.followed),
            self.objects,
            Kinds(self.objects),
            self.copies,
            namespace="",
            on_change=lambda _kind, _key: None,
            sleep=self._sleep,
        )

    async def settle(self) -> None:
        """Let every task do what it can."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.may_sleep.wait()
        self.may_sleep.clear()


class _StreamingClient(OfflineClient):
    def __init__(self, followed: list[str]) -> None:
        super().__init__()
        self._followed = followed

    async def stream(self, path: str, *, query, idle_timeout_s, accept=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as in the class above
        self._followed.append(path)
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            self._followed.remove(path)


async def test_a_kind_is_followed_from_its_first_user_to_its_last() -> None:
    following = Following()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(following.watches.run())
        await following.settle()
        assert following.followed == []
        following.watches.put(ObjectKey("team-a", "one"), CONFIG_MAP)
        following.watches.put(ObjectKey("team-b", "two"), CONFIG_MAP)
        following.watches.put(ObjectKey("team-b", "three"), WIDGET)
        await following.settle()
        assert sorted(following.followed) == ["/api/v1/configmaps", "/apis/example.com/v1/widgets"]
        following.watches.put(ObjectKey("team-a", "one"), None)
        following.watches.put(ObjectKey("team-b", "three"), None)
        await following.settle()
        assert following.followed == ["/api/v1/configmaps"]
        following.watches.put(ObjectKey("team-b", "two"), None)
        await following.settle()
        assert following.followed == []
        assert not following.copies.is_current(CONFIG_MAP)
        running.cancel()


async def test_a_kind_that_may_not_be_watched_is_asked_for_again_later() -> None:
    following = Following(may_watch=False)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(following.watches.run())
        following.watches.put(ObjectKey("team-a", "one"), CONFIG_MAP)
        await following.settle()
        assert following.followed == []
        assert following.slept == [RECHECK_S]
        following.objects.may_watch = True
        following.may_sleep.set()
        await following.settle()
        assert following.followed == ["/api/v1/configmaps"]
        running.cancel()


async def test_a_kind_that_is_not_served_does_not_end_the_other_watches() -> None:
    following = Following()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(following.watches.run())
        following.watches.put(ObjectKey("team-a", "one"), ManifestRef(api_version="gone.example.com/v1", kind="Gone"))
        following.watches.put(ObjectKey("team-a", "two"), CONFIG_MAP)
        await following.settle()
        assert following.followed == ["/api/v1/configmaps"]
        running.cancel()
