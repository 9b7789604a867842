"""PushSecrets and ClusterPushSecrets are told, once, that nothing is pushed."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from bulkhead_api.meta import Condition, ConditionStatus, ObjectMeta
from bulkhead_api.push_secret import PushSecret, PushSpec, PushStatus
from bulkhead_api.secret_store import SecretStore, SecretStoreSpec
from bulkhead_controller.caches import Caches
from bulkhead_controller.events import Recorder
from bulkhead_controller.fleet import PushKey, PushKind
from bulkhead_controller.processing import Processing
from bulkhead_controller.requeue import Done, Retry
from bulkhead_controller.unserved.component import UnservedKinds
from bulkhead_controller.unserved.decide import Seen, decide
from bulkhead_controller.unserved.reconcile import Reconciler
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.errors import ConflictError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.fake_cluster import FakeCluster
from bulkhead_testkit.fake_fleet import FakeFleet

NOW = datetime(2026, 11, 25, 12, 0, 0, 7, tzinfo=UTC)
EARLIER = datetime(2026, 11, 1, tzinfo=UTC)
PUSH = PushSecret(metadata=ObjectMeta(name="push", namespace="team-a", uid="p-1"))
ANSWER = Condition(
    type="Ready",
    status=ConditionStatus.FALSE,
    reason="Errored",
    message="PushSecret is not supported by this version of Bulkhead; nothing was pushed",
    last_transition_time=NOW.replace(microsecond=0),
)
THEIRS = Condition(type="Theirs", status=ConditionStatus.TRUE)


def answered(*conditions: Condition) -> PushSecret:
    return replace(PUSH, status=PushStatus(conditions=list(conditions)))


@pytest.mark.parametrize(
    ("found", "want"),
    [
        pytest.param(PUSH, [ANSWER], id="new"),
        pytest.param(answered(ANSWER), None, id="answered"),
        pytest.param(answered(replace(ANSWER, last_transition_time=EARLIER)), None, id="answered-long-ago"),
        pytest.param(
            answered(replace(ANSWER, status=ConditionStatus.TRUE, reason="Synced"), THEIRS),
            [THEIRS, ANSWER],
            id="pushed-by-eso-before",
        ),
        pytest.param(
            answered(replace(ANSWER, message="failed", last_transition_time=EARLIER)),
            [replace(ANSWER, last_transition_time=EARLIER)],
            id="failed-before",
        ),
        pytest.param(replace(PUSH, metadata=replace(PUSH.metadata, deletion_timestamp=NOW)), None, id="being-deleted"),
    ],
)
def test_conditions_that_are_stored(found: PushSecret, want: list[Condition] | None) -> None:
    assert decide(Seen(kind=PushKind.PUSH_SECRET, object=found, is_ours=True), now=NOW) == want


def test_an_object_of_another_class_is_left_alone() -> None:
    assert decide(Seen(kind=PushKind.PUSH_SECRET, object=PUSH, is_ours=False), now=NOW) is None


class World:
    """A reconciler with everything around it."""

    def __init__(self) -> None:
        self.fleet, self.cluster = FakeFleet(), FakeCluster()
        caches = Caches(
            external_secrets={},
            secret_stores=self.cluster.secret_stores,
            cluster_secret_stores=self.cluster.cluster_secret_stores,
        )
        self.reconciler = Reconciler(
            objects=self.fleet.push_objects,
            caches=caches,
            processing=Processing(),
            fleet=self.fleet,
            recorders=dict.fromkeys(PushKind, Recorder(self.cluster, component="pushsecret", normal_events=False)),
            now=lambda: NOW,
        )

    def put_store(self, name: str, *, controller: str) -> None:
        metadata = ObjectMeta(name=name, namespace="team-a")
        store = SecretStore(metadata=metadata, spec=SecretStoreSpec(controller=controller))
        self.cluster.secret_stores[ObjectKey("team-a", name)] = store


@pytest.mark.parametrize("kind", list(PushKind))
async def test_an_object_is_answered_once(kind: PushKind) -> None:
    world = World()
    namespace = "team-a" if kind is PushKind.PUSH_SECRET else ""
    metadata = ObjectMeta(name="push", namespace=namespace)
    world.fleet.put_push_object(kind, PushSecret(metadata=metadata))
    key = PushKey(kind=kind, namespace=namespace, name="push")
    for _ in range(2):
        assert await world.reconciler.reconcile(key) == Done()
    assert world.fleet.take_calls() == [f"PATCH {kind.value} push"]
    message = f"{kind.value} is not supported by this version of Bulkhead; nothing was pushed"
    (condition,) = world.fleet.push_objects[kind][ObjectKey(namespace, "push")].status.conditions
    assert condition.message == message
    assert [(event.reason, event.message) for event in world.cluster.events] == [("Errored", message)]


@pytest.mark.parametrize(
    ("refs", "answers"),
    [
        pytest.param([{"name": "ours"}], True, id="ours"),
        pytest.param([{"name": "theirs"}], False, id="theirs"),
        pytest.param([{"name": "theirs"}, {"name": "ours"}], True, id="both"),
        pytest.param([{"name": "theirs"}, {"name": "missing"}], True, id="unknown"),
        pytest.param([{"name": "theirs"}, {"labelSelector": {}}], True, id="selected-by-labels"),
        pytest.param([], True, id="none-named"),
    ],
)
async def test_the_class_of_the_stores_says_whose_it_is(refs: list[object], answers: bool) -> None:
    world = World()
    world.put_store("ours", controller="")
    world.put_store("theirs", controller="another")
    world.fleet.put_push_object(
        PushKind.PUSH_SECRET, replace(PUSH, spec=msgspec.convert({"secretStoreRefs": refs}, PushSpec))
    )
    await world.reconciler.reconcile(PushKey(kind=PushKind.PUSH_SECRET, namespace="team-a", name="push"))
    assert bool(world.fleet.take_calls()) is answers


@pytest.mark.parametrize(
    ("processing", "namespace", "watches"),
    [
        pytest.param(Processing(), "", 2, id="both"),
        pytest.param(Processing(push_secrets=False), "", 1, id="cluster-kind-alone"),
        pytest.param(Processing(cluster_push_secrets=False), "", 1, id="namespaced-kind-alone"),
        pytest.param(Processing(), "team-a", 1, id="in-one-namespace"),
        pytest.param(Processing(push_secrets=False, cluster_push_secrets=False), "", 0, id="left-to-eso"),
    ],
)
def test_kinds_that_are_switched_off_are_not_watched(processing: Processing, namespace: str, watches: int) -> None:
    recorder = Recorder(FakeCluster(), component="pushsecret", normal_events=False)
    kinds = UnservedKinds(
        KubeClient(KubeConfig(server="https://127.0.0.1:1", directory=Path("none"))),
        FakeFleet(),
        caches=Caches(external_secrets={}, secret_stores={}, cluster_secret_stores={}),
        processing=processing,
        namespace=namespace,
        recorders=dict.fromkeys(PushKind, recorder),
        watchdog_bound_s=1.0,
        now=lambda: NOW,
    )
    assert len(kinds.informers) == watches


async def test_an_object_that_changed_or_went_meanwhile_is_no_trouble() -> None:
    world, key = World(), PushKey(kind=PushKind.PUSH_SECRET, namespace="team-a", name="push")
    assert await world.reconciler.reconcile(key) == Done()
    world.fleet.put_push_object(PushKind.PUSH_SECRET, PUSH)
    world.fleet.refusals["PATCH"] = [ConflictError(409, "Conflict"), NotFoundError(404, "NotFound")]
    assert await world.reconciler.reconcile(key) == Retry()
    assert await world.reconciler.reconcile(key) == Done()
    assert world.cluster.events == []
