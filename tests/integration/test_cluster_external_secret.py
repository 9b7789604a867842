"""ClusterExternalSecrets on a real API server: children come, follow, go, and leave nothing behind."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.namespace import Namespace
from bulkhead_api.push_secret import PushSecret
from bulkhead_testkit import audit
from bulkhead_testkit.admin import Admin, AdminError, Manifest, read_manifests, wait_for
from bulkhead_testkit.manifests import external_secret
from bulkhead_testkit.stack import Stack

GROUP: Final = "/apis/external-secrets.io/v1"
MERGE_PATCH: Final = "application/merge-patch+json"
FORCE_SYNC: Final = "external-secrets.io/force-sync"
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "cluster-external-secret.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A ClusterExternalSecret, its store and some namespaces, all named after one word."""

    admin: Admin
    word: str

    def namespace(self, number: int, *, meant: bool = True, finalizers: tuple[str, ...] = ()) -> Manifest:
        labels = {"fleet": self.word} if meant else {}
        metadata = {"name": self.place(number), "labels": labels, "finalizers": list(finalizers)}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}

    def place(self, number: int) -> str:
        return f"{self.word}-{number}"

    def manifest(self, *, annotations: Mapping[str, str] | None = None, **spec: object) -> Manifest:
        child = {
            "secretStoreRef": {"name": self.word, "kind": "ClusterSecretStore"},
            "data": [{"secretKey": "k", "remoteRef": {"key": "k"}}],
            # Has defaults within defaults, and a part that is kept as it comes.
            "dataFrom": [{"extract": {"key": "map"}}],
        }
        return {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterExternalSecret",
            "metadata": {"name": self.word, "annotations": dict(annotations or {})},
            "spec": {
                "externalSecretSpec": child,
                "namespaceSelectors": [{"matchLabels": {"fleet": self.word}}],
                "refreshTime": "2s",
                **spec,
            },
        }

    def owner(self) -> ClusterExternalSecret | None:
        return self.admin.get(f"{GROUP}/clusterexternalsecrets/{self.word}", ClusterExternalSecret)

    def child(self, number: int, name: str = "") -> ExternalSecret | None:
        return self.admin.external_secret(self.place(number), name or self.word)

    def wait(self, *, provisioned: list[int], failed: list[str] | None = None, name: str = "") -> ClusterExternalSecret:
        """Wait until the status says so."""
        want = [self.place(number) for number in provisioned]

        def look() -> ClusterExternalSecret | None:
            seen = self.owner()
            if seen is None or not seen.status.conditions:
                return None
            status = seen.status
            says = (
                status.provisioned_namespaces,
                [each.namespace for each in status.failed_namespaces],
                status.external_secret_name,
                status.conditions[0].status.value,
            )
            is_so = says == (want, failed or [], name or self.word, "False" if failed else "True")
            return seen if is_so else None

        try:
            return wait_for(look, what=f"{self.word}: {want}, not {failed}")
        except AdminError as error:
            seen = self.owner()
            error.add_note(f"status: {seen.status if seen else 'it does not exist'}")
            raise


@pytest.fixture
def fleet(admin: Admin) -> Iterator[Fleet]:
    """A store, and three namespaces of which the first two are meant."""
    made = Fleet(admin=admin, word=f"fleet-{uuid4().hex[:8]}")
    data = [{"key": "k", "value": "v"}, {"key": "map", "value": '{"a": "1"}'}]
    store: Manifest = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": made.word},
        "spec": {"provider": {"fake": {"data": data}}},
    }
    admin.apply(store)
    for number in range(3):
        admin.apply(made.namespace(number, meant=number < 2))
    yield made
    admin.delete(made.manifest())
    for number in range(3):
        admin.delete(made.namespace(number))
    admin.delete(store)


def gone(what: object) -> bool | None:
    return True if what is None else None


def test_each_namespace_gets_an_externalsecret_and_its_secret(fleet: Fleet) -> None:
    metadata = {"labels": {"a": "b"}, "annotations": {"c": "d"}}
    fleet.admin.apply(fleet.manifest(externalSecretMetadata=metadata))
    owner = fleet.wait(provisioned=[0, 1])
    assert owner.metadata.finalizers == []
    for number in range(2):
        seen = fleet.admin.wait_ready(fleet.place(number), fleet.word, reason="SecretSynced")
        assert (seen.metadata.labels, seen.metadata.annotations) == (metadata["labels"], metadata["annotations"])
        (reference,) = seen.metadata.owner_references
        assert (reference.uid, reference.controller) == (owner.metadata.uid, True)
        secret = fleet.admin.secret(fleet.place(number), fleet.word)
        assert secret is not None
        assert secret.data == {"k": b"v", "a": b"1"}
    assert fleet.child(2) is None
    namespace = fleet.admin.get(f"/api/v1/namespaces/{fleet.place(0)}", Namespace)
    assert namespace is not None
    assert namespace.metadata.finalizers == []


