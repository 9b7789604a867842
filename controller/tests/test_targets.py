"""Targets under every creationPolicy, with and without the right to read them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace as struct_replace

from bulkhead_api.meta import ObjectMeta, OwnerReference
from bulkhead_api.secret import Secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.requeue import Again, Retry
from bulkhead_runtime.kube.errors import ForbiddenError
from bulkhead_testkit.external_secret_world import KEY, VALUE, World

STRICT = Rights()
READING = Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({KEY.namespace}))
MANAGED = "reconcile.external-secrets.io/managed"
CREATED_BY = "reconcile.external-secrets.io/created-by"
HOUR = Again(3600.0)


def world_with(rights: Rights, **processing: object) -> World:
    return World(processing=Processing(rights=rights, **processing))  # type: ignore[arg-type]  # names of its fields


@pytest.fixture
def reading() -> World:
    return world_with(READING)


def foreign(data: bytes = b"theirs", **labels: str) -> Secret:
    metadata = ObjectMeta(name="app", namespace="team-a", labels=dict(labels))
    return Secret(metadata=metadata, data={"theirs": SecretValue(data)})


def edit(world: World, **data: bytes) -> None:
    """Change the target's data as a user would."""
    secret = world.cluster.secrets[KEY]
    edited = {**secret.data, **{key: SecretValue(value) for key, value in data.items()}}
    world.cluster.put_secret(struct_replace(secret, data=edited))


@pytest.mark.parametrize("rights", [STRICT, READING], ids=["strict", "reading"])
@pytest.mark.parametrize("policy", ["Owner", "Orphan"])
async def test_a_target_is_made(rights: Rights, policy: str) -> None:
    world = world_with(rights)
    world.apply({"target": {"creationPolicy": policy}})
    assert await world.reconcile() == HOUR
    secret = world.cluster.secrets[KEY]
    assert world.target() == {"password": VALUE}
    assert bool(secret.metadata.owner_references) is (policy == "Owner")
    assert (CREATED_BY in secret.metadata.labels) is (policy == "Owner")


@pytest.mark.parametrize("rights", [STRICT, READING], ids=["strict", "reading"])
async def test_policy_none_reads_the_provider_and_touches_no_secret(rights: Rights) -> None:
    world = world_with(rights)
    world.apply({"target": {"creationPolicy": "None"}})
    assert await world.reconcile() == HOUR
    assert world.condition == ("True", "SecretSynced", "secret synced")
    assert world.cluster.secrets == {}
    assert world.status.binding.name == ""


@pytest.mark.parametrize("rights", [STRICT, READING], ids=["strict", "reading"])
async def test_an_owner_that_becomes_an_orphan_gives_its_secret_up(rights: Rights) -> None:
    world = world_with(rights)
    world.apply()
    await world.reconcile()
    world.apply({"target": {"creationPolicy": "Orphan"}})
    assert await world.reconcile() == HOUR
    metadata = world.cluster.secrets[KEY].metadata
    assert metadata.owner_references == []
    assert CREATED_BY not in metadata.labels
    assert metadata.labels[MANAGED] == "true"
    world.cluster.calls.clear()
    assert await world.refresh() == HOUR
    assert world.cluster.stored_writes == []


@pytest.mark.parametrize("rights", [STRICT, READING], ids=["strict", "reading"])
async def test_the_secret_of_another_external_secret_is_not_taken(rights: Rights) -> None:
    world = world_with(rights)
    owner = OwnerReference(
        api_version="external-secrets.io/v1", kind="ExternalSecret", name="other", uid="u-9", controller=True
    )
    metadata = ObjectMeta(
        name="app", namespace="team-a", labels={MANAGED: "true", CREATED_BY: "x"}, owner_references=[owner]
    )
    world.cluster.put_secret(Secret(metadata=metadata, data={"theirs": SecretValue(b"1")}))
    for policy in ("Owner", "Orphan"):
        world.apply({"target": {"creationPolicy": policy}})
        assert await world.reconcile() == Retry()
        assert world.condition[2].startswith("target is owned by another ExternalSecret")
        assert world.target() == {"theirs": b"1"}


