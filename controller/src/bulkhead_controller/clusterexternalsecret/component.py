"""Puts the reconciler of ClusterExternalSecrets together: its watch, its queues and its workers."""

import asyncio
from collections.abc import Mapping
from typing import Final

from bulkhead_api.cluster_external_secret import PLURAL, ClusterExternalSecret
from bulkhead_api.external_secret import API_VERSION, ExternalSecret
from bulkhead_api.namespace import Namespace
from bulkhead_controller.clusterexternalsecret.apply import Applier
from bulkhead_controller.clusterexternalsecret.children import children_name, owner_name
from bulkhead_controller.clusterexternalsecret.gather import Gatherer
from bulkhead_controller.clusterexternalsecret.index import Children
from bulkhead_controller.clusterexternalsecret.reconcile import Reconciler
from bulkhead_controller.clusterexternalsecret.release import Releaser, is_held
from bulkhead_controller.clusterexternalsecret.targets import concerns
from bulkhead_controller.clusterexternalsecret.triggers import wakes_owner, wakes_owner_of_child
from bulkhead_controller.events import Recorder
from bulkhead_controller.fleet import Fleet
from bulkhead_controller.loop_metrics import LoopCollector, LoopMetrics
from bulkhead_controller.metrics import ObjectMetrics, labels_from
from bulkhead_controller.watchdog import Watchdog
from bulkhead_controller.worker import work
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_runtime.workqueue import WorkQueue

WORKERS: Final = 4
SETTLE_S: Final = 0.2
"""Changes of children come in crowds, most of them by our own writes: one look at their owner is enough for many."""


class ClusterExternalSecrets:
    """Everything about ClusterExternalSecrets. Its owner tells it changes of namespaces and ExternalSecrets."""

    def __init__(
        self,
        client: KubeClient,
        fleet: Fleet,
        *,
        namespaces: Mapping[ObjectKey, Namespace],
        external_secrets: Mapping[ObjectKey, ExternalSecret],
        recorder: Recorder,
        loops: LoopCollector,
        extended_metric_labels: bool,
        watchdog_bound_s: float,
    ) -> None:
        """Take the copies and the seams; nothing is asked before `start`."""
        self._children = Children()
        self._loop = LoopMetrics("clusterexternalsecret", workers=WORKERS)
        self._loops = loops
        self._owners: WorkQueue[ObjectKey] = WorkQueue(on_wait=self._loop.waited)
        self._held: WorkQueue[ObjectKey] = WorkQueue()
        self._watchdog_bound_s = watchdog_bound_s
        self._watchdogs: list[Watchdog] = []
        self.informer = Informer(
            client, resource_path(API_VERSION, PLURAL), ClusterExternalSecret, on_change=self._owner_changed
        )
        gatherer = Gatherer(
            owners=self.informer.store,
            namespaces=namespaces,
            external_secrets=external_secrets,
            children=self._children,
        )
        self._reconciler = Reconciler(
            gatherer=gatherer,
            applier=Applier(fleet),
            recorder=recorder,
            metrics=ObjectMetrics(
                "clusterexternalsecret",
                counts=False,
                labels_of=labels_from(self.informer.store) if extended_metric_labels else None,
            ),
        )
        self._releaser = Releaser(namespaces, fleet)

    @property
    def is_live(self) -> bool:
        """Whether the workers do their work; so before there are any."""
        return all(watchdog.is_live() for watchdog in self._watchdogs)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start the workers; all copies must be complete, else a child would seem missing that is only not here yet."""
        # Made here, as whatever waited before waited for nobody.
        owners, held = (
            Watchdog(each.longest_wait_s, bound_s=self._watchdog_bound_s) for each in (self._owners, self._held)
        )
        self._watchdogs = [owners, held]
        self._loops.track(self._loop, self._owners)
        for _ in range(WORKERS):
            tasks.create_task(work(self._owners, self._reconciler.reconcile, owners, self._loop))
        tasks.create_task(work(self._held, self._releaser.reconcile, held))

    def external_secret_changed(self, key: ObjectKey, old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        """Take note of a change of an ExternalSecret that may be somebody's child."""
        self._children.change(key, old, new)
        if not wakes_owner_of_child(old, new):
            return
        for name in {owner_name(each.metadata) for each in (old, new) if each is not None}:
            if name is not None:
                self._owners.add_after(ObjectKey("", name), SETTLE_S)
        if new is None:
            # It may have stood where a child should be.
            for owner_key, owner in self.informer.store.items():
                if children_name(owner) == key.name:
                    self._wake(owner_key)

    def namespace_changed(self, key: ObjectKey, old: Namespace | None, new: Namespace | None) -> None:
        """Take note of a change of a namespace."""
        if new is not None and is_held(new):
            self._held.forget(key)
            self._held.add(key)
        for owner_key, owner in self.informer.store.items():
            if concerns(owner.spec, old, new):
                self._wake(owner_key)

    def _owner_changed(self, old: ClusterExternalSecret | None, new: ClusterExternalSecret | None) -> None:
        if wakes_owner(old, new):
            there = new or old
            if there is not None:
                self._wake(ObjectKey("", there.metadata.name))

    def _wake(self, key: ObjectKey) -> None:
        self._owners.forget(key)
        self._owners.add(key)