def test_an_unchanged_pass_writes_nothing(fleet: Fleet, stack: Stack) -> None:
    fleet.admin.apply(fleet.manifest(externalSecretSpec=_of_everything(fleet.word), refreshTime="1s"))
    fleet.wait(provisioned=[0, 1])
    wait_for(lambda: _answered(fleet.child(0)) and _answered(fleet.child(1)), what="the children are answered")
    before = fleet.owner(), fleet.child(0), fleet.child(1)
    # Three passes have gone by when the wall clock has, as nothing can be seen of them from here.
    time.sleep(3.5)
    after = fleet.owner(), fleet.child(0), fleet.child(1)
    assert [each.metadata.resource_version for each in after if each] == [
        each.metadata.resource_version for each in before if each
    ]
    # Nor was a child written as it was: what the API server adds to a spec, it adds to the owner's as well.
    places = {fleet.place(0), fleet.place(1)}
    for verb, count in (("create", 2), ("update", 0)):
        events = audit.requests_for(stack.plane.audit_log, resource="externalsecrets", verb=verb)
        assert len([event for event in events if event.object_ref and event.object_ref.namespace in places]) == count


def _of_everything(word: str) -> Manifest:
    """The spec of an ExternalSecret with something of each part that has defaults or is kept as it comes."""
    return {
        "secretStoreRef": {"name": word, "kind": "ClusterSecretStore"},
        "refreshPolicy": "OnChange",
        "target": {
            "deletionPolicy": "Delete",
            "template": {
                "metadata": {"labels": {"z": "1"}, "annotations": {"a": "b"}},
                "data": {"z": "1", "a": "{{ .k }}"},
                "templateFrom": [{"configMap": {"name": "c", "items": [{"key": "k"}]}}, {"literal": "x"}],
            },
        },
        "data": [{"secretKey": "k", "remoteRef": {"key": "k"}, "sourceRef": {"storeRef": {"name": "s"}}}],
        "dataFrom": [
            {"extract": {"key": "map"}, "rewrite": [{"regexp": {"source": "a", "target": "b"}}, {"merge": {}}]},
            {"find": {"name": {"regexp": "a"}, "tags": {"a": "b"}}},
            {"sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}},
        ],
        "syncWindows": {"kind": "allow", "windows": [{"schedule": "0 0 * * *", "duration": "1h"}]},
    }


def _answered(child: ExternalSecret | None) -> bool | None:
    return True if child is not None and child.status.conditions else None


def test_children_follow_the_labels_of_namespaces(fleet: Fleet) -> None:
    fleet.admin.apply(fleet.manifest(refreshTime="1h"))
    fleet.wait(provisioned=[0, 1])
    fleet.admin.apply(fleet.namespace(2))
    fleet.admin.apply(fleet.namespace(0, meant=False))
    fleet.wait(provisioned=[1, 2])
    wait_for(lambda: gone(fleet.child(0)), what="the child that is not meant goes")


def test_a_changed_spec_and_a_deleted_child_are_brought_back(fleet: Fleet) -> None:
    fleet.admin.apply(fleet.manifest(refreshTime="1h"))
    fleet.wait(provisioned=[0, 1])
    first = fleet.admin.wait_ready(fleet.place(0), fleet.word, reason="SecretSynced")
    fleet.admin.delete(external_secret(fleet.place(0), fleet.word))
    wait_for(
        lambda: True if (new := fleet.child(0)) and new.metadata.uid != first.metadata.uid else None,
        what="the child is made again",
    )
    path = f"{GROUP}/namespaces/{fleet.place(1)}/externalsecrets/{fleet.word}"
    drift = {"metadata": {"labels": {"x": "y"}}, "spec": {"refreshInterval": "7m"}}
    fleet.admin.request("PATCH", path, body=drift, content_type=MERGE_PATCH)
    wait_for(
        lambda: (
            True
            if (new := fleet.child(1)) and (new.spec.refresh_interval, new.metadata.labels) == ("1h0m0s", {})
            else None
        ),
        what="the child is as it was",
    )


def test_a_rename_takes_the_old_children_away(fleet: Fleet) -> None:
    fleet.admin.apply(fleet.manifest())
    fleet.wait(provisioned=[0, 1])
    fleet.admin.apply(fleet.manifest(externalSecretName="renamed"))
    fleet.wait(provisioned=[0, 1], name="renamed")
    assert fleet.child(0) is None
    assert fleet.child(0, "renamed") is not None


def test_an_externalsecret_of_somebody_else_is_left_alone(fleet: Fleet) -> None:
    foreign = external_secret(fleet.place(0), fleet.word, store="missing", data={"k": {"key": "k"}})
    fleet.admin.apply(foreign)
    fleet.admin.apply(fleet.manifest(refreshTime="1h"))
    owner = fleet.wait(provisioned=[1], failed=[fleet.place(0)])
    assert owner.status.failed_namespaces[0].reason == "external secret already exists in namespace"
    assert owner.status.conditions[0].message == "one or more namespaces failed"
    fleet.admin.delete(foreign)
    assert fleet.wait(provisioned=[0, 1]).status.failed_namespaces == []


def test_a_bad_selector_is_said(fleet: Fleet) -> None:
    fleet.admin.apply(fleet.manifest(namespaceSelector={"matchExpressions": [{"key": "a", "operator": "Near"}]}))
    owner = wait_for(
        lambda: seen if (seen := fleet.owner()) and seen.status.failed_namespaces else None, what="the failure"
    )
    assert owner.status.failed_namespaces[0].namespace == "unknown"


def test_force_sync_is_mirrored_and_pruned(fleet: Fleet) -> None:
    fleet.admin.apply(fleet.manifest(annotations={FORCE_SYNC: "1", "example.com/mine": "2"}))
    fleet.wait(provisioned=[0, 1])
    assert (seen := fleet.child(0)) is not None
    assert seen.metadata.annotations == {FORCE_SYNC: "1"}
    fleet.admin.apply(fleet.manifest())
    wait_for(
        lambda: True if (new := fleet.child(0)) and not new.metadata.annotations else None, what="the annotation goes"
    )


def test_a_namespace_that_eso_held_is_freed_and_can_be_deleted(fleet: Fleet) -> None:
    held = fleet.namespace(
        2, meant=False, finalizers=("externalsecrets.external-secrets.io/ces-long-gone", "example.com/theirs")
    )
    fleet.admin.apply(held)
    path = f"/api/v1/namespaces/{fleet.place(2)}"

    def freed() -> bool | None:
        seen = fleet.admin.get(path, Namespace)
        return True if seen and seen.metadata.finalizers == ["example.com/theirs"] else None

    wait_for(freed, what="ESO's finalizer goes and the other stays")
    # Applying anew takes away nothing that the controller does not know: the other finalizer is the test's own.
    fleet.admin.request("PATCH", path, body={"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
    fleet.admin.delete(fleet.namespace(2))
    wait_for(lambda: gone(fleet.admin.get(path, Namespace)), what="the namespace goes", timeout_s=60)


def test_a_deleted_object_takes_its_children_along(fleet: Fleet) -> None:
    fleet.admin.apply(fleet.manifest())
    fleet.wait(provisioned=[0, 1])
    # As ESO leaves it.
    cleanup = ["externalsecrets.external-secrets.io/clusterexternalsecret-cleanup"]
    path = f"{GROUP}/clusterexternalsecrets/{fleet.word}"
    fleet.admin.request("PATCH", path, body={"metadata": {"finalizers": cleanup}}, content_type=MERGE_PATCH)
    fleet.admin.delete(fleet.manifest())
    wait_for(lambda: gone(fleet.owner()), what="the object goes")
    assert (fleet.child(0), fleet.child(1)) == (None, None)


def test_the_example_works_as_it_stands(admin: Admin) -> None:
    manifests = read_manifests(EXAMPLE.read_text())
    try:
        for manifest in manifests:
            admin.apply(manifest)
        for namespace in ("shop-front", "shop-back"):
            admin.wait_ready(namespace, "greeting", reason="SecretSynced")
            assert (secret := admin.secret(namespace, "greeting")) is not None
            assert secret.data == {"greeting": b"hello"}
    finally:
        for manifest in reversed(manifests):
            admin.delete(manifest)


@pytest.mark.parametrize("kind", ["PushSecret", "ClusterPushSecret"])
def test_kinds_that_push_are_told_that_nothing_is_pushed(kind: str, admin: Admin, namespace: str) -> None:
    spec: dict[str, object] = {"secretStoreRefs": [{"name": "s"}], "selector": {"secret": {"name": "x"}}}
    place = {"namespace": namespace} if kind == "PushSecret" else {}
    manifest: Manifest = {
        "apiVersion": "external-secrets.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": namespace, **place},
        "spec": spec if place else {"pushSecretSpec": spec, "namespaceSelectors": []},
    }
    admin.apply(manifest)
    scope = f"namespaces/{namespace}/pushsecrets" if place else "clusterpushsecrets"
    path = f"/apis/external-secrets.io/v1alpha1/{scope}/{namespace}"

    def answered() -> PushSecret | None:
        seen = admin.get(path, PushSecret)
        return seen if seen and seen.status.conditions else None

    seen = wait_for(answered, what="the answer")
    (condition,) = seen.status.conditions
    assert (condition.type, condition.status.value, condition.reason) == ("Ready", "False", "Errored")
    assert condition.message == f"{kind} is not supported by this version of Bulkhead; nothing was pushed"
    time.sleep(0.5)
    again = admin.get(path, PushSecret)
    assert again is not None
    assert again.metadata.resource_version == seen.metadata.resource_version
    admin.delete(manifest)
