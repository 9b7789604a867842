"""ConfigMaps with templates: followed by their metadata where somebody uses them, read when they have changed."""

import asyncio
from collections.abc import Callable
from typing import Final

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import PartialObject
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.profile import EVERYWHERE, Profile, Rights
from bulkhead_controller.users import Users
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey, key_of
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_target.template.steps import SourceKind, sources_of

ABSENT: Final = "absent"
"""Stands for the resourceVersion of a ConfigMap that does not exist."""


class ConfigMaps:
    """The ConfigMaps that ExternalSecrets name. Implements `templating.ConfigMapSource`."""

    def __init__(
        self,
        client: KubeClient,
        cluster: Cluster,
        rights: Rights,
        *,
        namespace: str,
        wake: Callable[[ObjectKey], None],
    ) -> None:
        """Ask nothing yet.

        Args:
            client: follows.
            cluster: reads.
            rights: say where that is allowed.
            namespace: the only one to look at; empty means all.
            wake: is told the name of each ExternalSecret one of whose ConfigMaps changed.
        """
        self._client = client
        self._cluster = cluster
        self._rights = rights
        self._namespace = namespace
        self._wake = wake
        self._users: Users[ObjectKey] = Users()
        self._kept: dict[ObjectKey, ConfigMap] = {}
        self._informers: dict[str, Informer[PartialObject]] = {}
        self._wanted = asyncio.Event()

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Follow what is used from now on, until cancelled."""
        tasks.create_task(self._follow_all())

    def external_secret_changed(self, key: ObjectKey, new: ExternalSecret | None) -> None:
        """Note which ConfigMaps the ExternalSecret uses now; None means that it is gone."""
        used = config_maps_of(new) if new is not None and self._rights.may_read_config_maps(key.namespace) else []
        before = self._users.used_by(key)
        self._users.put(key, used)
        for each in before.difference(used):
            if not self._users.count(each):
                self._kept.pop(each, None)
        if used:
            self._wanted.set()

    def version(self, key: ObjectKey) -> str:
        """Give the newest known resourceVersion, `ABSENT` if there is no such ConfigMap; empty while unknown."""
        informer = self._informers.get(self._scope(key.namespace))
        if informer is None or not informer.synced.is_set():
            return ""
        copy = informer.store.get(key)
        return copy.metadata.resource_version if copy is not None else ABSENT

    async def read(self, key: ObjectKey) -> ConfigMap:
        """Read a ConfigMap, if it is another than when it was read last.

        Raises:
            ApiError: it cannot be read, or does not exist.
        """
        kept = self._kept.get(key)
        if kept is not None and kept.metadata.resource_version == self.version(key):
            return kept
        found = await self._cluster.read_config_map(key)
        if self._users.count(key):
            self._kept[key] = found
        return found

    async def _follow_all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                used = self._users.keys()
                wanted = {self._scope(key.namespace) for key in used}
                for scope in sorted(wanted - self._informers.keys()):
                    informer = self._informers[scope] = self._informer(scope)
                    tasks.create_task(informer.run())

    def _informer(self, scope: str) -> Informer[PartialObject]:
        path = resource_path("v1", "configmaps", namespace=scope)
        return Informer(self._client, path, PartialObject, on_change=self._changed, metadata_only=True)

    def _scope(self, namespace: str) -> str:
        """Say what is followed to know about a namespace: itself, or all that there are at once."""
        rights = self._rights
        is_everywhere = rights.profile is Profile.ESO_COMPAT or EVERYWHERE in rights.config_map_namespaces
        return self._namespace if is_everywhere else namespace

    def _changed(self, old: PartialObject | None, new: PartialObject | None) -> None:
        seen = new or old
        for user in self._users.of(key_of(seen.metadata)) if seen is not None else ():
            self._wake(user)


def config_maps_of(external_secret: ExternalSecret) -> list[ObjectKey]:
    """Name the ConfigMaps that hold templates of an ExternalSecret."""
    template = external_secret.spec.target.template
    sources = sources_of(template) if template is not None else []
    namespace = external_secret.metadata.namespace
    return [ObjectKey(namespace, source.name) for source in sources if source.kind is SourceKind.CONFIG_MAP]
