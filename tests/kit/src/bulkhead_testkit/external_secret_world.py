"""An ExternalSecret's reconciler with everything around it in memory, and a clock that a test turns."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus, StoreKind
from bulkhead_api.meta import Condition, ConditionStatus, ObjectMeta, PartialObject
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret_store import SecretStore, SecretStoreSpec, SecretStoreStatus
from bulkhead_controller.brakes.brakes import Brakes
from bulkhead_controller.brakes.managed import has_target
from bulkhead_controller.caches import Caches
from bulkhead_controller.config_maps import ABSENT
from bulkhead_controller.events import Recorder
from bulkhead_controller.externalsecret.apply import Applier
from bulkhead_controller.externalsecret.conclude import Concluder
from bulkhead_controller.externalsecret.gather import Gatherer
from bulkhead_controller.externalsecret.manifest.writer import ManifestTarget
from bulkhead_controller.externalsecret.reconcile import Reconciler
from bulkhead_controller.externalsecret.sources import store_refs_from_spec
from bulkhead_controller.externalsecret.status import ready_condition
from bulkhead_controller.externalsecret.templating import Templating
from bulkhead_controller.kinds import Kinds
from bulkhead_controller.manifest_copies import ManifestCopies
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.processing import Processing
from bulkhead_controller.requeue import Requeue
from bulkhead_controller.secret_copies import SecretCopies
from bulkhead_controller.store.binding import StoreKey, store_key
from bulkhead_controller.targets import Targets
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.fake_backends import FakeBackends
from bulkhead_testkit.fake_cluster import FakeCluster
from bulkhead_testkit.fake_objects import FakeObjects
from bulkhead_testkit.fake_renderer import InProcessRenderer

START: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY: Final = ObjectKey("team-a", "app")
"""Of the ExternalSecret."""
VALUE: Final = b"mark-of-a-secret"
"""What the provider holds for the key `db`."""
READY: Final = SecretStoreStatus(conditions=[Condition(type="Ready", status=ConditionStatus.TRUE, reason="Valid")])


@dataclass
class SecretWatch:
    """What an informer of managed Secrets would have copied."""

    cluster: FakeCluster
    synced: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def store(self) -> dict[ObjectKey, PartialObject]:
        """The managed Secrets."""
        return self.cluster.managed_secrets


@dataclass
class ConfigMapCopies:
    """What an informer of ConfigMaps would know. Implements `ConfigMapSource`."""

    cluster: FakeCluster

    def version(self, key: ObjectKey) -> str:
        """Give the resourceVersion."""
        found = self.cluster.config_maps.get(key)
        return found.metadata.resource_version if found is not None else ABSENT

    async def read(self, key: ObjectKey) -> ConfigMap:
        """Read a ConfigMap."""
        return await self.cluster.read_config_map(key)


@dataclass
class World:
    """One ExternalSecret `app` and its store `vault` in the namespace `team-a`."""

    cluster: FakeCluster = field(default_factory=FakeCluster)
    backends: FakeBackends = field(default_factory=FakeBackends)
    renderer: InProcessRenderer = field(default_factory=InProcessRenderer)
    objects: FakeObjects = field(default_factory=FakeObjects)
    """Of other kinds than Secret; they are written if `processing` says so."""
    manifest_copies: ManifestCopies = field(default_factory=ManifestCopies)
    """Of these objects; none are followed unless a test does."""
    namespaces: dict[ObjectKey, Namespace] = field(default_factory=dict)
    processing: Processing = field(default_factory=Processing)
    normal_events: bool = False
    now: datetime = START

    def __post_init__(self) -> None:
        """Put a value into the backend and start."""
        self.backends.values["db"] = VALUE
        self.put_store(READY)
        self.restart()

    def restart(self) -> None:
        """Forget all that is kept in memory."""
        caches = Caches(
            external_secrets=self.cluster.external_secrets,
            secret_stores=self.cluster.secret_stores,
            cluster_secret_stores=self.cluster.cluster_secret_stores,
            namespaces=self.namespaces,
        )
        self.cluster.fenced = not self.processing.rights.may_read(KEY.namespace)
        copies = SecretCopies()
        watch = SecretWatch(self.cluster)
        watch.synced.set()
        if not self.cluster.fenced:
            copies.follow("", watch)
            for secret in self.cluster.managed_secrets.values():
                copies.note(None, secret)
            self.cluster.on_secret = copies.note
        self.registry = CollectorRegistry()
        self.metrics = ObjectMetrics("externalsecret", counts=True, registry=self.registry)
        self.tripped: list[StoreKey] = []
        self.brakes = Brakes(
            self.processing,
            caches,
            copies,
            managed=lambda: sum(has_target(each.status) for each in self.cluster.external_secrets.values()),
            users_of=self._users_of,
            on_trip=self.tripped.append,
            now=lambda: self.now,
            registry=self.registry,
        )
        applier = Applier(self.cluster)
        self.reconciler = Reconciler(
            gatherer=Gatherer(
                caches, self.backends, self.processing, config_map_version=ConfigMapCopies(self.cluster).version
            ),
            applier=applier,
            writer_of=self._targets(copies).writer_of,
            concluder=Concluder(
                applier=applier,
                recorder=Recorder(self.cluster, component="external-secrets", normal_events=self.normal_events),
                metrics=self.metrics,
                brakes=self.brakes,
                refresh_time_after=self.processing.refresh_time_after,
            ),
            metrics=self.metrics,
            brakes=self.brakes,
            templating=Templating(
                self.cluster,
                ConfigMapCopies(self.cluster),
                self.renderer,
                delimiters=self.processing.template_delimiters,
            ),
            now=lambda: self.now,
        )

    def _targets(self, copies: SecretCopies) -> Targets:
        manifests = None
        if self.processing.generic_targets:
            kinds, guard = Kinds(self.objects), self.processing.adoption_guard
            manifests = ManifestTarget(
                self.objects, kinds, self.manifest_copies, adoption_guard=guard, now=lambda: self.now
            )
        return Targets(self.cluster, copies, self.processing, manifests=manifests, now=lambda: self.now)

    def _users_of(self, store: StoreKey) -> int:
        return sum(
            store_key(ref.kind, key.namespace, ref.name) == store
            for key, each in self.cluster.external_secrets.items()
            for ref in store_refs_from_spec(each.spec)
        )

    def put_store(self, status: SecretStoreStatus, **spec: object) -> None:
        """Create or change the SecretStore."""
        self._put_store(StoreKind.SECRET_STORE, "team-a", "s-1", status, spec)

    def put_cluster_store(self, **spec: object) -> None:
        """Create or change a ClusterSecretStore of the same name that is ready."""
        self._put_store(StoreKind.CLUSTER_SECRET_STORE, "", "s-2", READY, spec)

    def _put_store(
        self, kind: StoreKind, namespace: str, uid: str, status: SecretStoreStatus, spec: dict[str, object]
    ) -> None:
        body = {"provider": {"fake": {}}, **spec}
        self.cluster.put_store(
            kind,
            SecretStore(
                metadata=ObjectMeta(name="vault", namespace=namespace, uid=uid, generation=1),
                spec=msgspec.json.decode(msgspec.json.encode(body), type=SecretStoreSpec),
                status=status,
            ),
        )

    def apply(self, spec: dict[str, object] | None = None, **metadata: object) -> None:
        """Create or change the ExternalSecret as `kubectl apply` would."""
        old = self.cluster.external_secrets.get(KEY)
        body = {
            "metadata": {"name": "app", "namespace": "team-a", **metadata},
            "spec": {
                "secretStoreRef": {"name": "vault"},
                "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
                **(spec or {}),
            },
        }
        wanted = msgspec.json.decode(msgspec.json.encode(body), type=ExternalSecret)
        generation = old.metadata.generation + 1 if old else 1
        self.cluster.put(
            replace(
                wanted,
                metadata=replace(wanted.metadata, generation=generation, uid=old.metadata.uid if old else ""),
                status=old.status if old else ExternalSecretStatus(),
            )
        )

    async def reconcile(self) -> Requeue:
        """Let the reconciler look at the ExternalSecret."""
        return await self.reconciler.reconcile(KEY)

    async def refresh(self) -> Requeue:
        """Reconcile once the interval has elapsed, and forget the writes before."""
        self.cluster.calls.clear()
        self.now += timedelta(hours=1)
        return await self.reconcile()

    @property
    def status(self) -> ExternalSecretStatus:
        """The stored status."""
        return self.cluster.external_secrets[KEY].status

    @property
    def condition(self) -> tuple[str, str, str]:
        """Status, reason and message of the condition Ready."""
        ready = ready_condition(self.status)
        if ready is None:
            raise LookupError("nothing was said yet")
        return ready.status.value, ready.reason, ready.message

    def target(self, name: str = "app") -> dict[str, bytes]:
        """Give the data of a Secret."""
        secret = self.cluster.secrets[ObjectKey("team-a", name)]
        return {key: value.reveal() for key, value in secret.data.items()}
