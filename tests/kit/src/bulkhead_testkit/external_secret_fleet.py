"""Twenty ExternalSecrets of one store in memory, to see what brakes let through and hold."""

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus, StoreKind
from bulkhead_api.meta import Condition
from bulkhead_controller.brakes.limits import Limits
from bulkhead_controller.caches import Caches
from bulkhead_controller.events import Recorder
from bulkhead_controller.externalsecret.status import ready_condition
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.store.apply import Applier
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.gather import Gatherer
from bulkhead_controller.store.pause import Pauser
from bulkhead_controller.store.paused import RESUME, paused_condition
from bulkhead_controller.store.reconcile import Reconciler
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.external_secret_world import World
from bulkhead_testkit.fake_backends import FakeBackends

COUNT: Final = 20
NAMES: Final = tuple(f"app-{number:02}" for number in range(COUNT))
STORE: Final = StoreKey(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault")
WINDOW: Final = timedelta(minutes=10)
BUDGET: Final = Limits(percent=25, window=WINDOW, floor=3)
"""Five of twenty."""
BREAKER: Final = Limits(percent=20, window=WINDOW, floor=3)
"""Four of twenty."""
LET_THROUGH: Final = 4
OFF: Final = Limits(percent=0, window=WINDOW, floor=0)
OVER_BUDGET: Final = (
    "the delete budget is used up (25 % of the managed Secrets within 10m, or 3 if that is more); wait, or annotate "
    'this ExternalSecret bulkhead.dev/allow-delete="true"'
)
STRICT: Final = Rights()
ESO_COMPAT: Final = Rights(profile=Profile.ESO_COMPAT)


@dataclass
class Fleet:
    """A world with twenty ExternalSecrets, each with a value of its own, and the reconciler of their store."""

    rights: Rights = STRICT
    budget: Limits = BUDGET
    breaker: Limits = BREAKER
    deletion_policy: str = "Delete"
    secret_stores: bool = True
    immutable: bool = False
    world: World = field(init=False)

    def __post_init__(self) -> None:
        """Let everything be there; nothing is synced."""
        self.world = World(
            normal_events=True,
            processing=Processing(
                rights=self.rights,
                delete_budget=self.budget,
                mass_change=self.breaker,
                secret_stores=self.secret_stores,
            ),
        )
        for name in NAMES:
            self.world.backends.values[name] = f"first-{name}".encode()
            self.apply(name)
        self.restart()

    def restart(self) -> None:
        """Forget all that is kept in memory."""
        world = self.world
        world.restart()
        caches = Caches(
            external_secrets=world.cluster.external_secrets,
            secret_stores=world.cluster.secret_stores,
            cluster_secret_stores=world.cluster.cluster_secret_stores,
        )
        recorder = Recorder(world.cluster, component="secret-store", normal_events=True)
        applier, recorders = Applier(world.cluster), dict.fromkeys(StoreKind, recorder)
        self.stores = Reconciler(
            gatherer=Gatherer(caches, FakeBackends(), world.processing),
            applier=applier,
            recorders=recorders,
            metrics={kind: ObjectMetrics(kind.value, counts=False, registry=CollectorRegistry()) for kind in StoreKind},
            pauser=Pauser(pauses=world.brakes.pauses, applier=applier, recorders=recorders, now=lambda: world.now),
            now=lambda: world.now,
        )

    def apply(self, name: str, *, key: str = "", **metadata: object) -> None:
        """Create or change an ExternalSecret as a user would."""
        old = self.world.cluster.external_secrets.get(ObjectKey("team-a", name))
        body = {
            "metadata": {"name": name, "namespace": "team-a", **metadata},
            "spec": {
                "secretStoreRef": {"name": "vault"},
                "refreshInterval": "1h",
                "target": {
                    "name": f"target-of-{name}",
                    "deletionPolicy": self.deletion_policy,
                    "immutable": self.immutable,
                },
                "data": [{"secretKey": "password", "remoteRef": {"key": key or name}}],
            },
        }
        wanted = msgspec.json.decode(msgspec.json.encode(body), type=ExternalSecret)
        generation = old.metadata.generation + bool(key) if old else 1
        kept = {
            "generation": generation,
            "uid": old.metadata.uid if old else "",
            "finalizers": old.metadata.finalizers if old else [],
        }
        status = old.status if old else ExternalSecretStatus()
        self.world.cluster.put(replace(wanted, metadata=replace(wanted.metadata, **kept), status=status))

    def rename_targets(self) -> None:
        """Give each target another name."""
        for name in NAMES:
            old = self.world.cluster.external_secrets[ObjectKey("team-a", name)]
            spec = replace(old.spec, target=replace(old.spec.target, name=f"new-of-{name}"))
            metadata = replace(old.metadata, generation=old.metadata.generation + 1)
            self.world.cluster.put(replace(old, spec=spec, metadata=metadata))

    def delete_all(self) -> None:
        """Delete all ExternalSecrets as a user would; their finalizers keep them."""
        for name in NAMES:
            old = self.world.cluster.external_secrets[ObjectKey("team-a", name)]
            metadata = replace(old.metadata, deletion_timestamp=self.world.now)
            self.world.cluster.put(replace(old, metadata=metadata))

    def change_all(self, mark: str = "second") -> None:
        """Let the backend answer otherwise for every key."""
        for name in NAMES:
            self.world.backends.values[name] = f"{mark}-{name}".encode()

    async def reconcile_all(self) -> None:
        """Look at all in their order, and at the store if it asks for it."""
        for name in NAMES:
            await self.world.reconciler.reconcile(ObjectKey("team-a", name))
        await self.settle()

    async def settle(self) -> None:
        """Let the store's reconciler look."""
        await self.stores.reconcile(STORE)

    async def refresh_all(self, after: timedelta = timedelta(hours=1)) -> None:
        """Look at all of them when they are due again."""
        self.world.now += after
        await self.reconcile_all()

    async def synced(self) -> "Fleet":
        """Sync everything, and let that be old enough to count no more; give itself."""
        await self.reconcile_all()
        await self.refresh_all()
        self.world.cluster.events.clear()
        self.world.now += timedelta(hours=1)
        return self

    def resume(self) -> None:
        """Annotate the store as its users are told to."""
        since = self.paused.last_transition_time
        assert since is not None
        self.annotate_store(RESUME, since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def annotate_store(self, name: str, value: str) -> None:
        """Give the store this annotation and no other."""
        store = self.world.cluster.secret_stores[ObjectKey("team-a", "vault")]
        metadata = replace(store.metadata, annotations={name: value})
        self.world.cluster.put_store(StoreKind.SECRET_STORE, replace(store, metadata=metadata))

    @property
    def paused(self) -> Condition:
        """The store's condition Paused."""
        found = paused_condition(self.world.cluster.secret_stores[ObjectKey("team-a", "vault")].status)
        assert found is not None
        return found

    @property
    def targets(self) -> int:
        """How many Secrets there are."""
        return len(self.world.cluster.secrets)

    @property
    def written(self) -> int:
        """How many Secrets hold what the backend holds."""
        return sum(
            secret.data["password"].reveal() == self.world.backends.values.get(name.removeprefix("target-of-"))
            for name, secret in ((key.name, secret) for key, secret in self.world.cluster.secrets.items())
        )

    def condition(self, name: str) -> tuple[str, str]:
        """Status and message of Ready of one ExternalSecret."""
        ready = ready_condition(self.world.cluster.external_secrets[ObjectKey("team-a", name)].status)
        assert ready is not None
        return ready.status.value, ready.message

    def told(self, reason: str) -> list[str]:
        """Name who was told of with this reason."""
        return [event.subject.name for event in self.world.cluster.events if event.reason == reason]

    def metric(self, name: str, labels: dict[str, str] | None = None) -> float | None:
        """Read a metric."""
        return self.world.registry.get_sample_value(name, labels or {})
