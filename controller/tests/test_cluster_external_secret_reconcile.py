"""One ClusterExternalSecret against a fake API server: what is written, what is said, and when to look again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from bulkhead_api.cluster_external_secret import ClusterExternalSecret, ClusterExternalSecretSpec
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus
from bulkhead_api.meta import ObjectMeta
from bulkhead_controller.clusterexternalsecret.apply import WRITERS, Applier
from bulkhead_controller.clusterexternalsecret.children import FORCE_SYNC
from bulkhead_controller.clusterexternalsecret.decide import FINALIZER
from bulkhead_controller.clusterexternalsecret.gather import Gatherer
from bulkhead_controller.clusterexternalsecret.reconcile import MAX_EVENTS, Reconciler
from bulkhead_controller.clusterexternalsecret.release import Releaser
from bulkhead_controller.events import Recorder
from bulkhead_controller.metrics import ObjectMetrics
from bulkhead_controller.requeue import Again, Done, Requeue, Retry
from bulkhead_runtime.kube.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ServerUnavailableError,
    TooManyRequestsError,
)
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.fake_cluster import FakeCluster
from bulkhead_testkit.fake_fleet import FakeFleet

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = ObjectKey("", "fleet")
AN_HOUR = Again(3600.0)
STATUS = "PATCH clusterexternalsecrets/status fleet"
CHILD_SPEC = {"secretStoreRef": {"name": "vault"}, "target": {"template": {"data": {"a": "b"}}}}


@dataclass
class World:
    """A reconciler with everything around it."""

    fleet: FakeFleet = field(default_factory=FakeFleet)
    cluster: FakeCluster = field(default_factory=FakeCluster)
    """For events alone."""

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        self.reconciler = Reconciler(
            gatherer=Gatherer(
                owners=self.fleet.owners,
                namespaces=self.fleet.namespaces,
                external_secrets=self.fleet.external_secrets,
                children=self.fleet.children,
            ),
            applier=Applier(self.fleet),
            recorder=Recorder(self.cluster, component="cluster-external-secret", normal_events=False),
            metrics=ObjectMetrics("clusterexternalsecret", counts=False, registry=self.registry),
        )

    def add_namespaces(self, *names: str, **metadata: object) -> None:
        for name in names:
            found = ObjectMeta(name=name, labels={"team": "yes"})
            self.fleet.put_namespace(replace(found, **metadata))

    def apply(self, spec: Mapping[str, object] | None = None, **metadata: object) -> None:
        """Create the object, or change its spec and metadata."""
        body = {"externalSecretSpec": CHILD_SPEC, "namespaceSelectors": [{"matchLabels": {"team": "yes"}}]}
        old = self.fleet.owners.get(KEY) or ClusterExternalSecret(metadata=ObjectMeta(name="fleet", uid="c-1"))
        new_spec = msgspec.json.decode(msgspec.json.encode(body | dict(spec or {})), type=ClusterExternalSecretSpec)
        self.fleet.put_owner(replace(old, metadata=replace(old.metadata, **metadata), spec=new_spec))

    async def reconcile(self) -> Requeue:
        return await self.reconciler.reconcile(KEY)

    @property
    def owner(self) -> ClusterExternalSecret:
        return self.fleet.owners[KEY]

    @property
    def ready(self) -> tuple[str, str]:
        (condition,) = self.owner.status.conditions
        return condition.status.value, condition.message

    @property
    def failed(self) -> dict[str, str]:
        return {each.namespace: each.reason for each in self.owner.status.failed_namespaces}

    @property
    def places(self) -> list[str]:
        return sorted(str(key) for key in self.fleet.external_secrets)

    @property
    def told(self) -> list[str]:
        return [event.message for event in self.cluster.events]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, {"name": "fleet", "namespace": "", **labels})


@pytest.fixture
async def world() -> World:
    """Two namespaces that have their child."""
    world = World()
    world.add_namespaces("a", "b")
    world.apply()
    assert await world.reconcile() == AN_HOUR
    assert world.fleet.take_calls() == ["PATCH clusterexternalsecrets/status fleet", *_posts("a", "b")]
    return world


def _posts(*namespaces: str) -> list[str]:
    return [f"POST externalsecrets {each}/fleet" for each in namespaces]


async def test_each_namespace_gets_a_child_and_the_status_names_them(world: World) -> None:
    assert world.places == ["a/fleet", "b/fleet"]
    assert world.ready == ("True", "")
    status = world.owner.status
    assert (status.external_secret_name, status.provisioned_namespaces) == ("fleet", ["a", "b"])
    assert world.told == []


async def test_an_unchanged_pass_makes_no_call(world: World) -> None:
    assert await world.reconcile() == AN_HOUR
    assert world.fleet.take_calls() == []


async def test_a_synced_child_is_no_reason_to_write_it(world: World) -> None:
    key = ObjectKey("a", "fleet")
    synced = replace(world.fleet.external_secrets[key], status=ExternalSecretStatus(synced_resource_version="1-a"))
    world.fleet.put_external_secret(synced)
    await world.reconcile()
    assert world.fleet.take_calls() == []


async def test_a_changed_spec_reaches_every_child_by_one_put_each(world: World) -> None:
    world.apply({"externalSecretSpec": {**CHILD_SPEC, "refreshInterval": "5m"}})
    await world.reconcile()
    assert world.fleet.take_calls() == ["PUT externalsecrets a/fleet", "PUT externalsecrets b/fleet"]
    assert {each.spec.refresh_interval for each in world.fleet.external_secrets.values()} == {"5m"}


async def test_metadata_that_others_put_on_a_child_is_replaced(world: World) -> None:
    key = ObjectKey("a", "fleet")
    there = world.fleet.external_secrets[key]
    world.fleet.put_external_secret(replace(there, metadata=replace(there.metadata, labels={"x": "y"})))
    await world.reconcile()
    assert world.fleet.take_calls() == ["PUT externalsecrets a/fleet"]
    assert world.fleet.external_secrets[key].metadata.labels == {}


async def test_force_sync_reaches_the_children_and_goes_again(world: World) -> None:
    for annotations in ({FORCE_SYNC: "1"}, {}):
        world.apply(annotations=annotations)
        await world.reconcile()
        assert {tuple(each.metadata.annotations.items()) for each in world.fleet.external_secrets.values()} == {
            tuple(annotations.items())
        }


async def test_a_deleted_child_is_made_again(world: World) -> None:
    await world.fleet.delete_external_secret(
        ObjectKey("a", "fleet"), uid=world.fleet.external_secrets[ObjectKey("a", "fleet")].metadata.uid
    )
    world.fleet.take_calls()
    await world.reconcile()
    assert world.fleet.take_calls() == _posts("a")


async def test_a_namespace_that_is_not_meant_any_more_loses_its_child(world: World) -> None:
    world.add_namespaces("b", labels={})
    await world.reconcile()
    assert world.fleet.take_calls() == ["DELETE externalsecrets b/fleet", STATUS]
    assert world.owner.status.provisioned_namespaces == ["a"]


async def test_a_rename_deletes_the_old_children_first(world: World) -> None:
    world.apply({"externalSecretName": "renamed"})
    await world.reconcile()
    assert world.places == ["a/renamed", "b/renamed"]
    assert world.owner.status.external_secret_name == "renamed"


async def test_a_rename_waits_until_the_old_children_could_be_deleted(world: World) -> None:
    world.apply({"externalSecretName": "renamed"})
    world.fleet.refusals["DELETE externalsecrets b/fleet"] = [ForbiddenError(403, "Forbidden", message="not now")]
    assert await world.reconcile() == Retry()
    assert world.places == ["b/fleet"]
    assert world.ready == ("False", "one or more namespaces failed")
    assert "not now" in world.failed["b"]
    assert world.owner.status.external_secret_name == "fleet"
    assert await world.reconcile() == AN_HOUR
    assert (world.places, world.ready, world.failed) == (["a/renamed", "b/renamed"], ("True", ""), {})


async def test_a_foreign_externalsecret_fails_its_namespace_until_it_goes(world: World) -> None:
    world.fleet.put_external_secret(ExternalSecret(metadata=ObjectMeta(name="fleet", namespace="c")))
    world.add_namespaces("c")
    assert await world.reconcile() == AN_HOUR
    assert world.failed == {"c": "external secret already exists in namespace"}
    assert world.ready == ("False", "one or more namespaces failed")
    assert world.told == ['namespace "c": external secret already exists in namespace']
    await world.reconcile()
    assert len(world.told) == 1
    del world.fleet.external_secrets[ObjectKey("c", "fleet")]
    await world.reconcile()
    assert (world.ready, world.failed) == (("True", ""), {})


async def test_both_values_of_the_condition_are_shown(world: World) -> None:
    name = "clusterexternalsecret_status_condition"
    assert world.metric(name, condition="Ready", status="True") == 1
    world.fleet.put_external_secret(ExternalSecret(metadata=ObjectMeta(name="fleet", namespace="c")))
    world.add_namespaces("c")
    await world.reconcile()
    assert world.metric(name, condition="Ready", status="True") == 0
    assert world.metric(name, condition="Ready", status="False") == 1
    assert (world.metric("clusterexternalsecret_reconcile_duration") or 0) > 0
    del world.fleet.owners[KEY]
    assert await world.reconcile() == Done()
    assert world.metric("clusterexternalsecret_reconcile_duration") is None


async def test_a_bad_selector_is_said_and_the_children_stay(world: World) -> None:
    world.apply({"namespaceSelectors": [{"matchExpressions": [{"key": "team", "operator": "Near"}]}]})
    assert await world.reconcile() == AN_HOUR
    assert list(world.failed) == ["unknown"]
    assert world.ready == ("False", "one or more namespaces failed")
    assert (world.places, world.owner.status.provisioned_namespaces) == (["a/fleet", "b/fleet"], ["a", "b"])


@pytest.mark.parametrize(
    ("error", "requeue"),
    [
        pytest.param(ForbiddenError(403, "Forbidden", message="no"), AN_HOUR, id="forbidden"),
        pytest.param(InvalidError(422, "Invalid", message="no"), AN_HOUR, id="refused-by-somebodys-policy"),
        pytest.param(ServerUnavailableError(500, "InternalError", message="no"), Retry(), id="somebodys-webhook"),
    ],
)
async def test_a_refused_child_fails_its_namespace_and_no_other(
    world: World, error: ApiError, requeue: Requeue
) -> None:
    world.add_namespaces("c", "d")
    world.fleet.refusals["POST externalsecrets c/fleet"] = [error]
    assert await world.reconcile() == requeue
    assert list(world.failed) == ["c"]
    assert world.owner.status.provisioned_namespaces == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("error", "requeue"),
    [
        pytest.param(ConflictError(409, "AlreadyExists"), Retry(), id="conflict"),
        pytest.param(NotFoundError(404, "NotFound"), Retry(), id="namespace-gone"),
        pytest.param(
            ForbiddenError(403, "Forbidden", message='namespace "c" is being terminated'), Retry(), id="terminating"
        ),
        pytest.param(TooManyRequestsError(429, "TooManyRequests", 7.0), Retry(7.0), id="too-busy"),
        pytest.param(ServerUnavailableError(0, "Timeout"), Retry(), id="no-answer"),
    ],
)
async def test_what_may_pass_is_tried_again_and_not_said(world: World, error: ApiError, requeue: Requeue) -> None:
    world.add_namespaces("c")
    world.fleet.refusals["POST externalsecrets c/fleet"] = [error]
    assert await world.reconcile() == requeue
    assert (world.ready, world.failed, world.told) == (("True", ""), {}, [])
    assert await world.reconcile() == AN_HOUR
    assert world.owner.status.provisioned_namespaces == ["a", "b", "c"]


async def test_a_child_that_changed_meanwhile_is_not_overwritten(world: World) -> None:
    there = world.fleet.external_secrets[ObjectKey("a", "fleet")]
    newer = world.fleet.put_external_secret(replace(there, metadata=replace(there.metadata, labels={"x": "y"})))
    # The copy is old.
    world.fleet.external_secrets[ObjectKey("a", "fleet")] = newer
    world.fleet.refusals["PUT externalsecrets a/fleet"] = [ConflictError(409, "Conflict")]
    assert await world.reconcile() == Retry()
    assert world.fleet.external_secrets[ObjectKey("a", "fleet")] == newer


async def test_no_further_write_is_begun_when_the_api_server_does_not_answer(world: World) -> None:
    world.add_namespaces(*(f"n{number:03}" for number in range(100)))
    world.fleet.refusals["POST externalsecrets"] = [ServerUnavailableError(0, "Timeout") for _ in range(100)]
    assert await world.reconcile() == Retry()
    assert len(world.fleet.take_calls()) <= WRITERS


async def test_three_hundred_namespaces_cost_one_call_each_and_one_for_the_status() -> None:
    world, names = World(), [f"n{number:03}" for number in range(300)]
    world.add_namespaces(*names)
    world.apply()
    await world.reconcile()
    assert world.fleet.take_calls() == sorted([STATUS, *_posts(*names)])
    assert world.owner.status.provisioned_namespaces == names
    await world.reconcile()
    assert world.fleet.take_calls() == []
    world.add_namespaces("n007", labels={})
    world.add_namespaces("new")
    await world.reconcile()
    assert world.fleet.take_calls() == sorted([STATUS, "DELETE externalsecrets n007/fleet", *_posts("new")])


async def test_many_failures_make_few_events() -> None:
    world, names = World(), [f"n{number:03}" for number in range(50)]
    world.add_namespaces(*names)
    world.apply()
    world.fleet.refusals["POST externalsecrets"] = [ForbiddenError(403, "Forbidden") for _ in names]
    await world.reconcile()
    assert (len(world.failed), len(world.told)) == (50, MAX_EVENTS)


async def test_an_object_with_esos_finalizer_goes_after_its_children(world: World) -> None:
    world.apply(finalizers=[FINALIZER], deletion_timestamp=NOW)
    assert await world.reconcile() == Done()
    assert (world.places, world.fleet.owners) == ([], {})
    assert world.fleet.take_calls() == [
        "DELETE externalsecrets a/fleet",
        "DELETE externalsecrets b/fleet",
        "PATCH clusterexternalsecrets fleet",
    ]


async def test_an_object_stays_while_a_child_cannot_be_deleted(world: World) -> None:
    world.apply(finalizers=[FINALIZER], deletion_timestamp=NOW)
    world.fleet.refusals["DELETE externalsecrets b"] = [ForbiddenError(403, "Forbidden")]
    assert await world.reconcile() == Retry()
    assert (list(world.failed), world.owner.metadata.finalizers) == (["b"], [FINALIZER])


async def test_an_object_that_nothing_holds_is_left_to_the_garbage_collector(world: World) -> None:
    world.apply(finalizers=["foregroundDeletion"], deletion_timestamp=NOW)
    assert await world.reconcile() == Done()
    assert world.fleet.take_calls() == []


@pytest.mark.parametrize("error", [ConflictError(409, "Conflict"), ServerUnavailableError(0, "Timeout")])
async def test_a_status_that_could_not_be_stored_is_tried_again(world: World, error: ApiError) -> None:
    world.add_namespaces("c")
    world.fleet.refusals[STATUS] = [error]
    assert await world.reconcile() == Retry()
    world.fleet.take_calls()
    await world.reconcile()
    assert world.fleet.take_calls() == [STATUS]


async def test_a_namespace_is_freed_of_esos_finalizers_and_of_no_other() -> None:
    fleet = FakeFleet()
    held = ["externalsecrets.external-secrets.io/ces-gone", "example.com/theirs"]
    fleet.put_namespace(ObjectMeta(name="a", finalizers=held, deletion_timestamp=NOW))
    fleet.put_namespace(ObjectMeta(name="b", finalizers=["example.com/theirs"]))
    releaser = Releaser(fleet.namespaces, fleet)
    for name in ("a", "b", "missing"):
        assert await releaser.reconcile(ObjectKey("", name)) == Done()
    assert fleet.take_calls() == ["PATCH namespaces a"]
    assert fleet.namespaces[ObjectKey("", "a")].metadata.finalizers == ["example.com/theirs"]


async def test_a_namespace_that_changed_meanwhile_is_freed_later() -> None:
    fleet = FakeFleet(refusals={"PATCH": [ConflictError(409, "Conflict"), NotFoundError(404, "NotFound")]})
    fleet.put_namespace(ObjectMeta(name="a", finalizers=["externalsecrets.external-secrets.io/ces-x"]))
    releaser = Releaser(fleet.namespaces, fleet)
    assert await releaser.reconcile(ObjectKey("", "a")) == Retry()
    assert await releaser.reconcile(ObjectKey("", "a")) == Done()
