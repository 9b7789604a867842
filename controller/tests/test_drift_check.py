"""How often a target is written again whose content has not changed, where it cannot be read."""

from datetime import timedelta

from bulkhead_controller.processing import Processing
from bulkhead_testkit.external_secret_world import KEY, World

DAY = timedelta(days=1)


def calls(world: World) -> list[str]:
    return [f"{call.verb} {call.resource}" for call in world.cluster.calls]


async def test_by_default_each_refresh_writes_whatever_the_clock_says() -> None:
    world = World()
    world.apply()
    await world.reconcile()
    await world.refresh()
    assert calls(world) == ["PUT secrets"]
    world.now -= DAY
    await world.refresh()
    assert "PUT secrets" in calls(world)


async def test_the_same_content_is_written_again_only_after_the_interval() -> None:
    world = World(processing=Processing(drift_check_interval=timedelta(hours=3)))
    world.apply()
    await world.reconcile()
    refreshes = []
    for _ in range(4):
        await world.refresh()
        refreshes.append(calls(world))
    assert refreshes == [[], [], ["PUT secrets"], []]


async def test_other_content_is_written_at_once() -> None:
    world = World(processing=Processing(drift_check_interval=DAY))
    world.apply()
    await world.reconcile()
    world.backends.values["db"] = b"rotated"
    await world.refresh()
    assert "PUT secrets" in calls(world)
    assert world.cluster.secrets[KEY].data["password"].reveal() == b"rotated"
