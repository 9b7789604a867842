"""What Bulkhead leaves is what ESO would have left: a rule book of ESO's, apart from the controller, says so."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret import Secret, encode_secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.hashing import created_by, hash_data, synced_resource_version
from bulkhead_target.target import field_manager
from bulkhead_testkit import eso_hashes
from bulkhead_testkit.eso_view import View, view
from bulkhead_testkit.external_secret_world import KEY, World

ALWAYS = timedelta(0)
COMPAT = Processing(rights=Rights(profile=Profile.ESO_COMPAT), adoption_guard=False, refresh_time_after=ALWAYS)
STRICT = Processing()
METADATA = {
    "labels": {"app": "shop", "a": "1"},
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"a": ["b c"]}\n', "z": ""},
}
REFRESHES = [
    pytest.param({}, id="periodic"),
    pytest.param({"refreshInterval": "0"}, id="never"),
    pytest.param({"refreshPolicy": "OnChange"}, id="onchange"),
    pytest.param({"refreshPolicy": "CreatedOnce"}, id="createdonce"),
]


def as_eso_sees_it(world: World) -> View:
    external_secret = world.cluster.external_secrets[KEY]
    name = external_secret.spec.target.name or KEY.name
    secret = world.cluster.secrets.get(ObjectKey(KEY.namespace, name))
    body = None if secret is None else _with_managers(world, secret)
    return view(msgspec.json.encode(external_secret), body, now=world.now)


def _with_managers(world: World, secret: Secret) -> bytes:
    body = msgspec.json.decode(encode_secret(secret))
    entries = world.cluster.managed_fields(ObjectKey(secret.metadata.namespace, secret.metadata.name))
    body["metadata"]["managedFields"] = [{"manager": each.manager, "operation": each.operation} for each in entries]
    return msgspec.json.encode(body)


def put_their_secret(world: World) -> None:
    metadata = ObjectMeta(name="app", namespace="team-a", labels={"theirs": "yes"})
    world.cluster.put_secret(Secret(metadata=metadata, data={"theirs": SecretValue(b"of an application")}))


@pytest.mark.parametrize("refresh", REFRESHES)
@pytest.mark.parametrize(
    ("processing", "policy"),
    [
        *(pytest.param(COMPAT, each, id=f"compat-{each}") for each in ("Owner", "Orphan", "Merge", "CreateOrMerge")),
        *(pytest.param(STRICT, each, id=f"strict-{each}") for each in ("Owner", "Orphan")),
    ],
)
async def test_eso_does_nothing_before_something_is_due(
    processing: Processing, policy: str, refresh: dict[str, object]
) -> None:
    world = World(processing=processing)
    if policy == "Merge":
        put_their_secret(world)
    world.apply({"target": {"creationPolicy": policy}, **refresh}, **METADATA)
    await world.reconcile()
    found = as_eso_sees_it(world)
    assert (found.is_quiet, found.refetches, found.faults) == (True, "", ())
    world.now += timedelta(minutes=59)
    assert as_eso_sees_it(world).is_quiet


@pytest.mark.parametrize("refresh", REFRESHES)
async def test_eso_has_nothing_to_change_after_a_change_was_synced(refresh: dict[str, object]) -> None:
    world = World(processing=COMPAT)
    spec = {"target": {"creationPolicy": "Owner"}, **refresh}
    world.apply(spec, **METADATA)
    await world.reconcile()
    world.backends.values["db"] = b"changed"
    world.apply(spec, labels={"app": "shop", "b": "2"})
    await world.refresh()
    found = as_eso_sees_it(world)
    assert found.faults == ()
    assert found.refetches == ""


async def test_eso_reads_for_the_policy_none_in_each_pass_whoever_left_it() -> None:
    world = World(processing=COMPAT)
    world.apply({"target": {"creationPolicy": "None"}})
    await world.reconcile()
    # Its own rule: without a Secret nothing is valid.
    assert as_eso_sees_it(world).refetches == "the target is not valid"


@pytest.mark.parametrize(
    ("after", "want"),
    [pytest.param(ALWAYS, "", id="always"), pytest.param(None, "the interval is over", id="on-change")],
)
async def test_eso_reads_once_more_where_refresh_time_moves_on_changes_only(after: timedelta | None, want: str) -> None:
    world = World(processing=Processing(refresh_time_after=after))
    world.apply()
    await world.reconcile()
    await world.refresh()
    await world.refresh()
    assert as_eso_sees_it(world).refetches == want


@pytest.mark.parametrize(("before", "after"), [("Owner", "Orphan"), ("Orphan", "Owner")])
@pytest.mark.parametrize("processing", [COMPAT, STRICT], ids=["compat", "strict"])
async def test_eso_finds_the_owner_right_after_the_policy_changed(
    processing: Processing, before: str, after: str
) -> None:
    world = World(processing=processing)
    for policy in (before, after):
        world.apply({"target": {"creationPolicy": policy}})
        await world.reconcile()
    assert as_eso_sees_it(world).is_quiet


async def test_esos_finalizer_is_all_that_eso_adds() -> None:
    world = World(processing=COMPAT)
    world.apply()
    await world.reconcile()
    assert as_eso_sees_it(world).adds_finalizer
    world.apply({"target": {"deletionPolicy": "Delete"}})
    await world.reconcile()
    assert not as_eso_sees_it(world).adds_finalizer


@pytest.mark.parametrize("value", [b"", b"\x00\xff", b"v" * 300], ids=["empty", "binary", "long"])
@pytest.mark.parametrize("length", [3, 27, 28, 63])
def test_the_hashes_of_both_are_the_same(length: int, value: bytes) -> None:
    name = "n" * length
    assert hash_data({"k": SecretValue(value)}) == eso_hashes.data_hash({"k": value})
    assert created_by("team-a", name) == eso_hashes.made_by("team-a", name)
    assert field_manager(name) == eso_hashes.manager_of(name)
    metadata = ObjectMeta(name=name, generation=7, labels={"b": "2", "a": "1"}, annotations={"é": "ü", "A": name})
    assert synced_resource_version(metadata) == eso_hashes.synced_version(
        7, labels=metadata.labels, annotations=metadata.annotations
    )


async def test_the_rule_book_sees_what_is_wrong() -> None:
    world = World(processing=COMPAT)
    world.apply()
    await world.reconcile()
    secret = world.cluster.secrets[KEY]
    stripped = replace(secret.metadata, labels={}, annotations={}, owner_references=[])
    world.cluster.put_secret(replace(secret, metadata=stripped), field_manager="somebody")
    found = as_eso_sees_it(world)
    assert found.labels_target
    assert found.refetches == "the target is not valid"
    assert len(found.faults) == 2
