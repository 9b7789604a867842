"""What befalls a target Secret, its ExternalSecret, its store and the controller, and what becomes of it."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import pytest

from bulkhead_api.external_secret import API_VERSION, KIND, ExternalSecret
from bulkhead_api.meta import PartialObject
from bulkhead_testkit import audit
from bulkhead_testkit.admin import Admin, LiveSecret, Manifest, name_of, path_of, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.process import frozen
from bulkhead_testkit.scrape import samples
from bulkhead_testkit.stack import VAULT_MOUNT, Stack
from bulkhead_testkit.survivor import Survivor

CONTROLLER_USER = "system:serviceaccount:bulkhead-system:bulkhead-controller"
FINALIZER = "externalsecrets.external-secrets.io/externalsecret-cleanup"
HOLD = "example.com/hold"
"""Somebody else's finalizer: it keeps an object, so that what comes before its end can be seen."""
MANAGED = "reconcile.external-secrets.io/managed"
UNMANAGED = (
    "could not update secret: target exists and is not managed by an ExternalSecret; delete it, or label it "
    f"{MANAGED}=true to have it overwritten"
)


class _Subject(msgspec.Struct, frozen=True):
    kind: str


class _Events(msgspec.Struct, frozen=True, kw_only=True):
    class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
        involved_object: _Subject
        type: str
        reason: str
        message: str

    items: list[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A namespace with a SecretStore `fake` that holds one key, `k`."""

    admin: Admin
    namespace: str

    def put(self, value: str) -> None:
        """Change the key's value in the store."""
        self.admin.apply(self.store(value))

    def store(self, value: str) -> Manifest:
        return fake_store(self.namespace, {"k": value})

    def manifest(self, name: str, **spec: object) -> Manifest:
        """An ExternalSecret for the key; it is refreshed each second unless the spec says otherwise."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "refreshInterval": "1s",
                "secretStoreRef": {"name": "fake", "kind": "SecretStore"},
                "data": [{"secretKey": "k", "remoteRef": {"key": "k"}}],
                **spec,
            },
        }

    def with_metadata(self, manifest: Manifest, **more: object) -> Manifest:
        """The same object with more in its metadata."""
        return {**manifest, "metadata": {"name": name_of(manifest), "namespace": self.namespace, **more}}

    def sync(self, manifest: Manifest) -> ExternalSecret:
        """Apply an ExternalSecret and wait until it is synced."""
        self.admin.apply(manifest)
        return self.is_synced(name_of(manifest))

    def is_synced(self, name: str) -> ExternalSecret:
        return self.admin.wait_ready(self.namespace, name, reason="SecretSynced")

    def fails(self, name: str, says: str) -> None:
        self.admin.wait_ready(self.namespace, name, reason="SecretSyncedError", says=says)

    def secret(self, name: str) -> LiveSecret:
        found = self.admin.secret(self.namespace, name)
        assert found is not None
        return found

    def gets(self, name: str, value: bytes) -> None:
        """Wait until a Secret holds this value."""

        def look() -> bool | None:
            found = self.admin.secret(self.namespace, name)
            return True if found is not None and found.data == {"k": value} else None

        wait_for(look, what=f"Secret {self.namespace}/{name} holds the value")

    def loses(self, name: str) -> None:
        """Wait until there is no such Secret."""
        wait_for(lambda: self.admin.secret(self.namespace, name) is None or None, what=f"Secret {name} is gone")

    def patch(self, manifest: Manifest, change: object) -> None:
        self.admin.request("PATCH", path_of(manifest), body=change, content_type="application/merge-patch+json")

    def plain_secret(self, name: str, value: str, *, labels: Mapping[str, str] | None = None) -> Manifest:
        metadata = {"name": name, "namespace": self.namespace, "labels": dict(labels or {})}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"k": value}}

    def warnings(self) -> list[str]:
        """Give the warnings about ExternalSecrets; the store has one, as nobody maintains the fake provider."""
        seen = self.admin.get(f"/api/v1/namespaces/{self.namespace}/events", _Events)
        events = [event for event in seen.items if event.involved_object.kind == KIND] if seen else []
        return [f"{event.reason}: {event.message}" for event in events if event.type == "Warning"]


@pytest.fixture
def team(admin: Admin, namespace: str) -> Team:
    team = Team(admin=admin, namespace=namespace)
    team.put("v")
    return team


def test_an_unmanaged_secret_stays_byte_for_byte_until_its_owner_deletes_it(team: Team) -> None:
    theirs = team.plain_secret("db", "theirs")
    team.admin.apply(theirs)
    before = team.admin.request("GET", path_of(theirs))
    team.admin.apply(team.manifest("db"))
    team.fails("db", UNMANAGED)
    assert team.admin.request("GET", path_of(theirs)) == before
    assert team.warnings() == [f"UpdateFailed: {UNMANAGED}"]
    team.admin.delete(theirs)
    team.is_synced("db")
    team.gets("db", b"v")


def test_an_unmanaged_secret_is_taken_over_once_its_owner_labels_it(team: Team) -> None:
    team.admin.apply(team.plain_secret("db", "theirs"))
    team.admin.apply(team.manifest("db"))
    team.fails("db", UNMANAGED)
    team.patch(team.plain_secret("db", ""), {"metadata": {"labels": {MANAGED: "true"}}})
    team.is_synced("db")
    team.gets("db", b"v")


@pytest.mark.parametrize("change", ["deleted", "changed"])
def test_the_next_refresh_repairs_a_target_that_was(team: Team, change: str) -> None:
    synced = team.sync(team.manifest("db"))
    target = team.plain_secret("db", "")
    if change == "deleted":
        team.admin.delete(target)
    else:
        team.patch(target, {"metadata": {"labels": {"extra": "x"}}, "stringData": {"k": "by hand", "other": "x"}})
    team.gets("db", b"v")
    seen = wait_for(lambda: _refreshed_after(team, synced), what="refreshTime says that the Secret was written")
    assert seen.status.conditions == synced.status.conditions
    assert "extra" not in team.secret("db").metadata.labels
    assert team.warnings() == []


def _refreshed_after(team: Team, before: ExternalSecret) -> ExternalSecret | None:
    now = team.admin.external_secret(team.namespace, before.metadata.name)
    assert now is not None
    assert before.status.refresh_time is not None
    moved = now.status.refresh_time is not None and now.status.refresh_time > before.status.refresh_time
    return now if moved else None


@pytest.mark.usefixtures("vault")
def test_an_external_secret_deleted_in_the_middle_of_a_sync_leaves_nothing(
    stack: Stack, team: Team, bao: OpenBao
) -> None:
    bao.put(VAULT_MOUNT, f"{team.namespace}/k", {"v": "1"})
    refs = {"v": {"key": f"{team.namespace}/k", "property": "v"}}
    team.sync(team.manifest("before"))
    with frozen(stack.container("provider-fake").pid):
        team.admin.apply(team.manifest("db"))
        # Changes arrive in their order: once the later one is synced, the controller has seen the earlier one.
        team.sync(external_secret(team.namespace, "created", data=refs))
        team.admin.delete(team.manifest("db"))
        team.sync(external_secret(team.namespace, "deleted", data=refs))
    team.sync(team.manifest("after"))
    assert _writes(stack, team.namespace, "db") == []
    controller = stack.container("controller")
    assert list(samples(controller, "externalsecret_sync_calls_total", namespace=team.namespace, name="db")) == []


def _writes(stack: Stack, namespace: str, name: str) -> list[str]:
    """Say what the controller wrote, or tried to, about objects of this name."""
    return [
        f"{event.verb} {event.object_ref.resource}/{event.object_ref.subresource}: {event.response_status.code}"
        for event in audit.read_events(stack.plane.audit_log)
        if event.user.username == CONTROLLER_USER
        and event.object_ref is not None
        and event.object_ref.resource in {"secrets", "externalsecrets"}
        and (event.object_ref.namespace, event.object_ref.name) == (namespace, name)
    ]


def test_an_external_secret_made_anew_goes_on_with_its_secret(team: Team) -> None:
    team.sync(team.manifest("db"))
    team.admin.delete(team.manifest("db"))
    again = team.sync(team.manifest("db"))

    def look() -> bool | None:
        found = team.admin.secret(team.namespace, "db")
        return True if found and found.metadata.owner_references[0]["uid"] == again.metadata.uid else None

    wait_for(look, what="the Secret belongs to the new one")
    assert team.secret("db").data == {"k": b"v"}


def test_deletion_policy_delete_removes_the_secret_before_the_object_goes(team: Team) -> None:
    manifest = team.with_metadata(team.manifest("db", target={"deletionPolicy": "Delete"}), finalizers=[HOLD])
    team.sync(manifest)
    wait_for(lambda: FINALIZER in _finalizers(team, "db") or None, what="the controller's finalizer")
    team.admin.delete(manifest)
    wait_for(lambda: FINALIZER not in _finalizers(team, "db") or None, what="the controller's finalizer is gone")
    assert team.admin.secret(team.namespace, "db") is None
    team.patch(manifest, {"metadata": {"finalizers": None}})


def test_deletion_policy_delete_leaves_the_secret_of_another_external_secret(team: Team) -> None:
    team.sync(team.manifest("owner", target={"name": "shared"}))
    before = team.secret("shared")
    intruder = team.manifest("intruder", target={"name": "shared", "deletionPolicy": "Delete"})
    team.admin.apply(intruder)
    team.fails("intruder", "owned by another")
    assert FINALIZER in _finalizers(team, "intruder")
    team.admin.delete(intruder)
    wait_for(
        lambda: team.admin.external_secret(team.namespace, "intruder") is None or None, what="the intruder is gone"
    )
    assert team.secret("shared") == before


def _finalizers(team: Team, name: str) -> list[str]:
    seen = team.admin.external_secret(team.namespace, name)
    return seen.metadata.finalizers if seen else []


def test_a_terminating_namespace_is_left_in_peace_and_goes_away(stack: Stack, team: Team) -> None:
    held = team.with_metadata(team.manifest("held"), finalizers=[HOLD])
    team.sync(held)
    team.sync(team.manifest("cleaned", target={"deletionPolicy": "Delete"}))
    namespace: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team.namespace}}
    team.admin.delete(namespace)
    team.loses("held")
    before = _writes(stack, team.namespace, "held")
    # Two refreshes would have come by now; that none does can be seen by nothing else.
    time.sleep(2)
    assert _writes(stack, team.namespace, "held") == before
    team.patch(held, {"metadata": {"finalizers": None}})
    wait_for(
        lambda: team.admin.get(path_of(namespace), PartialObject) is None or None,
        what="the namespace is gone",
        timeout_s=40,
    )


def test_the_target_of_another_external_secret_is_left_to_it(team: Team) -> None:
    first = team.manifest("first", target={"name": "shared"})
    team.sync(first)
    before = team.secret("shared")
    team.admin.apply(team.manifest("second", target={"name": "shared"}))
    team.fails("second", "target is owned by another ExternalSecret; give one of the two another spec.target.name")
    assert team.secret("shared") == before
    team.admin.delete(first)
    # The garbage collector first has to learn of a kind that is as new as the control plane.
    team.admin.wait_ready(team.namespace, "second", reason="SecretSynced", timeout_s=60)
    assert team.secret("shared").metadata.owner_references[0]["name"] == "second"


def test_a_renamed_target_takes_the_place_of_the_old_one(team: Team) -> None:
    team.sync(team.manifest("db", target={"name": "old"}))
    team.admin.apply(team.manifest("db", target={"name": "new"}))
    team.gets("new", b"v")
    team.loses("old")
    wait_for(lambda: team.is_synced("db").status.binding.name == "new" or None, what="the binding follows")


def test_a_refresh_policy_decides_what_a_change_in_the_store_reaches(team: Team) -> None:
    policies: Mapping[str, Mapping[str, str]] = {
        "periodic": {},
        "once": {"refreshPolicy": "CreatedOnce"},
        "on-change": {"refreshPolicy": "OnChange"},
        "never": {"refreshInterval": "0"},
    }
    for name, spec in policies.items():
        team.sync(team.manifest(name, **spec))
    team.put("second")
    team.gets("periodic", b"second")
    assert {name: team.secret(name).data["k"] for name in policies if name != "periodic"} == {
        "once": b"v",
        "on-change": b"v",
        "never": b"v",
    }
    for name, spec in policies.items():
        team.admin.apply(team.with_metadata(team.manifest(name, **spec), annotations={"force-sync": "1"}))
    team.gets("on-change", b"second")
    team.put("third")
    team.gets("periodic", b"third")
    assert {name: team.secret(name).data["k"] for name in policies} == {
        "periodic": b"third",
        "once": b"v",
        "on-change": b"second",
        "never": b"v",
    }


def test_labels_and_annotations_follow_the_external_secret(team: Team) -> None:
    team.sync(team.with_metadata(team.manifest("db"), labels={"tier": "one"}, annotations={"note": "first"}))
    before = team.secret("db").metadata
    assert (before.labels["tier"], before.annotations["note"]) == ("one", "first")
    team.admin.apply(team.with_metadata(team.manifest("db"), labels={"tier": "two"}))
    wait_for(lambda: team.secret("db").metadata.labels["tier"] == "two" or None, what="the label follows")
    assert "note" not in team.secret("db").metadata.annotations


def test_all_who_wait_for_a_store_are_synced_when_it_becomes_ready(team: Team) -> None:
    broken = {"provider": {"fake": {"data": [{"key": "k", "value": "v"}], "validationResult": 2}}}
    team.admin.apply({**team.store("v"), "spec": broken})
    wait_for(lambda: _store_is(team, "InvalidProviderConfig"), what="the store is found broken")
    for name in ("one", "two"):
        team.admin.apply(team.manifest(name))
    for name in ("one", "two"):
        team.fails(name, 'could not get secret data from provider: SecretStore "fake" is not ready')
    team.put("v")
    for name in ("one", "two"):
        team.is_synced(name)


def _store_is(team: Team, reason: str) -> bool | None:
    seen = team.admin.store(team.namespace, "fake")
    return True if seen and [each.reason for each in seen.status.conditions] == [reason] else None


def test_a_deleted_store_costs_no_secret_and_works_again_once_it_is_back(team: Team) -> None:
    survivor = Survivor.synced(team.admin, team.namespace, team.manifest("db"))
    team.admin.delete(team.store("v"))
    survivor.fails("does not exist")
    team.put("v")
    survivor.recovers()


def test_a_restarted_controller_writes_nothing_about_what_is_up_to_date(stack: Stack, team: Team) -> None:
    # The first sight after a restart shows whether an object is due; each later one has gone through its provider.
    sights = {"hourly": 1, "other-hourly": 1, "each-second": 3}
    for name in sights:
        team.sync(team.manifest(name, refreshInterval="1s" if name == "each-second" else "1h"))
    before = _versions(team, sights)
    controller = stack.container("controller")
    controller.stop()
    stack.start_container("controller")

    def look() -> bool | None:
        calls = samples(controller, "externalsecret_sync_calls_total", namespace=team.namespace)
        seen = {sample.labels["name"]: sample.value for sample in calls}
        return all(seen.get(name, 0) >= count for name, count in sights.items()) or None

    wait_for(look, what="every object was looked at again")
    assert _versions(team, sights) == before


def _versions(team: Team, names: Iterable[str]) -> Sequence[str]:
    """Give the resourceVersions of the store, of ExternalSecrets and of their Secrets."""
    store = team.admin.store(team.namespace, "fake")
    owners = [team.admin.external_secret(team.namespace, name) for name in names]
    seen = [store, *owners, *(team.secret(name) for name in names)]
    return [each.metadata.resource_version for each in seen if each is not None]


def test_a_controller_killed_in_the_middle_of_its_work_finishes_it_when_it_is_back(stack: Stack, team: Team) -> None:
    names = [f"n{number:02}" for number in range(40)]
    team.sync(team.manifest("before"))
    with frozen(stack.container("provider-fake").pid):
        for name in names:
            team.admin.apply(team.manifest(name, refreshInterval="1h"))
        # The frozen provider server keeps all of them in the middle, however fast the machine is.
        stack.container("controller").kill()
        assert not any(team.admin.secret(team.namespace, name) for name in names)
    stack.start_container("controller")
    for name in names:
        team.is_synced(name)
        assert team.secret(name).data == {"k": b"v"}
