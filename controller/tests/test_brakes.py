"""Twenty ExternalSecrets of one store, and what the brakes let through and hold."""

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus, StoreKind
from bulkhead_api.meta import Condition, ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret import Secret
from bulkhead_controller.brakes.limits import Limits
from bulkhead_controller.brakes.managed import ManagedSecrets
from bulkhead_controller.caches import Caches
from bulkhead_controller.events import Recorder
from bulkhead_controller.externalsecret.status import ready_condition
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.requeue import Done, Retry
from bulkhead_controller.store.apply import Applier
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.gather import Gatherer
from bulkhead_controller.store.pause import Pauser
from bulkhead_controller.store.paused import MASS_CHANGE_BREAKER, RESUME, paused_condition
from bulkhead_controller.store.reconcile import Reconciler
from bulkhead_runtime.kube.errors import ServerUnavailableError
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


async def test_budget_lets_a_share_of_the_secrets_go_and_the_rest_waits() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    assert fleet.targets == COUNT - 5
    assert fleet.condition(NAMES[4]) == ("True", "secret deleted due to DeletionPolicy=Delete")
    assert fleet.condition(NAMES[5]) == ("False", f"could not delete secret: {OVER_BUDGET}")
    assert fleet.told("DeleteBudgetExceeded") == list(NAMES[5:])
    assert fleet.told("UpdateFailed") == []
    assert fleet.metric("bulkhead_delete_budget_blocked") == COUNT - 5


async def test_waiting_deletion_says_so_once_and_is_tried_when_the_window_frees() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    fleet.world.now += timedelta(minutes=4)
    key = ObjectKey("team-a", NAMES[5])
    assert await fleet.world.reconciler.reconcile(key) == Retry(360.0)
    assert len(fleet.told("DeleteBudgetExceeded")) == COUNT - 5
    fleet.world.now += timedelta(minutes=6)
    await fleet.world.reconciler.reconcile(key)
    assert fleet.condition(NAMES[5])[0] == "True"
    assert fleet.metric("bulkhead_delete_budget_blocked") == COUNT - 6


async def test_annotation_lets_one_deletion_go_beyond_the_budget() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    fleet.apply(NAMES[9], annotations={"bulkhead.dev/allow-delete": "true"})
    await fleet.reconcile_all()
    assert fleet.targets == COUNT - 6
    assert ObjectKey("team-a", f"target-of-{NAMES[9]}") not in fleet.world.cluster.secrets


async def test_what_is_deleted_already_is_not_held_when_the_budget_is_used_up() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    # Due again, while the newest deletions still count.
    fleet.apply(NAMES[0], labels={"a": "b"})
    await fleet.reconcile_all()
    assert fleet.condition(NAMES[0]) == ("True", "secret deleted due to DeletionPolicy=Delete")


async def test_refused_deletion_is_not_spent() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.world.backends.values.clear()
    fleet.world.cluster.refusals["DELETE secrets"] = [ServerUnavailableError(503, "Unavailable")] * COUNT
    await fleet.reconcile_all()
    assert fleet.targets == COUNT
    await fleet.reconcile_all()
    assert fleet.targets == COUNT - 5


async def test_budget_holds_the_cleanup_of_former_targets() -> None:
    fleet = await Fleet().synced()
    fleet.rename_targets()
    await fleet.reconcile_all()
    assert fleet.targets == 2 * COUNT - 5
    assert fleet.condition(NAMES[5]) == ("False", f"could not delete orphaned secrets: {OVER_BUDGET}")
    await fleet.refresh_all(WINDOW)
    assert fleet.targets == 2 * COUNT - 10


async def test_budget_holds_deleted_external_secrets_whose_policy_deletes() -> None:
    fleet = await Fleet().synced()
    fleet.delete_all()
    await fleet.reconcile_all()
    assert fleet.targets == len(fleet.world.cluster.external_secrets) == COUNT - 5
    assert fleet.condition(NAMES[5]) == ("False", f"could not delete secret: {OVER_BUDGET}")
    await fleet.refresh_all(WINDOW)
    assert fleet.targets == COUNT - 8


async def test_namespace_that_is_being_deleted_waits_for_no_budget() -> None:
    fleet = await Fleet().synced()
    metadata = ObjectMeta(name="team-a", deletion_timestamp=fleet.world.now)
    fleet.world.namespaces[ObjectKey("", "team-a")] = Namespace(metadata=metadata)
    fleet.delete_all()
    await fleet.reconcile_all()
    assert fleet.targets == 0


