"""Rows of ESO's own table for its ExternalSecret controller that no other module here has.

Source: ESO 2.9, externalsecret_controller_test.go, by what each row says.
"""

import base64
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from bulkhead_api.errors import UnavailableError
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.requeue import Again, Done
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.target import field_manager
from bulkhead_testkit.external_secret_world import KEY, VALUE, World

HOUR = Again(3600.0)
READING = Rights(profile=Profile.ESO_COMPAT)
HASH = "reconcile.external-secrets.io/data-hash"
CREATED_BY = "reconcile.external-secrets.io/created-by"
BOTH_RIGHTS = pytest.mark.parametrize("rights", [Rights(), READING], ids=["strict", "reading"])


def world_with(rights: Rights, **processing: object) -> World:
    return World(processing=Processing(rights=rights, **processing))  # type: ignore[arg-type]  # names of its fields


def counted(world: World) -> Mapping[str, float]:
    """Give the series of the ExternalSecret by the end of their names, and the condition by its value."""
    found = [sample for metric in world.metrics.collect() for sample in metric.samples]
    assert {(each.labels["namespace"], each.labels["name"]) for each in found} == {(KEY.namespace, KEY.name)}
    return {
        each.labels.get("status", each.name.removeprefix("externalsecret_")): each.value
        for each in found
        if not each.name.endswith("duration")
    }


@BOTH_RIGHTS
async def test_a_name_of_more_than_63_characters_is_synced(rights: Rights) -> None:
    world = world_with(rights)
    long = ObjectKey(KEY.namespace, "a" * 100)
    world.apply(name=long.name)
    assert await world.reconciler.reconcile(long) == HOUR
    assert world.target(long.name) == {"password": VALUE}
    assert len(world.cluster.secrets[long].metadata.labels[CREATED_BY]) <= 63
    assert world.cluster.field_managers == {field_manager(long.name)}
    assert world.cluster.external_secrets[long].status.binding.name == long.name


async def test_successes_and_failures_are_counted_with_the_condition() -> None:
    world = world_with(READING)
    world.apply()
    await world.reconcile()
    assert counted(world) == {"sync_calls_total": 1, "sync_calls_error": 0, "True": 1, "False": 0}
    world.backends.failure = UnavailableError("down")
    await world.refresh()
    assert counted(world) == {"sync_calls_total": 2, "sync_calls_error": 1, "True": 0, "False": 1}


async def test_a_merge_without_its_secret_counts_as_no_error() -> None:
    world = world_with(READING)
    world.apply({"target": {"creationPolicy": "Merge"}})
    await world.reconcile()
    assert world.condition[1] == "SecretMissing"
    assert counted(world) == {"sync_calls_total": 1, "sync_calls_error": 0, "True": 1, "False": 0}


async def test_a_merge_that_changes_nothing_leaves_the_resource_version() -> None:
    world = world_with(READING)
    world.apply({"target": {"creationPolicy": "CreateOrMerge"}})
    await world.reconcile()
    before = world.cluster.secrets[KEY].metadata.resource_version
    assert await world.refresh() == HOUR
    assert world.cluster.secrets[KEY].metadata.resource_version == before


async def test_a_wrong_hash_is_put_right_at_once() -> None:
    world = world_with(READING)
    world.apply()
    await world.reconcile()
    secret = world.cluster.secrets[KEY]
    right = secret.metadata.annotations[HASH]
    wrong = replace(secret.metadata, annotations={**secret.metadata.annotations, HASH: "wrong"})
    world.cluster.put_secret(replace(secret, metadata=wrong))
    await world.reconcile()
    assert world.cluster.secrets[KEY].metadata.annotations[HASH] == right
    assert len(world.backends.reads) == 2


SOURCES: Mapping[str, dict[str, object]] = {
    "data": {"data": [{"secretKey": "k", "remoteRef": {"key": "nul", "nullBytePolicy": "Fail"}}]},
    "extract": {"data": [], "dataFrom": [{"extract": {"key": "nul", "nullBytePolicy": "Fail"}}]},
    "find": {"data": [], "dataFrom": [{"find": {"name": {"regexp": "^nul$"}, "nullBytePolicy": "Fail"}}]},
}


