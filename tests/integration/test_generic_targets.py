"""Targets of other kinds than Secret on a real API server: ConfigMaps, and objects of a definition made here."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import pytest

from bulkhead_api.external_secret import API_VERSION, KIND, ExternalSecret
from bulkhead_testkit.admin import Admin, AdminError, Manifest, path_of, wait_for
from bulkhead_testkit.caller import caller_as
from bulkhead_testkit.clearing import clear_namespace
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.stack import CONTROLLER_POD, Stack

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "generic-target.yaml"
GROUP: Final = "generic.bulkhead.test"
MANAGED: Final = "reconcile.external-secrets.io/managed"
CONFIG_MAP: Final = {"apiVersion": "v1", "kind": "ConfigMap"}
WIDGET: Final = {"apiVersion": f"{GROUP}/v1", "kind": "Widget"}
_TEXT: Final = {"type": "string"}
DEFINITION: Final[Manifest] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"widgets.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    # A default, which no hash of what was sent knows.
                                    "size": {"type": "integer", "default": 1},
                                    "data": {"type": "object", "additionalProperties": _TEXT},
                                },
                            },
                            "status": {"type": "object", "properties": {"phase": _TEXT}},
                        },
                    }
                },
            }
        ],
    },
}
_Found = TypeVar("_Found")


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """An object of any kind, for assertions."""

    class Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
        """What is read of its metadata."""

        uid: str
        resource_version: str
        labels: dict[str, str] = {}
        finalizers: list[str] = []
        owner_references: list[dict[str, object]] = []

    metadata: Metadata
    data: dict[str, str] = {}
    spec: dict[str, object] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A namespace with a store `fake`, on a stack that may write ConfigMaps and Widgets."""

    admin: Admin
    namespace: str

    def put(self, **values: str) -> None:
        """Change what the store holds."""
        self.admin.apply(fake_store(self.namespace, values))

    def apply(
        self,
        kind: Mapping[str, str] = CONFIG_MAP,
        *,
        name: str = "app",
        interval: str = "1s",
        annotations: Mapping[str, str] | None = None,
        **target: object,
    ) -> None:
        """Apply an ExternalSecret for the key `k`, whose target is of this kind."""
        spec = {"target": {"manifest": dict(kind), **target}, "refreshInterval": interval}
        manifest = external_secret(self.namespace, name, store="fake", data={"k": {"key": "k"}})
        metadata = {"name": name, "namespace": self.namespace, "annotations": dict(annotations or {})}
        self.admin.apply({**manifest, "metadata": metadata, "spec": {**_spec(manifest), **spec}})

    def delete(self, name: str = "app") -> None:
        """Delete the ExternalSecret."""
        self.admin.delete({"apiVersion": API_VERSION, "kind": KIND, "metadata": self._metadata(name)})

    def target(self, kind: Mapping[str, str] = CONFIG_MAP, name: str = "app") -> Live | None:
        """Read an object of the kind."""
        return self.admin.get(path_of({**kind, "metadata": self._metadata(name)}), Live)

    def edit(self, kind: Mapping[str, str] = CONFIG_MAP, **fields: object) -> None:
        """Create or change the object `app` as a user would."""
        self.admin.apply({**kind, "metadata": self._metadata("app"), **fields})

    def holds(
        self, wanted: Mapping[str, object], kind: Mapping[str, str] = CONFIG_MAP, *, timeout_s: float = 20
    ) -> Live:
        """Wait until the target has exactly these entries."""

        def look() -> Live | None:
            live = self.target(kind)
            entries = None if live is None else live.data if kind is CONFIG_MAP else live.spec.get("data")
            return live if entries == wanted else None

        return wait_for(look, what=f"{kind['kind']} with {sorted(wanted)}", timeout_s=timeout_s)

    def ready(self, reason: str, says: str = "", *, name: str = "app") -> ExternalSecret:
        """Wait for the condition; a refused right is only told after some retries."""
        return self.admin.wait_ready(self.namespace, name, reason=reason, says=says, timeout_s=45)

    def _metadata(self, name: str) -> dict[str, str]:
        return {"name": name, "namespace": self.namespace}


def _spec(manifest: Manifest) -> Mapping[str, object]:
    spec = manifest["spec"]
    assert isinstance(spec, dict)
    return spec


def _define(admin: Admin) -> None:
    admin.apply(DEFINITION)
    wait_for(partial(_is_served, admin), what="the definition of Widget is served")


def _is_served(admin: Admin) -> bool | None:
    try:
        admin.request("GET", f"/apis/{GROUP}/v1/namespaces/default/widgets")
    except AdminError:
        return None
    return True


def _gone(look: Callable[[], _Found | None]) -> bool | None:
    return True if look() is None else None


