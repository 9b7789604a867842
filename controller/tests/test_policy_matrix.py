"""Every combination of the policies and every event, against an oracle that does not know the controller."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret import Secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_testkit.external_secret_world import KEY, World
from bulkhead_testkit.garbage import collect_garbage
from bulkhead_testkit.policy_oracle import (
    ADDED,
    EDITED,
    NEW,
    OLD,
    ROWS,
    Deviation,
    Event,
    Ready,
    Row,
    Target,
    before,
    can_be_edited,
    expectation,
    laid_before,
)
from bulkhead_testkit.policy_oracle import KEY as PASSWORD

RIGHTS = {
    "strict": Rights(),
    "reading": Rights(profile=Profile.NAMESPACED, read_namespaces=frozenset({KEY.namespace})),
}
SOURCE = "db"


def spec_of(row: Row) -> dict[str, object]:
    target = {"creationPolicy": row.creation, "deletionPolicy": row.deletion, "immutable": row.immutable}
    data = [{"secretKey": PASSWORD, "remoteRef": {"key": SOURCE}}]
    return {"data": data, "refreshPolicy": row.refresh, "target": target}


def target_in(world: World) -> Target | None:
    secret = world.cluster.secrets.get(KEY)
    if secret is None:
        return None
    return Target(data=world.target(), owned=bool(secret.metadata.owner_references), immutable=secret.immutable is True)


def has(world: World, ready: Ready | None) -> bool:
    """Say whether the condition Ready is this one; None means that there is no object to have one."""
    if ready is None:
        return KEY not in world.cluster.external_secrets
    status, reason, message = world.condition
    return (status, reason) == (ready.status, ready.reason) and all(each in message for each in ready.says)


def lay(world: World, target: Target | None) -> None:
    """Make a Secret as a user would."""
    if target is not None:
        data = {key: SecretValue(value) for key, value in target.data.items()}
        world.cluster.put_secret(Secret(metadata=ObjectMeta(name="app", namespace="team-a"), data=data))


async def delete(world: World) -> None:
    old = world.cluster.external_secrets[KEY]
    if old.metadata.finalizers:
        world.cluster.put(replace(old, metadata=replace(old.metadata, deletion_timestamp=world.now)))
    else:
        world.cluster.remove(KEY)
    await world.reconcile()
    collect_garbage(world.cluster)


async def happen(world: World, row: Row, event: Event) -> None:
    """Let the event happen to an ExternalSecret that was synced."""
    changes = (Event.REFRESH_CHANGED, Event.FORCE_SYNC, Event.TARGET_DELETED, Event.RECREATED)
    if event in changes:
        world.backends.values[SOURCE] = NEW
    match event:
        case Event.FORCE_SYNC:
            world.apply(spec_of(row), annotations={"force-sync": "1"})
        case Event.TARGET_DELETED if KEY in world.cluster.secrets:
            world.cluster.remove_secret(KEY)
        case Event.TARGET_EDITED if can_be_edited(target_in(world)):
            edited = {PASSWORD: EDITED, **dict([ADDED])}
            secret = world.cluster.secrets[KEY]
            data = secret.data | {key: SecretValue(value) for key, value in edited.items()}
            world.cluster.put_secret(replace(secret, data=data))
        case Event.SOURCE_GONE:
            del world.backends.values[SOURCE]
        case Event.DELETED:
            await delete(world)
        case Event.RECREATED:
            await delete(world)
            world.apply(spec_of(row))
        case _:
            pass


async def synced(row: Row, event: Event, rights: str) -> World:
    world = World(processing=Processing(rights=RIGHTS[rights]))
    world.backends.values[SOURCE] = OLD
    lay(world, laid_before(row, event))
    world.apply(spec_of(row))
    if event is not Event.CREATE:
        await world.reconcile()
        assert target_in(world) == before(row, event, reads=rights == "reading")
    world.backends.reads.clear()
    return world


@pytest.mark.parametrize("rights", RIGHTS)
@pytest.mark.parametrize("event", [pytest.param(event, id=event.value.replace(" ", "-")) for event in Event])
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_an_external_secret(row: Row, event: Event, rights: str) -> None:
    want = expectation(row, event, reads=rights == "reading")
    world = await synced(row, event, rights)
    await happen(world, row, event)
    await world.reconcile()
    assert target_in(world) == want.at_once
    # The first refresh after the interval may change something; the one after that must not.
    for _ in range(2):
        world.now += timedelta(hours=1)
        await world.reconcile()
        assert target_in(world) == want.later
        assert has(world, want.ready), (world.condition, want.ready)
    assert bool(world.backends.reads) is want.asks


def test_the_matrix_is_whole(record_property: Callable[[str, object], None]) -> None:
    assert len(ROWS) == len(set(ROWS)) == 5 * 3 * 3 * 2
    names = f"{len(ROWS)} combinations of the policies x {len(Event)} events x {len(RIGHTS)} kinds of rights"
    record_property("summary", f"policy matrix: {names} = {len(ROWS) * len(Event) * len(RIGHTS)} rows")


@pytest.mark.parametrize("deviation", Deviation)
def test_each_deviation_is_needed(deviation: Deviation) -> None:
    found = {
        expectation(row, event, reads=reads).deviation for row in ROWS for event in Event for reads in (True, False)
    }
    assert deviation in found


def test_with_the_right_to_read_targets_become_what_eso_makes_of_them() -> None:
    found = {expectation(row, event, reads=True).deviation for row in ROWS for event in Event}
    assert found == {None, Deviation.NONE_IS_NOT_LOOKED_AT}
