"""The brakes on a real API server, with limits low enough to reach: what goes on, what is held, and what lets it go."""

from collections.abc import Iterator
from typing import Final

import pytest

from bulkhead_api.meta import Condition
from bulkhead_testkit.admin import Admin, Manifest, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, target
from bulkhead_testkit.scrape import total
from bulkhead_testkit.stack import Stack, StackOptions

NAMES: Final = tuple(f"app-{number}" for number in range(6))
BRAKES: Final = {
    "deleteBudget": {"percent": 10, "window": "10m", "floor": 2},
    "massChange": {"percent": 50, "window": "10m", "floor": 2},
}
HELD: Final = "the delete budget is used up (10 % of the managed Secrets within 10m, or 2 if that is more)"
PAUSED: Final = (
    "is paused by the mass-change breaker; look at the backend, then annotate the store bulkhead.dev/resume="
)

pytestmark = pytest.mark.xdist_group("brakes")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    # One of its own, as on the others these limits would hold what is not meant.
    with Stack(StackOptions(providers=("fake",), values={"brakes": BRAKES})) as stack:
        yield stack


def app(namespace: str, name: str, *, deletion_policy: str = "Retain") -> Manifest:
    return external_secret(
        namespace,
        name,
        store="fake",
        data={"k": {"key": name}},
        refresh_interval="1s",
        target=target(deletion_policy=deletion_policy),
    )


def store(namespace: str, value: str) -> Manifest:
    return fake_store(namespace, {name: f"{value}-{name}" for name in (*NAMES, "new")})


def synced(admin: Admin, namespace: str, value: str) -> list[str]:
    """Name those whose Secret holds this value."""
    found = {name: admin.secret(namespace, name) for name in NAMES}
    return [name for name, seen in found.items() if seen and seen.data == {"k": f"{value}-{name}".encode()}]


def pause(admin: Admin, namespace: str, *, status: str) -> Condition:
    """Wait until the store's condition Paused has this status."""

    def look() -> Condition | None:
        seen = admin.store(namespace, "fake")
        found = seen.status.conditions if seen else []
        return next((each for each in found if each.type == "Paused" and each.status == status), None)

    return wait_for(look, what=f"SecretStore {namespace}/fake Paused {status}")


def wait_told(admin: Admin, namespace: str, reason: str, *, of: list[str]) -> None:
    """Wait for one event about each, which comes a moment after the condition, and none about others."""

    def look() -> bool | None:
        told = sorted(event.involved_object.name for event in admin.events(namespace) if event.reason == reason)
        return told == of or None

    wait_for(look, what=f"{reason} of {', '.join(of)}")


def wait_gone(admin: Admin, namespace: str, name: str) -> None:
    wait_for(lambda: admin.external_secret(namespace, name) is None or None, what=f"{name} is gone")


def test_the_delete_budget_holds_what_goes_beyond_and_an_annotation_lets_it_go(
    stack: Stack, admin: Admin, namespace: str
) -> None:
    admin.apply(store(namespace, "v"))
    fleet = [app(namespace, name, deletion_policy="Delete") for name in NAMES]
    for each in fleet:
        admin.apply(each)
    for name in NAMES:
        admin.wait_ready(namespace, name, reason="SecretSynced")
    for each in fleet:
        admin.delete(each)
    # As if by mistake: all at once, and each with its Secret.
    held = wait_for(lambda: _held(admin, namespace), what="four of six held")
    assert sorted(synced(admin, namespace, "v")) == held
    wait_told(admin, namespace, "DeleteBudgetExceeded", of=held)
    assert total(stack.container("controller"), "bulkhead_delete_budget_blocked") == 4
    for name in held:
        admin.patch_metadata(app(namespace, name), annotations={"bulkhead.dev/allow-delete": "true"})
    for name in held:
        wait_gone(admin, namespace, name)
        assert admin.secret(namespace, name) is None
    assert total(stack.container("controller"), "bulkhead_delete_budget_blocked") == 0


def test_a_store_that_changes_en_masse_is_paused_until_a_person_resumes_it(
    stack: Stack, admin: Admin, namespace: str
) -> None:
    admin.apply(store(namespace, "first"))
    for name in NAMES:
        admin.apply(app(namespace, name))
    for name in NAMES:
        admin.wait_ready(namespace, name, reason="SecretSynced")
    # A second answer to compare with the first.
    wait_for(lambda: _have_refreshed(stack, namespace), what="all have been refreshed")
    admin.apply(store(namespace, "second"))
    paused = pause(admin, namespace, status="True")
    assert paused.last_transition_time is not None
    since = f"{paused.last_transition_time:%Y-%m-%dT%H:%M:%SZ}"
    assert paused.reason == "MassChange"
    written = synced(admin, namespace, "second")
    assert len(written) == 3
    for name in sorted(set(NAMES) - set(written)):
        admin.wait_ready(namespace, name, reason="SecretSyncedError", says=f"{PAUSED}{since}")
    wait_told(admin, namespace, "StorePaused", of=["fake"])
    labels = {"kind": "SecretStore", "namespace": namespace, "name": "fake"}
    assert total(stack.container("controller"), "bulkhead_store_paused", **labels) == 1
    assert total(stack.container("controller"), "bulkhead_mass_change_trips_total") == 1

    stack.container("controller").stop()
    stack.start_container("controller")
    admin.apply(app(namespace, "new"))
    admin.wait_for_secret(namespace, "new", data={"k": b"second-new"})
    assert synced(admin, namespace, "second") == written
    assert pause(admin, namespace, status="True") == paused

    admin.patch_metadata(store(namespace, ""), annotations={"bulkhead.dev/resume": since})
    assert pause(admin, namespace, status="False").reason == "Resumed"
    for name in NAMES:
        admin.wait_for_secret(namespace, name, data={"k": f"second-{name}".encode()})
        admin.wait_ready(namespace, name, reason="SecretSynced")
    assert total(stack.container("controller"), "bulkhead_store_paused", **labels) == 0


def _held(admin: Admin, namespace: str) -> list[str] | None:
    """Name those that the budget holds, once it holds four."""
    found = {name: admin.external_secret(namespace, name) for name in NAMES}
    held = [
        name for name, seen in found.items() if seen and any(HELD in each.message for each in seen.status.conditions)
    ]
    return held if len(held) == 4 else None


def _have_refreshed(stack: Stack, namespace: str) -> bool | None:
    controller = stack.container("controller")
    calls = [total(controller, "externalsecret_sync_calls_total", namespace=namespace, name=name) for name in NAMES]
    return True if min(calls) >= 3 else None
