"""One watch for each kind that is a target of some ExternalSecret, so that drift is seen when it happens.

Only metadata is kept, and only of objects with the managed label. A kind that may not be watched goes without: its
targets are looked at with each refresh.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.meta import PartialObject
from bulkhead_controller.kinds import Kinds, Unfit
from bulkhead_controller.manifest_copies import ManifestCopies
from bulkhead_controller.objects import Objects, Resource
from bulkhead_controller.users import Users
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.errors import ApiError
from bulkhead_runtime.kube.events import ObjectKey, key_of
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_runtime.logging import get_logger
from bulkhead_target.target import LABEL_MANAGED

SELECTOR: Final = f"{LABEL_MANAGED}=true"
RECHECK_S: Final = 60.0
"""Between two looks whether a kind is served and may be watched by now."""

_LOG: Final = get_logger("targets")


class ManifestWatches:
    """Starts a watch with the first ExternalSecret whose target is of a kind, and ends it after the last."""

    def __init__(
        self,
        client: KubeClient,
        objects: Objects,
        kinds: Kinds,
        copies: ManifestCopies,
        *,
        namespace: str,
        on_change: Callable[[ManifestRef, ObjectKey], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask nothing yet.

        Args:
            client: with the rights.
            objects: says what these are.
            kinds: says where a kind's objects are.
            copies: where the copies are read from.
            namespace: the only one to look at; empty means all.
            on_change: is told the name of each object that changed.
            sleep: waits the given seconds; for tests.
        """
        self._client = client
        self._objects = objects
        self._kinds = kinds
        self._copies = copies
        self._namespace = namespace
        self._on_change = on_change
        self._sleep = sleep
        self._users: Users[ManifestRef] = Users()
        self._tasks: dict[ManifestRef, asyncio.Task[None]] = {}
        self._wanted = asyncio.Event()

    def put(self, user: ObjectKey, kind: ManifestRef | None) -> None:
        """Note of which kind an ExternalSecret's target is; None means a Secret, or that it is gone."""
        before = self._users.keys()
        if kind is None:
            self._users.drop(user)
        else:
            self._users.put(user, (kind,))
        # Told of each change of each ExternalSecret, most of which have Secrets.
        if self._users.keys() != before:
            self._wanted.set()

    async def run(self) -> None:
        """Keep the watches that are wanted until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                wanted = self._users.keys()
                for kind in self._tasks.keys() - wanted:
                    self._tasks.pop(kind).cancel()
                for kind in wanted - self._tasks.keys():
                    self._tasks[kind] = tasks.create_task(self._follow(kind))

    async def _follow(self, kind: ManifestRef) -> None:
        resource = await self._followed(kind)
        informer = Informer(
            self._client,
            resource_path(kind.api_version, resource.plural, namespace=self._namespace),
            PartialObject,
            on_change=partial(self._changed, kind),
            label_selector=SELECTOR,
            metadata_only=True,
        )
        self._copies.follow(kind, informer)
        try:
            await informer.run()
        finally:
            self._copies.drop(kind)

    async def _followed(self, kind: ManifestRef) -> Resource:
        """Wait until the kind is served and may be watched; says once that it is not."""
        is_told = False
        while True:
            problem = f"the controller's ServiceAccount may not list and watch {kind.kind} of {kind.api_version}"
            try:
                resource = await self._kinds.find(kind)
                if isinstance(resource, Unfit):
                    problem = resource.problem
                elif await self._objects.may_follow(resource, self._namespace):
                    return resource
            except ApiError as error:
                problem = str(error)
            if not is_told:
                _LOG.warning("targets are not watched; drift is seen with the next refresh", because=problem)
                is_told = True
            await self._sleep(RECHECK_S)

    def _changed(self, kind: ManifestRef, old: PartialObject | None, new: PartialObject | None) -> None:
        seen = new or old
        if seen is not None:
            self._on_change(kind, key_of(seen.metadata))
