"""Puts together what spans namespaces: the copy of Namespaces, ClusterExternalSecrets, and the kinds not served yet."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.namespace import NAMESPACE_PLURAL, Namespace
from bulkhead_controller.caches import Caches
from bulkhead_controller.clusterexternalsecret.component import ClusterExternalSecrets
from bulkhead_controller.events import Recorder
from bulkhead_controller.fleet import PushKind
from bulkhead_controller.kube_fleet import KubeFleet
from bulkhead_controller.loop_metrics import LoopCollector
from bulkhead_controller.settings import Settings
from bulkhead_controller.triggers import wakes_namespace
from bulkhead_controller.unserved.component import UnservedKinds
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer

_WATCHDOG_BOUND_S = 600.0
"""Longer than all writes of one pass, which ends at the first that gets no answer."""


class ClusterKinds:
    """What the controller does besides syncing ExternalSecrets; almost nothing in an installation for one namespace."""

    def __init__(
        self,
        client: KubeClient,
        settings: Settings,
        *,
        external_secrets: Mapping[ObjectKey, ExternalSecret],
        recorder: Callable[[str], Recorder],
        loops: LoopCollector,
        on_labels: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        """Take the copy of ExternalSecrets and the seams; nothing is asked before the informers run.

        Args:
            client: open, and allowed what the chart gives.
            settings: what is processed.
            external_secrets: the copy of all.
            recorder: gives who tells events as a component.
            loops: shows the numbers of queues.
            on_labels: is told the name of each namespace whose labels changed.
            now: gives UTC.
        """
        self._client = client
        self._on_labels = on_labels
        self._settings = settings
        self._recorder = recorder
        self._now = now
        self._fleet = KubeFleet(client)
        self._namespaces = Informer(
            client, resource_path("v1", NAMESPACE_PLURAL), Namespace, on_change=self._namespace_changed
        )
        self._owners: ClusterExternalSecrets | None = None
        self._unserved: UnservedKinds | None = None
        if settings.processing.cluster_external_secrets and not settings.namespace:
            self._owners = ClusterExternalSecrets(
                client,
                self._fleet,
                namespaces=self._namespaces.store,
                external_secrets=external_secrets,
                recorder=recorder("cluster-external-secret"),
                loops=loops,
                extended_metric_labels=settings.extended_metric_labels,
                watchdog_bound_s=_WATCHDOG_BOUND_S,
            )

    @property
    def namespaces(self) -> Mapping[ObjectKey, Namespace]:
        """The copy of all Namespaces; empty in an installation for one namespace."""
        return self._namespaces.store

    @property
    def informers(self) -> Sequence[Informer[Namespace] | Informer[ClusterExternalSecret]]:
        """The copies to wait for before anything is decided; whoever has this object runs them."""
        if self._settings.namespace:
            return []
        return [self._namespaces, *([self._owners.informer] if self._owners is not None else [])]

    @property
    def is_live(self) -> bool:
        """Whether the workers do their work."""
        return all(each is None or each.is_live for each in (self._owners, self._unserved))

    def start(self, tasks: asyncio.TaskGroup, caches: Caches) -> None:
        """Start the workers; all copies must be complete."""
        if self._owners is not None:
            self._owners.start(tasks)
        self._unserved = UnservedKinds(
            self._client,
            self._fleet,
            caches=caches,
            processing=self._settings.processing,
            namespace=self._settings.namespace,
            recorders={
                PushKind.PUSH_SECRET: self._recorder("pushsecret"),
                # ESO's own name for it.
                PushKind.CLUSTER_PUSH_SECRET: self._recorder("external-secrets-controller"),
            },
            watchdog_bound_s=_WATCHDOG_BOUND_S,
            now=self._now,
        )
        self._unserved.start(tasks)

    def external_secret_changed(self, key: ObjectKey, old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        """Take note of a change of an ExternalSecret."""
        if self._owners is not None:
            self._owners.external_secret_changed(key, old, new)

    def _namespace_changed(self, old: Namespace | None, new: Namespace | None) -> None:
        there = new or old
        if there is not None and wakes_namespace(old, new):
            self._on_labels(there.metadata.name)
        if self._owners is not None and there is not None:
            self._owners.namespace_changed(ObjectKey("", there.metadata.name), old, new)
