"""Differences from ESO that docs/compatibility.md names and no other test shows."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import ManagedFields
from bulkhead_api.secret import LiveObjectMeta, LiveSecret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.update import Update, decide_update
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.requeue import Again, Done
from bulkhead_target.target import content_without_template, field_manager
from bulkhead_testkit.external_secret_world import KEY, VALUE, World

READING = Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({KEY.namespace}))
MANAGED = "reconcile.external-secrets.io/managed"


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"refreshPolicy": "OnChange"}, id="on-change"),
        pytest.param({"refreshPolicy": "CreatedOnce"}, id="created-once"),
        pytest.param({"refreshInterval": "0"}, id="no-interval"),
    ],
)
async def test_a_lost_target_stays_lost_without_a_timer_where_it_cannot_be_seen(spec: dict[str, object]) -> None:
    world = World()
    world.apply(spec)
    await world.reconcile()
    world.cluster.remove_secret(KEY)
    world.now += timedelta(days=1)
    assert await world.reconcile() == Done()
    assert world.cluster.secrets == {}


@pytest.mark.parametrize(
    ("policy", "guarded"),
    [("Owner", True), ("Owner", False), ("Orphan", False)],
    ids=["owned", "owned-and-unguarded", "unguarded"],
)
async def test_a_target_that_loses_its_managed_label_is_made_good(policy: str, *, guarded: bool) -> None:
    world = await without_label(policy, guarded=guarded)
    assert world.condition[1] == "SecretSynced"
    assert MANAGED in world.cluster.secrets[KEY].metadata.labels


async def test_an_orphan_that_loses_its_managed_label_is_nobodys_where_adoption_is_guarded() -> None:
    world = await without_label("Orphan", guarded=True)
    assert world.condition[1] == "SecretSyncedError"
    assert MANAGED not in world.cluster.secrets[KEY].metadata.labels


async def without_label(policy: str, *, guarded: bool) -> World:
    world = World(processing=Processing(rights=READING, adoption_guard=guarded))
    world.apply({"target": {"creationPolicy": policy}})
    await world.reconcile()
    secret = world.cluster.secrets[KEY]
    labels = {key: value for key, value in secret.metadata.labels.items() if key != MANAGED}
    world.cluster.put_secret(replace(secret, metadata=replace(secret.metadata, labels=labels)))
    await world.refresh()
    return world


async def test_an_orphan_that_was_edited_waits_for_its_refresh() -> None:
    world = World(processing=Processing(rights=READING))
    world.apply({"target": {"creationPolicy": "Orphan"}})
    await world.reconcile()
    secret = world.cluster.secrets[KEY]
    world.cluster.put_secret(replace(secret, data={"password": SecretValue(b"edited")}))
    await world.reconcile()
    assert world.target() == {"password": b"edited"}
    await world.refresh()
    assert world.target() == {"password": VALUE}


async def test_without_cluster_stores_an_entry_that_uses_one_leaves_the_object_alone() -> None:
    world = World(processing=Processing(cluster_stores=False))
    world.put_cluster_store()
    source = {"storeRef": {"name": "vault", "kind": "ClusterSecretStore"}}
    world.apply({"data": [{"secretKey": "k", "remoteRef": {"key": "db"}, "sourceRef": source}]})
    assert await world.reconcile() == Done()
    assert (world.cluster.calls, world.backends.reads) == ([], [])


async def test_entries_that_are_gone_are_told_of_together_and_once() -> None:
    world = World(normal_events=True)
    entries = [{"secretKey": key, "remoteRef": {"key": key}} for key in ("db", "gone", "lost")]
    world.apply({"data": entries, "target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    await world.refresh()
    assert [event.message for event in world.cluster.events if event.reason == "MissingProviderSecret"] == [
        "the provider has no secret for spec.data[1], spec.data[2]"
    ]
    assert world.target() == {"db": VALUE}


async def test_a_closed_window_is_waited_for_until_it_opens() -> None:
    world = World()
    windows = {"kind": "allow", "windows": [{"schedule": "0 22 * * *", "duration": "1h"}]}
    world.apply({"refreshInterval": "1h", "syncWindows": windows})
    await world.reconcile()
    world.now += timedelta(hours=1)
    # It is 13:00.
    assert await world.reconcile() == Again(9 * 3600.0)
    assert len(world.backends.reads) == 1


def test_stale_labels_go_whatever_the_length_of_the_name() -> None:
    name = "n" * 40
    wanted = msgspec.convert({"metadata": {"name": name, "namespace": "team-a", "uid": "u-1"}}, ExternalSecret)
    own = msgspec.Raw(b'{"f:metadata": {"f:labels": {"f:stale": {}}}}')
    metadata = LiveObjectMeta(
        name=name,
        namespace="team-a",
        labels={"stale": "1", "theirs": "2"},
        managed_fields=[ManagedFields(manager=field_manager(name), fields_v1=own)],
    )
    plan = decide_update(wanted, content_without_template(wanted, {}), LiveSecret(metadata=metadata))
    assert isinstance(plan, Update)
    assert {"stale", "theirs"} & plan.secret.metadata.labels.keys() == {"theirs"}