@BOTH_RIGHTS
@pytest.mark.parametrize("source", SOURCES)
async def test_a_null_byte_that_is_not_wanted_makes_no_secret(rights: Rights, source: str) -> None:
    world = world_with(rights)
    world.backends.values["nul"] = b"a\0b"
    world.backends.maps["nul"] = {"k": b"a\0b"}
    world.apply(SOURCES[source])
    await world.reconcile()
    assert world.cluster.secrets == {}
    assert world.condition[1] == "SecretSyncedError"
    assert "the value holds a null byte" in world.condition[2]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"extract": {"key": "all"}}, id="extract"),
        pytest.param({"find": {"name": {"regexp": "a/b"}}}, id="find"),
    ],
)
async def test_keys_that_were_rewritten_are_not_converted_behind_the_users_back(item: dict[str, object]) -> None:
    world = world_with(READING)
    world.backends.values["a/b"] = b"1"
    world.backends.maps["all"] = {"a/b": b"1"}
    world.apply({"data": [], "dataFrom": [item]})
    await world.reconcile()
    assert world.target() == {"a_b": b"1"}
    rewrite = [{"regexp": {"source": "^", "target": "x"}}]
    world.apply({"data": [], "dataFrom": [{**item, "rewrite": rewrite}]})
    await world.reconcile()
    assert world.condition[1] == "SecretSyncedError"
    assert world.target() == {"a_b": b"1"}


async def test_finds_are_rewritten_and_refreshed() -> None:
    world = world_with(READING)
    world.backends.values = {"app-a": b"1", "app-b": b"2", "other": b"3"}
    rewrite = [{"regexp": {"source": "app-(.*)", "target": "my_$1"}}]
    world.apply({"data": [], "dataFrom": [{"find": {"name": {"regexp": "^app-"}}, "rewrite": rewrite}]})
    await world.reconcile()
    assert world.target() == {"my_a": b"1", "my_b": b"2"}
    world.backends.values = {"app-b": b"new"}
    await world.refresh()
    assert world.target() == {"my_b": b"new"}


async def test_a_map_is_refreshed_whole() -> None:
    world = world_with(READING)
    world.backends.maps["all"] = {"a": b"1", "b": b"2"}
    world.apply({"data": [], "dataFrom": [{"extract": {"key": "all"}}]})
    await world.reconcile()
    world.backends.maps["all"] = {"b": b"3", "c": b"4"}
    await world.refresh()
    assert world.target() == {"b": b"3", "c": b"4"}


@pytest.mark.parametrize("interval", ["0", "0s", "-1h"])
async def test_without_an_interval_neither_spec_nor_label_nor_annotation_makes_a_refresh(interval: str) -> None:
    world = world_with(READING)
    world.apply({"refreshInterval": interval})
    await world.reconcile()
    world.backends.values["db"] = b"new"
    for change in ({"labels": {"a": "1"}}, {"annotations": {"a": "1"}}, {}):
        world.apply({"refreshInterval": interval, "secretStoreRef": {"name": "vault"}}, **change)
        assert await world.reconcile() == Done()
    assert world.target() == {"password": VALUE}


async def test_where_cluster_stores_are_off_their_users_get_no_condition() -> None:
    world = world_with(READING, cluster_stores=False)
    world.put_cluster_store()
    world.apply({"secretStoreRef": {"name": "vault", "kind": "ClusterSecretStore"}})
    assert await world.reconcile() == Done()
    assert world.status.conditions == []
    assert (world.cluster.calls, world.backends.reads) == ([], [])


async def test_a_value_that_is_decoded_is_hashed_as_it_is_written() -> None:
    world = world_with(READING)
    world.backends.values["db"] = base64.b64encode(VALUE)
    ref = {"key": "db", "decodingStrategy": "Base64"}
    world.apply({"data": [{"secretKey": "password", "remoteRef": ref}]})
    await world.reconcile()
    assert world.cluster.secrets[KEY].data == {"password": SecretValue(VALUE)}
    assert await world.reconcile() == HOUR
    assert len(world.backends.reads) == 1