async def test_budget_that_is_off_holds_nothing() -> None:
    fleet = await Fleet(budget=OFF, breaker=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    assert fleet.targets == 0


async def test_restart_begins_a_new_window_of_deletions() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    fleet.restart()
    await fleet.reconcile_all()
    assert fleet.targets == COUNT - 5 - 3


@pytest.mark.parametrize("rights", [STRICT, ESO_COMPAT], ids=["strict", "eso-compat"])
async def test_breaker_pauses_the_store_at_the_first_change_too_many(rights: Rights) -> None:
    fleet = await Fleet(rights=rights).synced()
    await fleet.reconcile_all()
    fleet.change_all()
    await fleet.refresh_all(timedelta(hours=1))
    assert fleet.written == LET_THROUGH
    since = fleet.paused.last_transition_time
    assert (fleet.paused.status, fleet.paused.reason) == ("True", "MassChange")
    assert since == fleet.world.now
    hint = f"bulkhead.dev/resume={since:%Y-%m-%dT%H:%M:%SZ}"
    assert fleet.paused.message == (
        "paused by the mass-change breaker: within 10m more than 20 % of what is read from it, and more than 3, have "
        f"changed; look at the backend, then annotate the store {hint}"
    )
    for name in NAMES[LET_THROUGH:]:
        paused = (
            'SecretStore "vault" is paused by the mass-change breaker; look at the backend, then annotate the store'
        )
        assert fleet.condition(name) == ("False", f"could not update secret: {paused} {hint}")
    assert fleet.condition(NAMES[3])[0] == "True"
    assert fleet.told("StorePaused") == ["vault"]
    assert fleet.metric("bulkhead_mass_change_blocked") == COUNT - LET_THROUGH
    labels = {"kind": "SecretStore", "namespace": "team-a", "name": "vault"}
    assert fleet.metric("bulkhead_store_paused", labels) == 1.0


async def test_breaker_lets_as_much_change_as_is_usual() -> None:
    fleet = await Fleet().synced()
    for name in NAMES[:LET_THROUGH]:
        fleet.world.backends.values[name] = b"second"
    await fleet.reconcile_all()
    await fleet.refresh_all()
    assert fleet.written == COUNT
    assert fleet.told("StorePaused") == []


async def test_backend_that_has_nothing_any_more_pauses_the_store() -> None:
    fleet = await Fleet(budget=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    assert fleet.targets == COUNT - LET_THROUGH
    assert fleet.told("StorePaused") == ["vault"]


async def test_store_stays_paused_after_a_restart() -> None:
    fleet = await Fleet(rights=ESO_COMPAT).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    before = fleet.paused
    fleet.restart()
    await fleet.refresh_all()
    assert fleet.written == LET_THROUGH
    assert fleet.paused == before
    assert len(fleet.told("StorePaused")) == 1
    # What is as it was written is not held, since the Secrets' own hashes tell.
    assert fleet.condition(NAMES[0])[0] == "True"


async def test_where_no_secret_may_be_read_a_paused_store_holds_all_after_a_restart() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.restart()
    for _ in range(2):
        await fleet.refresh_all()
    assert fleet.written == LET_THROUGH
    assert [fleet.condition(name)[0] for name in NAMES] == ["False"] * COUNT


@pytest.mark.parametrize("rights", [STRICT, ESO_COMPAT], ids=["strict", "eso-compat"])
async def test_restart_pauses_no_store_whose_answers_are_the_same(rights: Rights) -> None:
    fleet = await Fleet(rights=rights, breaker=Limits(percent=1, window=WINDOW, floor=0)).synced()
    fleet.restart()
    await fleet.refresh_all()
    assert fleet.told("StorePaused") == []


async def test_where_secrets_may_be_read_changes_during_a_restart_are_noticed() -> None:
    fleet = await Fleet(rights=ESO_COMPAT).synced()
    fleet.restart()
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == LET_THROUGH
    assert fleet.told("StorePaused") == ["vault"]


async def test_immutable_targets_that_stayed_behind_are_no_change_after_a_restart() -> None:
    fleet = await Fleet(rights=ESO_COMPAT, immutable=True, breaker=OFF).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.world.processing = dataclasses.replace(fleet.world.processing, mass_change=BREAKER)
    fleet.restart()
    await fleet.refresh_all()
    await fleet.refresh_all()
    assert fleet.told("StorePaused") == []


async def test_resumed_store_lets_all_of_the_change_through() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.world.now += timedelta(minutes=1)
    fleet.resume()
    await fleet.settle()
    assert (fleet.paused.status, fleet.paused.reason) == ("False", "Resumed")
    assert fleet.told("StoreResumed") == ["vault"]
    await fleet.reconcile_all()
    assert fleet.written == COUNT
    labels = {"kind": "SecretStore", "namespace": "team-a", "name": "vault"}
    assert fleet.metric("bulkhead_store_paused", labels) == 0.0
    assert fleet.metric("bulkhead_mass_change_blocked") == 0.0


async def test_resumed_store_is_paused_by_the_next_mass_change_whatever_its_annotation() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.resume()
    await fleet.settle()
    await fleet.refresh_all()
    fleet.change_all("third")
    await fleet.refresh_all()
    await fleet.settle()
    assert fleet.written == LET_THROUGH
    assert fleet.paused.status == "True"


async def test_annotation_of_another_pause_resumes_nothing() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.annotate_store(RESUME, "2026-01-01T00:00:00Z")
    await fleet.settle()
    assert fleet.paused.status == "True"


async def test_new_and_changed_external_secrets_go_on_while_their_store_is_paused() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.apply("new", key=NAMES[7])
    fleet.apply(NAMES[8], key=NAMES[9])
    for name in ("new", NAMES[8]):
        assert await fleet.world.reconciler.reconcile(ObjectKey("team-a", name)) != Done()
        assert fleet.condition(name) == ("True", "secret synced")
    assert fleet.world.target("target-of-new") == {"password": b"second-app-07"}
    assert fleet.world.target("target-of-app-08") == {"password": b"second-app-09"}


async def test_answers_that_are_the_same_go_on_while_their_store_is_paused() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.change_all("first")
    for name in NAMES[:LET_THROUGH]:
        fleet.world.backends.values[name] = f"second-{name}".encode()
    await fleet.refresh_all()
    assert [fleet.condition(name)[0] for name in NAMES] == ["True"] * COUNT
    assert fleet.paused.status == "True"


async def test_breaker_that_is_off_pauses_nothing() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == COUNT
    assert fleet.told("StorePaused") == []


async def test_store_that_gives_new_values_each_time_can_be_exempt() -> None:
    fleet = await Fleet().synced()
    fleet.annotate_store(MASS_CHANGE_BREAKER, "off")
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_store_that_is_exempted_while_it_is_paused_is_resumed() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.annotate_store(MASS_CHANGE_BREAKER, "off")
    await fleet.settle()
    assert fleet.paused.reason == "Resumed"
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_stores_are_resumed_where_the_breaker_is_turned_off() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.world.processing = dataclasses.replace(fleet.world.processing, mass_change=OFF)
    fleet.restart()
    await fleet.settle()
    assert fleet.paused.reason == "Resumed"
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_external_secret_that_is_gone_does_not_count_any_more() -> None:
    fleet = await Fleet(breaker=Limits(percent=50, window=WINDOW, floor=1)).synced()
    for name in NAMES[4:]:
        fleet.world.cluster.remove(ObjectKey("team-a", name))
        await fleet.world.reconciler.reconcile(ObjectKey("team-a", name))
    fleet.change_all()
    for name in NAMES[:4]:
        await fleet.world.reconciler.reconcile(ObjectKey("team-a", name))
    assert fleet.world.tripped == [STORE]


async def test_store_whose_status_is_another_processs_is_never_paused() -> None:
    fleet = await Fleet(secret_stores=False).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_store_that_is_made_anew_is_not_paused() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    for name in NAMES[:5]:
        await fleet.world.reconciler.reconcile(ObjectKey("team-a", name))
    assert fleet.world.tripped == [STORE]
    store = fleet.world.cluster.secret_stores[ObjectKey("team-a", "vault")]
    fleet.world.cluster.put_store(StoreKind.SECRET_STORE, replace(store, metadata=replace(store.metadata, uid="s-9")))
    assert fleet.world.brakes.pauses.state_of(STORE) is None


@pytest.mark.parametrize("rights", [STRICT, ESO_COMPAT], ids=["strict", "eso-compat"])
async def test_adoption_guard_shows_what_it_holds(rights: Rights) -> None:
    fleet = Fleet(rights=rights)
    fleet.world.cluster.put_secret(Secret(metadata=ObjectMeta(name="target-of-app-00", namespace="team-a"), data={}))
    await fleet.reconcile_all()
    assert fleet.metric("bulkhead_adoption_guard_blocked") == 1.0
    assert fleet.told("UpdateFailed") == [NAMES[0]]
    fleet.world.cluster.remove_secret(ObjectKey("team-a", "target-of-app-00"))
    await fleet.reconcile_all()
    assert fleet.metric("bulkhead_adoption_guard_blocked") == 0.0


def test_managed_secrets_are_counted_as_they_come_and_go() -> None:
    def with_status(**status: object) -> ExternalSecret:
        body = {"metadata": {"name": "app"}, "spec": {}, "status": status}
        return msgspec.json.decode(msgspec.json.encode(body), type=ExternalSecret)

    new = with_status()
    synced = with_status(
        binding={"name": "app"}, conditions=[{"type": "Ready", "status": "True", "reason": "SecretSynced"}]
    )
    deleted = with_status(
        binding={"name": "app"}, conditions=[{"type": "Ready", "status": "True", "reason": "SecretDeleted"}]
    )
    counted, counts = ManagedSecrets(), []
    steps = [(None, new), (new, synced), (synced, synced), (synced, deleted), (deleted, synced), (synced, None)]
    for old, now in steps:
        counted.note(old, now)
        counts.append(counted.count)
    assert counts == [0, 1, 1, 0, 1, 0]
