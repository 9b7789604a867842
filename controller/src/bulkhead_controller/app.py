"""Puts the controller together: copies of objects, queues, workers and the seams between them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import API_VERSION, PLURAL, ExternalSecret, StoreKind
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret_store import CLUSTER_SECRET_STORE_PLURAL, SECRET_STORE_PLURAL, SecretStore
from bulkhead_controller.backends import Backends
from bulkhead_controller.brakes.brakes import Brakes
from bulkhead_controller.brakes.managed import ManagedSecrets
from bulkhead_controller.caches import Caches
from bulkhead_controller.cluster_kinds import ClusterKinds
from bulkhead_controller.config_maps import ConfigMaps
from bulkhead_controller.events import Recorder
from bulkhead_controller.externalsecret import apply as external_secret_apply
from bulkhead_controller.externalsecret import gather as external_secret_gather
from bulkhead_controller.externalsecret import reconcile as external_secret_reconcile
from bulkhead_controller.externalsecret.conclude import Concluder
from bulkhead_controller.externalsecret.templating import Renderer, Templating
from bulkhead_controller.fence import Fence
from bulkhead_controller.kube_cluster import KubeCluster
from bulkhead_controller.loop_metrics import LoopCollector, LoopMetrics
from bulkhead_controller.manifest_targets import ManifestTargets
from bulkhead_controller.metered import MeteredBackends
from bulkhead_controller.metrics import LabelsOf, ObjectMetrics, labels_from
from bulkhead_controller.rendering.renderer import Renderer as TwoLanes
from bulkhead_controller.secret_copies import SecretCopies
from bulkhead_controller.serving import Standing, elector_from_settings, serve_probes, serve_secure_metrics
from bulkhead_controller.settings import Settings
from bulkhead_controller.store import apply as store_apply
from bulkhead_controller.store import gather as store_gather
from bulkhead_controller.store import pause as store_pause
from bulkhead_controller.store import reconcile as store_reconcile
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.targets import Targets, secret_informers
from bulkhead_controller.wakeups import Wakeups
from bulkhead_controller.watchdog import Watchdog
from bulkhead_controller.worker import work
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey, key_of
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.workqueue import WorkQueue

STORE_WORKERS: Final = 8
WATCHDOG_BOUND_S: Final = 600.0
"""Longer than all calls of one reconcile with their deadlines together."""

_RECORDERS: Final = {
    StoreKind.SECRET_STORE: "secret-store",
    StoreKind.CLUSTER_SECRET_STORE: "cluster-secret-store",
}
_METRICS: Final = {
    StoreKind.SECRET_STORE: "secretstore",
    StoreKind.CLUSTER_SECRET_STORE: "clustersecretstore",
}
_LOG: Final = get_logger("controller")


class Controller:
    """All reconcilers of one process, over one API server and the provider servers."""

    def __init__(
        self,
        settings: Settings,
        client: KubeClient,
        backends: Backends,
        renderer: Renderer,
        *,
        control: KubeClient | None = None,
    ) -> None:
        """Put everything together; nothing is asked before `run`.

        Args:
            settings: how.
            client: for the work; it may refuse to write while this process does not lead.
            backends: the provider servers.
            renderer: of templates.
            control: for what is asked beside the work, by whoever waits for the Lease too; None means the client.
        """
        self._renderer = renderer
        self._settings = settings
        self._backends = MeteredBackends(backends)
        self._managed = ManagedSecrets()
        self._external_secret_loop = LoopMetrics("externalsecret", workers=settings.concurrent)
        self._store_loop = LoopMetrics("secretstore", workers=STORE_WORKERS)
        self._loops = LoopCollector()
        self._external_secrets: WorkQueue[ObjectKey] = WorkQueue(on_wait=self._external_secret_loop.waited)
        self._stores: WorkQueue[StoreKey] = WorkQueue(on_wait=self._store_loop.waited)
        self._wakeups = Wakeups(settings.processing, external_secrets=self._external_secrets, stores=self._stores)
        self._is_working = False
        self._watchdogs = [
            Watchdog(queue.longest_wait_s, bound_s=WATCHDOG_BOUND_S) for queue in (self._external_secrets, self._stores)
        ]
        path = partial(resource_path, API_VERSION, namespace=settings.namespace)
        self._external_secret_informer = Informer(
            client, path(PLURAL), ExternalSecret, on_change=self._external_secret_changed
        )
        secret_stores = self._store_informer(client, path(SECRET_STORE_PLURAL), StoreKind.SECRET_STORE)
        cluster_path = resource_path(API_VERSION, CLUSTER_SECRET_STORE_PLURAL)
        cluster_stores = self._store_informer(client, cluster_path, StoreKind.CLUSTER_SECRET_STORE)
        self._cluster = KubeCluster(client, now=_now)
        self._kinds = ClusterKinds(
            client,
            settings,
            external_secrets=self._external_secret_informer.store,
            recorder=self._recorder,
            loops=self._loops,
            on_labels=self._labels_changed,
            now=_now,
        )
        self._informers: Sequence[
            Informer[ExternalSecret] | Informer[SecretStore] | Informer[Namespace] | Informer[ClusterExternalSecret]
        ] = [
            self._external_secret_informer,
            secret_stores,
            # An installation for one namespace may have no right to see what is cluster-wide.
            *([cluster_stores] if settings.processing.cluster_stores else []),
            *self._kinds.informers,
        ]
        self._caches = Caches(
            external_secrets=self._external_secret_informer.store,
            secret_stores=secret_stores.store,
            cluster_secret_stores=cluster_stores.store,
            namespaces=self._kinds.namespaces,
        )
        copies = SecretCopies()
        rights = settings.processing.rights
        self._secret_informers = secret_informers(
            client, copies, rights, namespace=settings.namespace, on_change=self._wakeups.target_changed
        )
        self._manifests = ManifestTargets(
            client, settings.processing, namespace=settings.namespace, wake=self._external_secrets.add, now=_now
        )
        self._targets = Targets(self._cluster, copies, settings.processing, manifests=self._manifests.writer, now=_now)
        self._config_maps = ConfigMaps(
            client, self._cluster, rights, namespace=settings.namespace, wake=self._external_secrets.add
        )
        self._brakes = Brakes(
            settings.processing,
            self._caches,
            copies,
            managed=lambda: self._managed.count,
            users_of=self._wakeups.store_users.count,
            on_trip=self._stores.add,
            now=_now,
        )
        # Its trial is a write, though a dry run. One who must lead to make it would never be ready to take over.
        self._fence = Fence(control or client, settings.processing.rights.profile)

    @property
    def is_live(self) -> bool:
        """Whether the process should go on."""
        # Who does not lead, or waits for the fence, has a queue too, and nobody who works on it.
        watchdogs = (watchdog.is_live() for watchdog in self._watchdogs)
        return not self._is_working or (self._kinds.is_live and all(watchdogs))

    @property
    def is_ready(self) -> bool:
        """Whether the fence holds and all copies are complete, so that work is done, or would be by the leader."""
        return self._fence.is_closed and all(informer.synced.is_set() for informer in self._informers)

    async def run(self, leading: asyncio.Event | None = None) -> None:
        """Reconcile until cancelled; if `leading` is given, copies are made at once and work waits until it is set.

        Raises:
            KubeConfigError: the file that says the controller's own namespace is missing or empty.
        """
        reconcile = self._external_secret_reconciler().reconcile
        validate = self._store_reconciler().reconcile
        external_secrets, stores = self._watchdogs
        namespace = self._settings.kube.read_namespace()
        async with asyncio.TaskGroup() as tasks:
            # Copies of Secrets are not waited for: in a namespace whose rights are missing they never come, and
            # elsewhere a target is read as long as its copy is not there.
            for informer in (*self._informers, *self._secret_informers):
                tasks.create_task(informer.run())
            # Without complete copies a store would seem missing that is only not here yet.
            for informer in self._informers:
                await informer.synced.wait()
            _LOG.info("copies complete", external_secrets=len(self._caches.external_secrets))
            await self._fence.wait_until_closed(namespace)
            tasks.create_task(self._fence.keep_checking(namespace))
            if leading is not None:
                await leading.wait()
            self._begin_work()
            self._kinds.start(tasks, self._caches)
            self._manifests.start(tasks)
            self._config_maps.start(tasks)
            for _ in range(STORE_WORKERS):
                tasks.create_task(work(self._stores, validate, stores, self._store_loop))
            for _ in range(self._settings.concurrent):
                tasks.create_task(work(self._external_secrets, reconcile, external_secrets, self._external_secret_loop))

    def _begin_work(self) -> None:
        for watchdog in self._watchdogs:
            watchdog.begin()
        self._is_working = True
        self._loops.track(self._external_secret_loop, self._external_secrets)
        self._loops.track(self._store_loop, self._stores)

    def _store_informer(self, client: KubeClient, path: str, kind: StoreKind) -> Informer[SecretStore]:
        return Informer(client, path, SecretStore, on_change=partial(self._store_changed, kind))

    def _external_secret_changed(self, old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        key = _key_of_change(old, new)
        self._managed.note(old, new)
        self._manifests.external_secret_changed(key, new)
        self._config_maps.external_secret_changed(key, new)
        self._kinds.external_secret_changed(key, old, new)
        self._wakeups.external_secret_changed(key, old, new)

    def _store_changed(self, kind: StoreKind, old: SecretStore | None, new: SecretStore | None) -> None:
        key = _key_of_change(old, new)
        self._wakeups.store_changed(StoreKey(kind=kind, namespace=key.namespace, name=key.name), old, new)

    def _labels_changed(self, namespace: str) -> None:
        self._wakeups.labels_changed(namespace, self._caches.external_secrets)

    def _external_secret_reconciler(self) -> external_secret_reconcile.Reconciler:
        processing = self._settings.processing
        applier = external_secret_apply.Applier(self._cluster)
        metrics = ObjectMetrics("externalsecret", counts=True, labels_of=self._labels_of(self._caches.external_secrets))
        return external_secret_reconcile.Reconciler(
            gatherer=external_secret_gather.Gatherer(
                self._caches, self._backends, processing, config_map_version=self._config_maps.version
            ),
            applier=applier,
            writer_of=self._targets.writer_of,
            concluder=Concluder(
                applier=applier,
                recorder=self._recorder("external-secrets"),
                metrics=metrics,
                brakes=self._brakes,
                refresh_time_after=processing.refresh_time_after,
            ),
            metrics=metrics,
            brakes=self._brakes,
            templating=Templating(
                self._cluster, self._config_maps, self._renderer, delimiters=processing.template_delimiters
            ),
            now=_now,
        )

    def _store_reconciler(self) -> store_reconcile.Reconciler:
        applier = store_apply.Applier(self._cluster)
        recorders = {kind: self._recorder(component) for kind, component in _RECORDERS.items()}
        return store_reconcile.Reconciler(
            gatherer=store_gather.Gatherer(self._caches, self._backends, self._settings.processing),
            applier=applier,
            recorders=recorders,
            pauser=store_pause.Pauser(pauses=self._brakes.pauses, applier=applier, recorders=recorders, now=_now),
            metrics={
                kind: ObjectMetrics(prefix, counts=False, labels_of=self._labels_of(self._caches.stores(kind)))
                for kind, prefix in _METRICS.items()
            },
            now=_now,
        )

    def _labels_of(
        self, objects: Mapping[ObjectKey, ExternalSecret] | Mapping[ObjectKey, SecretStore]
    ) -> LabelsOf | None:
        return labels_from(objects) if self._settings.extended_metric_labels else None

    def _recorder(self, component: str) -> Recorder:
        return Recorder(self._cluster, component=component, normal_events=self._settings.normal_events)


async def serve(settings: Settings, connect: Callable[[Standing], Awaitable[Backends]]) -> None:
    """Run the controller with its probes and metrics until cancelled, working only while it leads.

    Args:
        settings: how.
        connect: gives the provider servers once there is a certificate to call them with; probes are answered while
            it waits.

    Raises:
        KubeConfigError: a credential file is missing or broken.
        ServingFilesError: the certificate of /metrics cannot be used.
        OSError: an address is taken.
        LeadershipLostError: in an ExceptionGroup; another process may lead now.
    """
    async with AsyncExitStack() as stack:
        standing = Standing()
        await serve_probes(stack, settings, standing)
        backends = await connect(standing)
        # What is asked beside the work has connections of its own, so that no amount of work delays a renewal.
        control = await stack.enter_async_context(KubeClient(settings.kube))
        elector = elector_from_settings(settings, control)
        fence = elector.is_leading if elector else None
        client = await stack.enter_async_context(KubeClient(settings.kube, fence=fence))
        # No process is started before a template needs one.
        renderer = await stack.enter_async_context(TwoLanes(settings.rendering))
        controller = Controller(settings, client, backends, renderer, control=control)
        standing.controller = controller
        await serve_secure_metrics(stack, settings, control)
        if elector is None:
            await controller.run()
            return
        async with elector.campaign():
            await controller.run(elector.leading)


def _key_of_change(old: ExternalSecret | SecretStore | None, new: ExternalSecret | SecretStore | None) -> ObjectKey:
    there = new or old
    if there is None:
        raise ValueError("a change is of something")
    return key_of(there.metadata)


def _now() -> datetime:
    return datetime.now(UTC)