async def test_merge_waits_for_its_target_and_keeps_what_is_there(reading: World) -> None:
    reading.apply({"target": {"creationPolicy": "Merge"}})
    assert await reading.reconcile() == HOUR
    assert reading.condition == ("True", "SecretMissing", "secret will not be created due to CreationPolicy=Merge")
    reading.cluster.put_secret(foreign())
    await reading.refresh()
    assert reading.target() == {"theirs": b"theirs", "password": VALUE}
    assert reading.condition == ("True", "SecretSynced", "secret synced")


async def test_merge_takes_away_what_it_no_longer_wants(reading: World) -> None:
    reading.cluster.put_secret(foreign())
    data = [{"secretKey": key, "remoteRef": {"key": "db"}} for key in ("a", "b")]
    reading.apply({"target": {"creationPolicy": "Merge"}, "data": data})
    await reading.reconcile()
    reading.apply({"target": {"creationPolicy": "Merge"}, "data": data[1:]})
    await reading.reconcile()
    assert reading.target() == {"theirs": b"theirs", "b": VALUE}


async def test_create_or_merge_creates_and_then_keeps_foreign_keys(reading: World) -> None:
    reading.apply({"target": {"creationPolicy": "CreateOrMerge"}})
    await reading.reconcile()
    edit(reading, theirs=b"1")
    await reading.refresh()
    assert reading.target() == {"theirs": b"1", "password": VALUE}
    assert reading.cluster.secrets[KEY].metadata.owner_references == []


@pytest.mark.parametrize("policy", ["Periodic", "OnChange", "CreatedOnce"])
async def test_an_edited_target_is_made_good_at_once_where_it_can_be_seen(reading: World, policy: str) -> None:
    reading.apply({"refreshPolicy": policy})
    await reading.reconcile()
    edit(reading, password=b"edited")
    await reading.reconcile()
    assert reading.target() == {"password": VALUE}


async def test_a_deleted_target_is_made_anew_at_once_where_it_can_be_seen(reading: World) -> None:
    reading.apply()
    await reading.reconcile()
    reading.cluster.remove_secret(KEY)
    await reading.reconcile()
    assert reading.target() == {"password": VALUE}


async def test_labels_that_others_put_there_are_no_drift(reading: World) -> None:
    reading.apply()
    await reading.reconcile()
    secret = reading.cluster.secrets[KEY]
    labels = {**secret.metadata.labels, "theirs": "1"}
    reading.cluster.put_secret(struct_replace(secret, metadata=struct_replace(secret.metadata, labels=labels)))
    assert await reading.reconcile() == HOUR
    assert len(reading.backends.reads) == 1
    await reading.refresh()
    assert reading.cluster.secrets[KEY].metadata.labels["theirs"] == "1"


async def test_a_target_that_is_as_we_left_it_costs_no_call(reading: World) -> None:
    reading.apply()
    await reading.reconcile()
    assert await reading.refresh() == HOUR
    assert reading.cluster.calls == []


async def test_after_a_restart_a_valid_target_is_read_once_and_nothing_else_happens(reading: World) -> None:
    reading.apply()
    await reading.reconcile()
    reading.restart()
    reading.cluster.calls.clear()
    for _ in range(2):
        assert await reading.reconcile() == HOUR
    assert [f"{call.verb} {call.resource}" for call in reading.cluster.calls] == ["GET secrets"]
    assert len(reading.backends.reads) == 1


