"""What the mass-change breaker lets through and holds, of twenty ExternalSecrets of one store."""

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bulkhead_api.external_secret import StoreKind
from bulkhead_controller.brakes.limits import Limits
from bulkhead_controller.profile import Rights
from bulkhead_controller.requeue import Done
from bulkhead_controller.store.paused import MASS_CHANGE_BREAKER, RESUME
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.external_secret_fleet import (
    BREAKER,
    COUNT,
    ESO_COMPAT,
    LET_THROUGH,
    NAMES,
    OFF,
    STORE,
    STRICT,
    WINDOW,
    Fleet,
)


@pytest.mark.parametrize("rights", [STRICT, ESO_COMPAT], ids=["strict", "eso-compat"])
async def test_breaker_pauses_the_store_at_the_first_change_too_many(rights: Rights) -> None:
    fleet = await Fleet(rights=rights).synced()
    await fleet.reconcile_all()
    fleet.change_all()
    await fleet.refresh_all(timedelta(hours=1))
    assert fleet.written == LET_THROUGH
    since = fleet.paused.last_transition_time
    assert (fleet.paused.status, fleet.paused.reason) == ("True", "MassChange")
    assert since == fleet.world.now
    hint = f"bulkhead.dev/resume={since:%Y-%m-%dT%H:%M:%SZ}"
    assert fleet.paused.message == (
        "paused by the mass-change breaker: within 10m more than 20 % of what is read from it, and more than 3, have "
        f"changed; look at the backend, then annotate the store {hint}"
    )
    for name in NAMES[LET_THROUGH:]:
        paused = (
            'SecretStore "vault" is paused by the mass-change breaker; look at the backend, then annotate the store'
        )
        assert fleet.condition(name) == ("False", f"could not update secret: {paused} {hint}")
    assert fleet.condition(NAMES[3])[0] == "True"
    assert fleet.told("StorePaused") == ["vault"]
    assert fleet.metric("bulkhead_mass_change_blocked") == COUNT - LET_THROUGH
    labels = {"kind": "SecretStore", "namespace": "team-a", "name": "vault"}
    assert fleet.metric("bulkhead_store_paused", labels) == 1.0


async def test_breaker_lets_as_much_change_as_is_usual() -> None:
    fleet = await Fleet().synced()
    for name in NAMES[:LET_THROUGH]:
        fleet.world.backends.values[name] = b"second"
    await fleet.reconcile_all()
    await fleet.refresh_all()
    assert fleet.written == COUNT
    assert fleet.told("StorePaused") == []


async def test_backend_that_has_nothing_any_more_pauses_the_store() -> None:
    fleet = await Fleet(budget=OFF).synced()
    fleet.world.backends.values.clear()
    await fleet.reconcile_all()
    assert fleet.targets == COUNT - LET_THROUGH
    assert fleet.told("StorePaused") == ["vault"]


async def test_store_stays_paused_after_a_restart() -> None:
    fleet = await Fleet(rights=ESO_COMPAT).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    before = fleet.paused
    fleet.restart()
    await fleet.refresh_all()
    assert fleet.written == LET_THROUGH
    assert fleet.paused == before
    assert len(fleet.told("StorePaused")) == 1
    # What is as it was written is not held, since the Secrets' own hashes tell.
    assert fleet.condition(NAMES[0])[0] == "True"


async def test_where_no_secret_may_be_read_a_paused_store_holds_all_after_a_restart() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.restart()
    for _ in range(2):
        await fleet.refresh_all()
    assert fleet.written == LET_THROUGH
    assert [fleet.condition(name)[0] for name in NAMES] == ["False"] * COUNT


@pytest.mark.parametrize("rights", [STRICT, ESO_COMPAT], ids=["strict", "eso-compat"])
async def test_restart_pauses_no_store_whose_answers_are_the_same(rights: Rights) -> None:
    fleet = await Fleet(rights=rights, breaker=Limits(percent=1, window=WINDOW, floor=0)).synced()
    fleet.restart()
    await fleet.refresh_all()
    assert fleet.told("StorePaused") == []


async def test_where_secrets_may_be_read_changes_during_a_restart_are_noticed() -> None:
    fleet = await Fleet(rights=ESO_COMPAT).synced()
    fleet.restart()
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == LET_THROUGH
    assert fleet.told("StorePaused") == ["vault"]


async def test_immutable_targets_that_stayed_behind_are_no_change_after_a_restart() -> None:
    fleet = await Fleet(rights=ESO_COMPAT, immutable=True, breaker=OFF).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.world.processing = dataclasses.replace(fleet.world.processing, mass_change=BREAKER)
    fleet.restart()
    await fleet.refresh_all()
    await fleet.refresh_all()
    assert fleet.told("StorePaused") == []


