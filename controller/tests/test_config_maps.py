"""ConfigMaps with templates: who is woken by which, what is read, and which are followed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec, Target
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.target_template import TargetTemplate, TemplateFrom, TemplateItem, TemplateSource
from bulkhead_controller.config_maps import ABSENT, ConfigMaps
from bulkhead_controller.profile import Profile, Rights
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.errors import NotFoundError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path
from bulkhead_testkit.fake_api_server import FakeApiServer, Json
from bulkhead_testkit.fake_cluster import FakeCluster

APP = ObjectKey("team-a", "app")
SHARED = ObjectKey("team-a", "shared")
SOME = Rights(config_map_namespaces=frozenset({"team-a", "team-b"}))
ALL = Rights(config_map_namespaces=frozenset({"*"}))


class ReadingCluster(FakeCluster):
    """Reads ConfigMaps from an API server, and says how often."""

    client: KubeClient
    reads: int = 0

    async def read_config_map(self, key: ObjectKey) -> ConfigMap:
        self.reads += 1
        return await self.client.get(
            resource_path("v1", "configmaps", namespace=key.namespace, name=key.name), ConfigMap
        )


@dataclass
class Site:
    """ConfigMaps over an API server."""

    server: FakeApiServer
    client: KubeClient
    rights: Rights = SOME
    woken: list[ObjectKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cluster = ReadingCluster()
        self.cluster.client = self.client
        self.config_maps = ConfigMaps(self.client, self.cluster, self.rights, namespace="", wake=self.woken.append)

    def put(self, key: ObjectKey = SHARED, text: str = "x") -> None:
        metadata: Json = {"name": key.name, "namespace": key.namespace}
        self.server.put("v1/configmaps", {"metadata": metadata, "data": {"k": text}})

    def uses(self, *names: str, user: ObjectKey = APP) -> None:
        entries = [TemplateFrom(config_map=TemplateSource(name=name, items=[TemplateItem(key="k")])) for name in names]
        spec = ExternalSecretSpec(target=Target(template=TargetTemplate(template_from=entries)))
        metadata = ObjectMeta(name=user.name, namespace=user.namespace)
        self.config_maps.external_secret_changed(user, ExternalSecret(metadata=metadata, spec=spec))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():  # noqa: ASYNC110 - an informer tells those alone who use something
                await asyncio.sleep(0.01)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[tuple[FakeApiServer, KubeClient], None]:
    async with FakeApiServer(tmp_path) as server, KubeClient(server.config) as client:
        yield server, client


@pytest.fixture
async def site(client: tuple[FakeApiServer, KubeClient]) -> AsyncGenerator[Site, None]:
    site = Site(*client)
    following = asyncio.create_task(_follow(site))
    yield site
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def _follow(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        site.config_maps.start(tasks)


async def test_nothing_is_followed_before_somebody_uses_one(site: Site) -> None:
    site.put()
    await asyncio.sleep(0)
    assert site.server.watches == 0
    assert site.config_maps.version(SHARED) == ""


async def test_a_change_wakes_who_uses_it_and_nobody_else(site: Site) -> None:
    site.put()
    site.uses("shared")
    site.uses("another", user=ObjectKey("team-a", "other"))
    await site.until(lambda: site.config_maps.version(SHARED) not in ("", ABSENT))
    first, site.woken[:] = site.config_maps.version(SHARED), []
    site.put(text="y")
    await site.until(lambda: bool(site.woken))
    assert site.woken == [APP]
    assert site.config_maps.version(SHARED) != first


async def test_one_that_does_not_exist_is_known_to_be_absent_and_wakes_when_it_comes(site: Site) -> None:
    site.uses("shared")
    await site.until(lambda: site.config_maps.version(SHARED) == ABSENT)
    with pytest.raises(NotFoundError):
        await site.config_maps.read(SHARED)
    site.put()
    await site.until(lambda: site.woken == [APP])


async def test_what_did_not_change_is_read_once(site: Site) -> None:
    site.put()
    site.uses("shared")
    await site.until(lambda: site.config_maps.version(SHARED) not in ("", ABSENT))
    assert [(await site.config_maps.read(SHARED)).data for _ in range(3)] == [{"k": "x"}] * 3
    assert site.cluster.reads == 1
    seen = site.config_maps.version(SHARED)
    site.put(text="y")
    await site.until(lambda: site.config_maps.version(SHARED) != seen)
    assert (await site.config_maps.read(SHARED)).data == {"k": "y"}


async def test_what_nobody_uses_any_more_is_not_kept(site: Site) -> None:
    site.put()
    site.uses("shared")
    await site.until(lambda: site.config_maps.version(SHARED) not in ("", ABSENT))
    await site.config_maps.read(SHARED)
    site.config_maps.external_secret_changed(APP, None)
    await site.config_maps.read(SHARED)
    assert site.cluster.reads == 2


async def test_each_namespace_in_use_is_followed_by_itself(site: Site) -> None:
    site.uses("shared")
    site.uses("shared", user=ObjectKey("team-b", "app"))
    await site.until(lambda: site.server.watches == 2)


@pytest.mark.parametrize("rights", [ALL, Rights(profile=Profile.ESO_COMPAT)], ids=["named", "eso-compat"])
async def test_where_all_may_be_read_one_watch_is_enough(
    client: tuple[FakeApiServer, KubeClient], rights: Rights
) -> None:
    site = Site(*client, rights=rights)
    following = asyncio.create_task(_follow(site))
    site.put()
    site.uses("shared")
    site.uses("shared", user=ObjectKey("team-b", "app"))
    await site.until(lambda: site.config_maps.version(SHARED) not in ("", ABSENT))
    assert site.server.watches == 1
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_where_none_may_be_read_none_is_followed(client: tuple[FakeApiServer, KubeClient]) -> None:
    site = Site(*client, rights=Rights())
    site.uses("shared")
    assert site.config_maps.version(SHARED) == ""
    assert site.server.watches == 0
