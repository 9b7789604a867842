"""Puts the answers to kinds that are not served together: their watches, a queue and a worker."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from bulkhead_api.push_secret import CLUSTER_PUSH_SECRET_PLURAL, PUSH_API_VERSION, PUSH_SECRET_PLURAL, PushSecret
from bulkhead_controller.caches import Caches
from bulkhead_controller.events import Recorder
from bulkhead_controller.fleet import Fleet, PushKey, PushKind
from bulkhead_controller.processing import Processing
from bulkhead_controller.unserved.reconcile import Reconciler
from bulkhead_controller.watchdog import Watchdog
from bulkhead_controller.worker import work
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_runtime.workqueue import Lane, WorkQueue


class UnservedKinds:
    """Everything about PushSecrets and ClusterPushSecrets."""

    def __init__(
        self,
        client: KubeClient,
        fleet: Fleet,
        *,
        caches: Caches,
        processing: Processing,
        namespace: str,
        recorders: Mapping[PushKind, Recorder],
        watchdog_bound_s: float,
        now: Callable[[], datetime],
    ) -> None:
        """Take the copies and the seams; with a `namespace` nothing else is looked at."""
        self._queue: WorkQueue[PushKey] = WorkQueue()
        self._watchdog = Watchdog(self._queue.longest_wait_s, bound_s=watchdog_bound_s)
        paths: dict[PushKind, str] = {}
        if processing.push_secrets:
            paths[PushKind.PUSH_SECRET] = resource_path(PUSH_API_VERSION, PUSH_SECRET_PLURAL, namespace=namespace)
        if processing.cluster_push_secrets and not namespace:
            paths[PushKind.CLUSTER_PUSH_SECRET] = resource_path(PUSH_API_VERSION, CLUSTER_PUSH_SECRET_PLURAL)
        informers = {
            kind: Informer(client, path, PushSecret, on_change=partial(self._changed, kind))
            for kind, path in paths.items()
        }
        self.informers: Sequence[Informer[PushSecret]] = list(informers.values())
        self._reconciler = Reconciler(
            objects={kind: informer.store for kind, informer in informers.items()},
            caches=caches,
            processing=processing,
            fleet=fleet,
            recorders=recorders,
            now=now,
        )

    @property
    def is_live(self) -> bool:
        """Whether the worker does its work."""
        return self._watchdog.is_live()

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start the watches and the worker; the copies of stores must be complete, as they tell whose an object is.

        Nothing else waits for these kinds, so a cluster where they are not installed has everything but them.
        """
        for informer in self.informers:
            tasks.create_task(informer.run())
        tasks.create_task(work(self._queue, self._reconciler.reconcile, self._watchdog))

    def _changed(self, kind: PushKind, old: PushSecret | None, new: PushSecret | None) -> None:
        if new is None or (old is not None and old.metadata.generation == new.metadata.generation):
            return
        key = PushKey(kind=kind, namespace=new.metadata.namespace, name=new.metadata.name)
        self._queue.forget(key)
        self._queue.add(key, Lane.PERIODIC)