async def test_resumed_store_lets_all_of_the_change_through() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.world.now += timedelta(minutes=1)
    fleet.resume()
    await fleet.settle()
    assert (fleet.paused.status, fleet.paused.reason) == ("False", "Resumed")
    assert fleet.told("StoreResumed") == ["vault"]
    await fleet.reconcile_all()
    assert fleet.written == COUNT
    labels = {"kind": "SecretStore", "namespace": "team-a", "name": "vault"}
    assert fleet.metric("bulkhead_store_paused", labels) == 0.0
    assert fleet.metric("bulkhead_mass_change_blocked") == 0.0


async def test_resumed_store_is_paused_by_the_next_mass_change_whatever_its_annotation() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.resume()
    await fleet.settle()
    await fleet.refresh_all()
    fleet.change_all("third")
    await fleet.refresh_all()
    await fleet.settle()
    assert fleet.written == LET_THROUGH
    assert fleet.paused.status == "True"


async def test_annotation_of_another_pause_resumes_nothing() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.annotate_store(RESUME, "2026-01-01T00:00:00Z")
    await fleet.settle()
    assert fleet.paused.status == "True"


async def test_new_and_changed_external_secrets_go_on_while_their_store_is_paused() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.apply("new", key=NAMES[7])
    fleet.apply(NAMES[8], key=NAMES[9])
    for name in ("new", NAMES[8]):
        assert await fleet.world.reconciler.reconcile(ObjectKey("team-a", name)) != Done()
        assert fleet.condition(name) == ("True", "secret synced")
    assert fleet.world.target("target-of-new") == {"password": b"second-app-07"}
    assert fleet.world.target("target-of-app-08") == {"password": b"second-app-09"}


async def test_answers_that_are_the_same_go_on_while_their_store_is_paused() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.change_all("first")
    for name in NAMES[:LET_THROUGH]:
        fleet.world.backends.values[name] = f"second-{name}".encode()
    await fleet.refresh_all()
    assert [fleet.condition(name)[0] for name in NAMES] == ["True"] * COUNT
    assert fleet.paused.status == "True"


async def test_breaker_that_is_off_pauses_nothing() -> None:
    fleet = await Fleet(breaker=OFF).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == COUNT
    assert fleet.told("StorePaused") == []


async def test_store_that_gives_new_values_each_time_can_be_exempt() -> None:
    fleet = await Fleet().synced()
    fleet.annotate_store(MASS_CHANGE_BREAKER, "off")
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_store_that_is_exempted_while_it_is_paused_is_resumed() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.annotate_store(MASS_CHANGE_BREAKER, "off")
    await fleet.settle()
    assert fleet.paused.reason == "Resumed"
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_stores_are_resumed_where_the_breaker_is_turned_off() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    await fleet.reconcile_all()
    fleet.world.processing = dataclasses.replace(fleet.world.processing, mass_change=OFF)
    fleet.restart()
    await fleet.settle()
    assert fleet.paused.reason == "Resumed"
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_external_secret_that_is_gone_does_not_count_any_more() -> None:
    fleet = await Fleet(breaker=Limits(percent=50, window=WINDOW, floor=1)).synced()
    for name in NAMES[4:]:
        fleet.world.cluster.remove(ObjectKey("team-a", name))
        await fleet.world.reconciler.reconcile(ObjectKey("team-a", name))
    fleet.change_all()
    for name in NAMES[:4]:
        await fleet.world.reconciler.reconcile(ObjectKey("team-a", name))
    assert fleet.world.tripped == [STORE]


async def test_store_whose_status_is_another_processs_is_never_paused() -> None:
    fleet = await Fleet(secret_stores=False).synced()
    fleet.change_all()
    await fleet.reconcile_all()
    assert fleet.written == COUNT


async def test_store_that_is_made_anew_is_not_paused() -> None:
    fleet = await Fleet().synced()
    fleet.change_all()
    for name in NAMES[:5]:
        await fleet.world.reconciler.reconcile(ObjectKey("team-a", name))
    assert fleet.world.tripped == [STORE]
    store = fleet.world.cluster.secret_stores[ObjectKey("team-a", "vault")]
    fleet.world.cluster.put_store(StoreKind.SECRET_STORE, replace(store, metadata=replace(store.metadata, uid="s-9")))
    assert fleet.world.brakes.pauses.state_of(STORE) is None