async def test_an_unmanaged_secret_is_adopted_only_if_the_external_secret_says_so(reading: World) -> None:
    reading.cluster.put_secret(foreign())
    reading.apply()
    assert await reading.reconcile() == Retry()
    assert reading.condition[2] == (
        "could not update secret: target exists and is not managed by an ExternalSecret; delete it, or annotate this "
        'ExternalSecret bulkhead.dev/adopt="true" to have it overwritten'
    )
    assert reading.target() == {"theirs": b"theirs"}
    reading.apply(annotations={"bulkhead.dev/adopt": "true"})
    assert await reading.reconcile() == HOUR
    assert reading.target() == {"password": VALUE}
    assert "bulkhead.dev/adopt" not in reading.cluster.secrets[KEY].metadata.annotations


async def test_without_the_guard_an_unmanaged_secret_is_adopted_as_by_eso() -> None:
    world = world_with(Rights(profile=Profile.ESO_COMPAT), adoption_guard=False)
    world.cluster.put_secret(foreign())
    world.apply()
    assert await world.reconcile() == HOUR
    assert world.target() == {"password": VALUE}


async def test_every_secret_that_was_made_is_deleted_after_a_rename(reading: World) -> None:
    reading.apply()
    await reading.reconcile()
    reading.apply({"target": {"name": "renamed"}})
    await reading.reconcile()
    assert [key.name for key in reading.cluster.secrets] == ["renamed"]


@pytest.mark.parametrize("rights", [STRICT, READING], ids=["strict", "reading"])
async def test_a_frozen_target_stays_as_it_was_made(rights: Rights) -> None:
    world = world_with(rights)
    world.apply({"target": {"immutable": True}})
    await world.reconcile()
    assert world.cluster.secrets[KEY].immutable
    world.backends.values["db"] = b"changed"
    assert await world.refresh() == HOUR
    assert world.condition == ("True", "SecretSynced", "secret synced")
    assert world.target() == {"password": VALUE}


@pytest.mark.parametrize("rights", [STRICT, READING], ids=["strict", "reading"])
async def test_an_immutable_secret_that_should_change_is_an_error(rights: Rights) -> None:
    world = world_with(rights)
    world.apply()
    await world.reconcile()
    world.cluster.put_secret(struct_replace(world.cluster.secrets[KEY], immutable=True))
    world.backends.values["db"] = b"changed"
    assert await world.refresh() == Retry()
    assert world.condition[2].startswith("could not update secret, target is immutable")
    assert world.target() == {"password": VALUE}


async def test_a_frozen_target_is_deleted_after_a_rename_by_who_wrote_it() -> None:
    world = world_with(STRICT)
    world.apply({"target": {"immutable": True}})
    await world.reconcile()
    world.apply({"target": {"immutable": True, "name": "renamed"}})
    assert await world.reconcile() == HOUR
    assert [key.name for key in world.cluster.secrets] == ["renamed"]


async def test_a_frozen_secret_that_somebody_made_in_place_of_ours_is_not_deleted() -> None:
    world = world_with(STRICT)
    spec: dict[str, object] = {"target": {"immutable": True, "deletionPolicy": "Delete"}}
    world.apply(spec)
    await world.reconcile()
    world.cluster.remove_secret(KEY)
    metadata = ObjectMeta(name="app", namespace="team-a", labels={MANAGED: "true"})
    world.cluster.put_secret(struct_replace(foreign(), metadata=metadata, immutable=True))
    del world.backends.values["db"]
    assert await world.refresh() == Retry()
    assert await world.reconcile() == Retry()
    assert world.condition[2] == "could not delete secret: the Secret is immutable"
    assert world.target() == {"theirs": b"theirs"}


async def test_a_missing_right_to_read_is_said_once_it_has_lasted(reading: World) -> None:
    reading.apply()
    reading.cluster.refusals["GET secrets"] = [ForbiddenError(403, "Forbidden") for _ in range(2)]
    assert await reading.reconcile() == Retry()
    reading.now += timedelta(seconds=6)
    assert await reading.reconcile() == Retry()
    assert "not allowed to (HTTP 403)" in reading.condition[2]
