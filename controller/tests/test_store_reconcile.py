"""One store against a fake API server and fake provider servers."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from bulkhead_api.errors import AccessDeniedError, DeadlineError, InvalidStoreError, ProviderError, UnavailableError
from bulkhead_api.external_secret import StoreKind
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.provider import Maintenance, StoreCapability, ValidationResult
from bulkhead_api.secret_store import SecretStore, SecretStoreSpec, SecretStoreStatus
from bulkhead_controller.backends import Validation
from bulkhead_controller.brakes.pauses import Paused, Pauses
from bulkhead_controller.caches import Caches
from bulkhead_controller.events import Recorder
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.processing import Processing
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_controller.store.apply import Applier
from bulkhead_controller.store.binding import StoreKey
from bulkhead_controller.store.gather import Gatherer
from bulkhead_controller.store.pause import Pauser
from bulkhead_controller.store.paused import paused_condition
from bulkhead_controller.store.reconcile import Reconciler
from bulkhead_controller.store.status import is_ready, ready_condition
from bulkhead_runtime.kube.errors import ApiError, ConflictError, TooManyRequestsError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.fake_backends import FakeBackends
from bulkhead_testkit.fake_cluster import FakeCluster

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIVE_MINUTES = Again(300.0)
PLAN = "Please plan and prepare accordingly."
READ_ONLY = Validation(result=ValidationResult.READY, capability=StoreCapability.READ_ONLY)


@dataclass
class World:
    """A reconciler with everything around it, and a clock that a test turns."""

    kind: StoreKind
    cluster: FakeCluster = field(default_factory=FakeCluster)
    backends: FakeBackends = field(default_factory=FakeBackends)
    now: datetime = START
    annotations: dict[str, str] = field(default_factory=dict)
    is_new: bool = True
    """Whether there is no store in the cluster yet."""

    def __post_init__(self) -> None:
        caches = Caches(
            external_secrets=self.cluster.external_secrets,
            secret_stores=self.cluster.secret_stores,
            cluster_secret_stores=self.cluster.cluster_secret_stores,
        )
        registry = CollectorRegistry()
        recorder = Recorder(self.cluster, component="secret-store", normal_events=True)
        self.metrics = {kind: ObjectMetrics(kind.value.lower(), counts=False, registry=registry) for kind in StoreKind}
        applier, recorders = Applier(self.cluster), dict.fromkeys(StoreKind, recorder)
        self.woken: list[StoreKey] = []
        self.pauses = Pauses(
            caches.store, kinds=frozenset(StoreKind), because="too much has changed", on_trip=self.woken.append
        )
        self.reconciler = Reconciler(
            gatherer=Gatherer(caches, self.backends, Processing()),
            applier=applier,
            recorders=recorders,
            metrics=self.metrics,
            pauser=Pauser(pauses=self.pauses, applier=applier, recorders=recorders, now=lambda: self.now),
            now=lambda: self.now,
        )
        self.namespace = "team-a" if self.kind is StoreKind.SECRET_STORE else ""
        if self.is_new:
            self.apply()

    def apply(self, **spec: object) -> None:
        body = {"provider": {"fake": {}}, **spec}
        self.cluster.put_store(
            self.kind,
            SecretStore(
                metadata=ObjectMeta(
                    name="vault", namespace=self.namespace, uid="s-1", generation=1, annotations=self.annotations
                ),
                spec=msgspec.json.decode(msgspec.json.encode(body), type=SecretStoreSpec),
            ),
        )

    async def reconcile(self) -> Requeue:
        return await self.reconciler.reconcile(self.key)

    @property
    def key(self) -> StoreKey:
        return StoreKey(kind=self.kind, namespace=self.namespace, name="vault")

    @property
    def status(self) -> SecretStoreStatus:
        stores = {
            StoreKind.SECRET_STORE: self.cluster.secret_stores,
            StoreKind.CLUSTER_SECRET_STORE: self.cluster.cluster_secret_stores,
        }[self.kind]
        return stores[ObjectKey(self.namespace, "vault")].status

    @property
    def condition(self) -> tuple[str, str, str]:
        ready = ready_condition(self.status)
        assert ready is not None
        return ready.status.value, ready.reason, ready.message

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.reason, event.message) for event in self.cluster.events]


@pytest.fixture(params=list(StoreKind), ids=str)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


async def test_valid_store_is_ready_and_shows_its_capabilities(world: World) -> None:
    assert await world.reconcile() == FIVE_MINUTES
    assert world.condition == ("True", "Valid", "store validated")
    assert world.status.capabilities == "ReadOnly"
    assert world.told == [("Valid", "store validated")]


async def test_valid_store_that_stays_valid_is_not_written_again(world: World) -> None:
    await world.reconcile()
    world.now += timedelta(minutes=5)
    assert await world.reconcile() == FIVE_MINUTES
    assert world.cluster.stored_writes == ["PATCH stores/status"]
    assert len(world.cluster.events) == 1


async def test_interval_of_the_store_counts(world: World) -> None:
    world.apply(refreshInterval=60)
    assert await world.reconcile() == Again(60.0)


async def test_store_that_cannot_be_judged_counts_as_ready_without_capabilities(world: World) -> None:
    world.backends.validation = Validation(
        result=ValidationResult.UNKNOWN, capability=StoreCapability.READ_ONLY, warnings=["no namespace to check with"]
    )
    assert await world.reconcile() == FIVE_MINUTES
    assert is_ready(world.status)
    assert world.condition == ("True", "ValidationUnknown", "could not determine validation status")
    assert world.status.capabilities == ""
    assert world.told[1:] == [("ValidationWarning", "no namespace to check with")]


@pytest.mark.parametrize(
    ("error", "message", "want"),
    [
        pytest.param(
            UnavailableError("sealed", retry_after_s=5), "unable to validate store: sealed", Retry(5), id="backend-down"
        ),
        pytest.param(
            InvalidStoreError("spec.provider.fake.server: is empty"),
            "unable to create client: spec.provider.fake.server: is empty",
            Retry(),
            id="bad-spec",
        ),
    ],
)
async def test_refused_store_is_not_ready_and_retried(
    world: World, error: ProviderError, message: str, want: Requeue
) -> None:
    world.backends.validation = error
    assert await world.reconcile() == want
    assert world.condition == ("False", "InvalidProviderConfig", message)
    assert await world.reconcile() == want
    assert world.told == [("InvalidProviderConfig", message)]


async def test_store_that_works_again_keeps_its_capabilities_meanwhile(world: World) -> None:
    await world.reconcile()
    world.backends.validation = AccessDeniedError("no")
    await world.reconcile()
    assert not is_ready(world.status)
    assert world.status.capabilities == "ReadOnly"


@pytest.mark.parametrize("error", [UnavailableError("restarting"), DeadlineError("slow")], ids=["away", "slow"])
async def test_ready_store_stays_so_until_its_backend_has_been_out_of_reach_for_long(
    world: World, error: ProviderError
) -> None:
    await world.reconcile()
    writes = list(world.cluster.stored_writes)
    world.backends.validation = error
    for waited_s in (0, 15, 29):
        world.now = START + timedelta(seconds=waited_s)
        assert await world.reconcile() == Retry()
        assert is_ready(world.status)
    assert world.cluster.stored_writes == writes
    world.now = START + timedelta(seconds=30)
    assert await world.reconcile() == Retry()
    assert world.condition == ("False", "InvalidProviderConfig", f"unable to validate store: {error.message}")


async def test_ready_store_that_answers_in_between_is_given_all_the_time_again(world: World) -> None:
    await world.reconcile()
    for _ in range(3):
        good = world.backends.validation
        world.backends.validation = UnavailableError("restarting")
        assert await world.reconcile() == Retry()
        world.now += timedelta(seconds=20)
        world.backends.validation = good
        assert await world.reconcile() == FIVE_MINUTES
    assert [reason for reason, _ in world.told] == ["Valid"]


async def test_store_that_is_refused_is_not_doubted(world: World) -> None:
    await world.reconcile()
    world.backends.validation = AccessDeniedError("no")
    await world.reconcile()
    assert not is_ready(world.status)


async def test_restarted_controller_shows_a_doubted_store_as_ready(world: World) -> None:
    await world.reconcile()
    restarted = World(world.kind, cluster=world.cluster, is_new=False)
    restarted.backends.validation = UnavailableError("not here yet")
    assert await restarted.reconcile() == Retry()
    samples = [sample for metric in restarted.metrics[world.kind].collect() for sample in metric.samples]
    assert {sample.labels["status"] for sample in samples if "status" in sample.labels and sample.value} == {"True"}


@pytest.mark.parametrize(
    ("maintenance", "told"),
    [
        pytest.param(Maintenance.MAINTAINED, [], id="maintained"),
        pytest.param(
            Maintenance.NOT_MAINTAINED,
            [("StoreUnmaintained", f"store isn't currently maintained. {PLAN}")],
            id="unmaintained",
        ),
        pytest.param(
            Maintenance.DEPRECATED,
            [("StoreDeprecated", f"store is deprecated and will be removed on the next minor release. {PLAN}")],
            id="deprecated",
        ),
    ],
)
async def test_provider_that_nobody_looks_after_is_told_of_once(
    world: World, maintenance: Maintenance, told: list[tuple[str, str]]
) -> None:
    world.backends.validation = replace(READ_ONLY, maintenance=maintenance)
    for _ in range(3):
        await world.reconcile()
        world.now += timedelta(minutes=5)
    assert world.told == [("Valid", "store validated"), *told]


@pytest.mark.parametrize("value", ["true", "false", ""])
async def test_nobody_is_told_of_a_provider_whose_store_says_not_to(world: World, value: str) -> None:
    world.annotations["external-secrets.io/ignore-maintenance-checks"] = value
    world.apply()
    world.backends.validation = replace(READ_ONLY, maintenance=Maintenance.DEPRECATED)
    await world.reconcile()
    assert world.told == [("Valid", "store validated")]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        pytest.param({"provider": {}}, "spec.provider: exactly one provider is needed, found none", id="no-provider"),
        pytest.param(
            {"provider": {"vault": {}}}, "spec.provider.vault: no provider server is configured for it", id="not-served"
        ),
        pytest.param({"refreshInterval": -1}, "spec.refreshInterval: must not be negative", id="bad-interval"),
    ],
)
async def test_store_whose_spec_cannot_work_waits_for_a_change(
    world: World, spec: dict[str, object], problem: str
) -> None:
    world.apply(**spec)
    assert await world.reconcile() == Done()
    assert world.condition == ("False", "InvalidProviderConfig", f"unable to create client: {problem}")
    assert world.backends.validations == []


async def test_store_of_another_class_is_left_alone(world: World) -> None:
    world.apply(controller="other")
    assert await world.reconcile() == Done()
    assert world.cluster.calls == []


async def test_store_that_is_gone_leaves_no_series(world: World) -> None:
    await world.reconcile()
    world.cluster.secret_stores.clear()
    world.cluster.cluster_secret_stores.clear()
    assert await world.reconcile() == Done()
    assert [sample for metric in world.metrics[world.kind].collect() for sample in metric.samples] == []


async def test_store_deleted_during_validation_is_forgotten(world: World) -> None:
    def remove(_: str) -> None:
        world.cluster.secret_stores.clear()
        world.cluster.cluster_secret_stores.clear()

    world.cluster.before = remove
    assert await world.reconcile() == Done()


@pytest.mark.parametrize(
    ("error", "want"),
    [
        pytest.param(ConflictError(409, "Conflict"), Retry(), id="conflict"),
        pytest.param(TooManyRequestsError(429, "TooManyRequests", 3), Retry(3), id="slow-down"),
    ],
)
async def test_refused_status_is_tried_again(world: World, error: ConflictError, want: Requeue) -> None:
    world.cluster.refusals["PATCH stores/status"] = [error]
    assert await world.reconcile() == want
    assert await world.reconcile() == FIVE_MINUTES


def paused(world: World) -> tuple[str, str] | None:
    found = paused_condition(world.status)
    return None if found is None else (found.status.value, found.reason)


@pytest.mark.parametrize(
    ("error", "want"),
    [
        pytest.param(ConflictError(409, "Conflict"), Retry(), id="a-conflict"),
        pytest.param(TooManyRequestsError(429, "TooManyRequests", retry_after_s=7), Retry(7), id="too-many-requests"),
    ],
)
async def test_pause_that_cannot_be_stored_is_tried_again(world: World, error: ApiError, want: Requeue) -> None:
    world.pauses.trip(world.key, now=world.now)
    assert world.woken == [world.key]
    world.cluster.refusals["PATCH stores/status"] = [error]
    assert await world.reconcile() == want
    assert (paused(world), world.told) == (None, [])
    assert world.pauses.state_of(world.key) == Paused(START)
    await world.reconcile()
    assert paused(world) == ("True", "MassChange")


async def test_paused_store_is_still_validated(world: World) -> None:
    world.pauses.trip(world.key, now=world.now)
    assert await world.reconcile() == Again(1.0)
    assert await world.reconcile() == FIVE_MINUTES
    assert world.condition == ("True", "Valid", "store validated")
    assert paused(world) == ("True", "MassChange")


async def test_store_deleted_while_it_is_paused_is_forgotten(world: World) -> None:
    def remove(_: str) -> None:
        world.cluster.secret_stores.clear()
        world.cluster.cluster_secret_stores.clear()

    world.pauses.trip(world.key, now=world.now)
    world.cluster.before = remove
    assert await world.reconcile() == Done()
    assert world.pauses.state_of(world.key) is None


async def test_two_pauses_never_have_the_same_beginning(world: World) -> None:
    for _ in range(2):
        world.pauses.trip(world.key, now=world.now)
        await world.reconcile()
    second = paused_condition(world.status)
    assert second is not None
    assert second.last_transition_time == START + timedelta(seconds=1)


async def test_paused_store_of_another_class_is_left_alone(world: World) -> None:
    world.pauses.trip(world.key, now=world.now)
    world.apply(controller="other")
    assert await world.reconcile() == Done()
    assert paused(world) is None