@pytest.fixture
def team(admin: Admin, namespace: str) -> Iterator[Team]:
    _define(admin)
    team = Team(admin=admin, namespace=namespace)
    team.put(k="v1")
    yield team
    clear_namespace(admin, namespace)


@pytest.mark.parametrize("kind", [CONFIG_MAP, WIDGET], ids=["config-map", "custom-resource"])
def test_an_object_is_made_and_follows_the_provider(team: Team, kind: Mapping[str, str]) -> None:
    team.apply(kind)
    made = team.holds({"k": "v1"}, kind)
    assert made.metadata.labels[MANAGED] == "true"
    assert [owner["kind"] for owner in made.metadata.owner_references] == ["ExternalSecret"]
    seen = team.ready("ResourceSynced", "secret synced")
    assert seen.status.binding.name == ""
    team.put(k="v2")
    assert team.holds({"k": "v2"}, kind).metadata.uid == made.metadata.uid
    assert team.admin.secret(team.namespace, "app") is None


def test_what_is_unchanged_is_not_stored_again_though_the_schema_has_defaults(team: Team) -> None:
    team.apply(WIDGET)
    made = team.holds({"k": "v1"}, WIDGET)
    assert made.spec["size"] == 1
    seen = team.ready("ResourceSynced")
    time.sleep(2.5)
    assert team.target(WIDGET) == made
    assert team.ready("ResourceSynced") == seen


@pytest.mark.parametrize("kind", [CONFIG_MAP, WIDGET], ids=["config-map", "custom-resource"])
@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
def test_a_merge_keeps_what_others_put_there(team: Team, kind: Mapping[str, str], policy: str) -> None:
    entries: dict[str, object] = {"theirs": "1"}
    fields: dict[str, object] = {"data": entries} if kind is CONFIG_MAP else {"spec": {"size": 3, "data": entries}}
    team.edit(kind, **fields)
    team.apply(kind, creationPolicy=policy)
    live = team.holds({"theirs": "1", "k": "v1"}, kind)
    assert live.metadata.owner_references == []
    assert kind is CONFIG_MAP or live.spec["size"] == 3
    team.put(k="v2")
    team.holds({"theirs": "1", "k": "v2"}, kind)
    team.delete()
    wait_for(
        lambda: _gone(lambda: team.admin.external_secret(team.namespace, "app")), what="the ExternalSecret is gone"
    )
    assert team.target(kind) is not None


def test_a_merge_without_an_object_waits_for_one(team: Team) -> None:
    team.apply(creationPolicy="Merge")
    team.ready("ResourceMissing")
    team.edit(data={"theirs": "1"})
    team.holds({"theirs": "1", "k": "v1"})


@pytest.mark.parametrize("kind", [CONFIG_MAP, WIDGET], ids=["config-map", "custom-resource"])
def test_drift_is_repaired_long_before_the_next_refresh(team: Team, kind: Mapping[str, str]) -> None:
    team.apply(kind, interval="1h")
    team.holds({"k": "v1"}, kind)
    team.ready("ResourceSynced")
    fields: dict[str, object] = (
        {"data": {"k": "by hand"}} if kind is CONFIG_MAP else {"spec": {"data": {"k": "by hand"}}}
    )
    team.edit(kind, **fields)
    team.holds({"k": "v1"}, kind, timeout_s=5)
    team.admin.delete({**kind, "metadata": {"name": "app", "namespace": team.namespace}})
    team.holds({"k": "v1"}, kind, timeout_s=5)


def test_an_object_of_nobody_is_only_taken_over_when_asked_for(team: Team) -> None:
    team.edit(data={"theirs": "1"})
    team.apply()
    team.ready("ResourceSyncedError", 'bulkhead.dev/adopt="true"')
    team.holds({"theirs": "1"})
    team.apply(annotations={"bulkhead.dev/adopt": "true"})
    team.holds({"k": "v1"})


def test_the_object_of_another_externalsecret_is_left_to_it(team: Team) -> None:
    team.apply()
    team.holds({"k": "v1"})
    manifest = external_secret(team.namespace, "second", store="fake", data={"other": {"key": "k"}})
    target = {"target": {"manifest": dict(CONFIG_MAP), "name": "app"}}
    team.admin.apply({**manifest, "spec": {**_spec(manifest), **target}})
    team.ready("ResourceSyncedError", "target is owned by another ExternalSecret", name="second")
    team.holds({"k": "v1"})


def test_the_target_is_deleted_with_what_it_came_from_only_if_it_is_ours(team: Team) -> None:
    team.apply(deletionPolicy="Delete")
    team.holds({"k": "v1"})
    team.put(another="v")
    team.ready("ResourceDeleted")
    assert team.target() is None
    team.put(k="v2")
    team.holds({"k": "v2"})
    team.delete()
    wait_for(lambda: _gone(team.target), what="the ConfigMap is gone")


