"""What the delete budget and the adoption guard let through and hold, of twenty ExternalSecrets."""

from datetime import timedelta

import msgspec
import pytest

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret import Secret
from bulkhead_controller.brakes.managed import ManagedSecrets
from bulkhead_controller.profile import Rights
from bulkhead_controller.requeue import Retry
from bulkhead_runtime.kube.errors import ServerUnavailableError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.external_secret_fleet import COUNT, ESO_COMPAT, NAMES, OFF, OVER_BUDGET, STRICT, WINDOW, Fleet


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