def test_an_orphan_outlives_its_externalsecret_whatever_the_deletion_policy(team: Team) -> None:
    team.apply(creationPolicy="Orphan", deletionPolicy="Delete")
    team.holds({"k": "v1"})
    team.ready("ResourceSynced")
    team.delete()
    wait_for(
        lambda: _gone(lambda: team.admin.external_secret(team.namespace, "app")), what="the ExternalSecret is gone"
    )
    team.holds({"k": "v1"})


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            {"apiVersion": "apps/v1", "kind": "Deployment"},
            "may not get, create, update and delete deployments.apps (HTTP 403); they have to be listed in the chart",
        ),
        ({"apiVersion": "v1", "kind": "Namespace"}, "invalid generic target: Namespace of v1 is cluster-wide"),
        ({"apiVersion": "v1", "kind": "Widget"}, "invalid generic target: the API server has no Widget of v1"),
        (
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"},
            "invalid generic target: Role of rbac.authorization.k8s.io/v1 is never written for others",
        ),
    ],
    ids=["not-listed", "cluster-wide", "not-served", "never"],
)
def test_a_kind_that_cannot_be_written_is_told(team: Team, kind: Mapping[str, str], says: str) -> None:
    team.apply(kind)
    team.ready("ResourceSyncedError", says)


def test_nothing_is_written_in_a_protected_namespace(admin: Admin) -> None:
    team = Team(admin=admin, namespace="kube-public")
    team.put(k="v1")
    team.apply(interval="1h")
    team.ready("ResourceSyncedError", "the namespace is protected by an admission policy")
    assert team.target() is None
    clear_namespace(admin, "kube-public")


def test_a_thief_of_the_token_is_held_to_managed_objects_outside_of_protected_namespaces(
    stack: Stack, team: Team
) -> None:
    thief = caller_as(stack.plane, CONTROLLER_POD)
    team.edit(data={"theirs": "1"})

    def answer(method: str, namespace: str, name: str = "", labels: Mapping[str, str] | None = None) -> int:
        path = f"/api/v1/namespaces/{namespace}/configmaps/{name}".removesuffix("/")
        body = {**CONFIG_MAP, "metadata": {"name": name or "made", "labels": dict(labels or {})}}
        return thief.call(method, path, None if method == "DELETE" else body).status

    assert answer("POST", team.namespace) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer("POST", "kube-system", labels={MANAGED: "true"}) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer("PUT", team.namespace, "app") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer("DELETE", team.namespace, "app") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer("DELETE", team.namespace) == HTTPStatus.FORBIDDEN
    assert answer("POST", team.namespace, labels={MANAGED: "true"}) == HTTPStatus.CREATED
    assert answer("DELETE", team.namespace, "made") == HTTPStatus.OK
    team.holds({"theirs": "1"})


def test_without_the_chart_value_it_is_told_and_nothing_is_written(
    namespaced_stack: Stack, closed_namespace: str
) -> None:
    team = Team(admin=namespaced_stack.admin, namespace=closed_namespace)
    team.put(k="v1")
    team.apply()
    team.ready("SecretSyncedError", "invalid generic target: generic targets are disabled")
    assert team.target() is None


def test_successes_are_told_as_events_where_eso_tells_them(eso_compat_stack: Stack, eso_compat_namespace: str) -> None:
    team = Team(admin=eso_compat_stack.admin, namespace=eso_compat_namespace)
    team.put(k="v1")
    team.apply(deletionPolicy="Delete")
    team.holds({"k": "v1"})
    team.put(k="v2")
    team.holds({"k": "v2"})
    team.put(another="v")
    team.ready("ResourceDeleted")

    def look() -> list[str] | None:
        told = [event.message for event in team.admin.events(team.namespace, "app") if event.reason != "UpdateFailed"]
        return told if "Deleted ConfigMap app" in told else None

    told = wait_for(look, what="the event of the deletion")
    assert [each for each in told if each.endswith("ConfigMap app")] == [
        "Created ConfigMap app",
        "Updated ConfigMap app",
        "Deleted ConfigMap app",
    ]


def test_the_example_is_runnable(admin: Admin) -> None:
    admin.apply_file(EXAMPLE)
    team = Team(admin=admin, namespace="generic-demo")
    admin.wait_ready("generic-demo", "endpoints", reason="ResourceSynced")
    live = team.target(name="endpoints")
    assert live is not None
    assert live.data == {"endpoint": "https://db.example.com"}
    admin.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "generic-demo"}})
