"""The main proof of the strict profile: what a thief of the controller's token can do to Secrets on a real API server.

Every attack asserts the answer, the marker in it, that the reply holds no canary, and that nothing was stored.
"""

import http.client
import json
import time
from base64 import b64encode
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec
import pytest

from bulkhead_testkit.caller import (
    APPLY_PATCH,
    JSON,
    JSON_PATCH,
    MERGE_PATCH,
    METADATA_ONLY,
    Caller,
    Stored,
    admin_of,
    caller_as,
    owner,
    secret,
)
from bulkhead_testkit.controlplane import ControlPlane

pytestmark = pytest.mark.slow

RELEASE_NAMESPACE: Final = "bulkhead-system"
FINALIZER: Final = "externalsecrets.external-secrets.io/externalsecret-cleanup"
SECRETS: Final = "/api/v1/namespaces/team-a/secrets"
EXTERNAL_SECRETS: Final = "/apis/external-secrets.io/v1/namespaces/team-a/externalsecrets"
EXTERNAL_SECRET: Final = f"{EXTERNAL_SECRETS}/app"
CLUSTER_EXTERNAL_SECRET: Final = "/apis/external-secrets.io/v1/clusterexternalsecrets/fleet"
CES_FINALIZER: Final = "externalsecrets.external-secrets.io/clusterexternalsecret-cleanup"
NAMESPACE_FINALIZER: Final = "externalsecrets.external-secrets.io/ces-fleet"
NAMESPACE: Final = "/api/v1/namespaces/team-a"
LABELLED: Final = {"metadata": {"labels": {"a": "b"}}}
PUSH_SECRET: Final = "/apis/external-secrets.io/v1alpha1/namespaces/team-a/pushsecrets/push"


class Stock(msgspec.Struct):
    items: list[Stored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cluster with Secrets of several owners, one person who may do all, and a thief."""

    admin: Caller
    thief: Caller
    """Holds the controller's token."""
    fleet: str
    """uid of the ClusterExternalSecret; the garbage collector deletes the children of one that is not there."""

    def state(self) -> dict[str, str]:
        """Versions of everything a thief could want to change."""
        paths = (
            "/api/v1/secrets",
            "/api/v1/namespaces",
            "/apis/external-secrets.io/v1/externalsecrets",
            "/apis/external-secrets.io/v1/clusterexternalsecrets",
            "/apis/external-secrets.io/v1alpha1/pushsecrets",
        )
        stocks = [msgspec.json.decode(self.admin.call("GET", path).text, type=Stock) for path in paths]
        metas = [stored.metadata for stock in stocks for stored in stock.items]
        return {meta.uid: meta.resource_version for meta in metas}


mine = partial(secret, value="stolen")
"""A Secret that the thief sends: its content is the thief's own, so the canary may not come back."""


@pytest.fixture(scope="module")
def scene(installed_plane: ControlPlane) -> Scene:
    admin = admin_of(installed_plane)
    made = Scene(admin=admin, thief=caller_as(installed_plane, "bulkhead-controller"), fleet=lay_out(admin))
    wait_until_fenced(made.thief)
    return made


def child(name: str, *, owner_name: str = "fleet", uid: str = "", **spec: object) -> dict[str, object]:
    by = owner(owner_name, kind="ClusterExternalSecret", **({"uid": uid} if uid else {}))
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "ownerReferences": [by]},
        "spec": {
            "secretStoreRef": {"name": "vault"},
            "data": [{"secretKey": "a", "remoteRef": {"key": "a"}}],
            **spec,
        },
    }


def lay_out(admin: Caller) -> str:
    """Make everything, and give the uid of the ClusterExternalSecret."""
    finalizers = [NAMESPACE_FINALIZER, "example.com/theirs"]
    admin.make("/api/v1/namespaces", {"metadata": {"name": "team-a", "finalizers": finalizers}})
    fleet = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterExternalSecret",
        "metadata": {"name": "fleet", "finalizers": [CES_FINALIZER, "example.com/theirs"]},
        "spec": {"externalSecretSpec": {"secretStoreRef": {"name": "vault"}}},
    }
    fleet_uid = admin.make(CLUSTER_EXTERNAL_SECRET.rpartition("/")[0], fleet).uid
    push = {
        "apiVersion": "external-secrets.io/v1alpha1",
        "kind": "PushSecret",
        "metadata": {"name": "push"},
        "spec": {"secretStoreRefs": [{"name": "vault"}], "selector": {"secret": {"name": "managed"}}},
    }
    admin.make(PUSH_SECRET.rpartition("/")[0], push)
    admin.make(EXTERNAL_SECRETS, child("child", uid=fleet_uid))
    external_secret = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "app", "finalizers": ["example.com/theirs"]},
        "spec": {
            "secretStoreRef": {"name": "vault"},
            "data": [{"secretKey": "a", "remoteRef": {"key": "a"}}],
        },
    }
    app = admin.make(EXTERNAL_SECRET.rpartition("/")[0], external_secret)
    for body in (
        secret("unmanaged", labels={}),
        secret("unmanaged-with-finalizer", labels={}, finalizers=["example.com/theirs"]),
        secret("managed"),
        secret("managed-with-finalizer", finalizers=["example.com/theirs"]),
        secret("owned", owners=[owner("app", uid=app.uid)]),
        secret("owned-by-database", owners=[owner("app", kind="Database", uid=app.uid)]),
    ):
        admin.make(SECRETS, body)
    admin.make("/api/v1/namespaces/kube-system/secrets", secret("managed-in-kube-system"))
    return fleet_uid


def wait_until_fenced(thief: Caller) -> None:
    """Wait for the API server to have read the policies, which takes it some tenths of a second."""
    deadline = time.monotonic() + 20
    probes = (
        ("PUT", f"{SECRETS}/unmanaged?dryRun=All", mine("unmanaged"), JSON, "bulkhead:not-managed"),
        ("PATCH", f"{EXTERNAL_SECRET}?dryRun=All", LABELLED, MERGE_PATCH, "bulkhead:finalizer-only"),
        ("PATCH", f"{CLUSTER_EXTERNAL_SECRET}?dryRun=All", LABELLED, MERGE_PATCH, "bulkhead:finalizer-only"),
        ("PATCH", f"{NAMESPACE}?dryRun=All", LABELLED, MERGE_PATCH, "bulkhead:namespace-release-only"),
    )
    for method, path, body, content_type, marker in probes:
        while marker not in (text := thief.call(method, path, body, content_type=content_type).text):
            assert time.monotonic() < deadline, text
            time.sleep(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    method: str
    path: str
    body: object = None
    content_type: str = JSON
    accept: str = JSON
    status: int = http.client.FORBIDDEN
    says: str = field(default="cannot")
    """What the answer must hold; by default what RBAC says."""


def forbidden(method: str, rest: str, body: object = None, *, content_type: str = JSON, accept: str = JSON) -> Attack:
    return Attack(method=method, path=SECRETS + rest, body=body, content_type=content_type, accept=accept)


def fenced(marker: str, method: str, path: str, body: object = None, *, content_type: str = JSON) -> Attack:
    return Attack(
        method=method, path=path, body=body, content_type=content_type, status=422, says=f"bulkhead:{marker}: "
    )


def released(body: object) -> Attack:
    return fenced("namespace-release-only", "PATCH", NAMESPACE, body, content_type=MERGE_PATCH)


def patched(body: object) -> Attack:
    return fenced("finalizer-only", "PATCH", EXTERNAL_SECRET, body, content_type=MERGE_PATCH)


KUBE_SYSTEM: Final = "/api/v1/namespaces/kube-system/secrets"
RELEASE: Final = f"/api/v1/namespaces/{RELEASE_NAMESPACE}/secrets"
TOKEN_FOR_DEFAULT: Final = {"kubernetes.io/service-account.name": "default"}

REFUSED: Final = {
    "get": forbidden("GET", "/unmanaged"),
    "get-of-a-managed-secret": forbidden("GET", "/managed"),
    "get-of-metadata-only": forbidden("GET", "/unmanaged", accept=METADATA_ONLY),
    "get-as-a-table": forbidden("GET", "/unmanaged", accept="application/json;as=Table;g=meta.k8s.io;v=v1"),
    "list": forbidden("GET", ""),
    "list-of-managed-secrets": forbidden("GET", "?labelSelector=reconcile.external-secrets.io/managed=true"),
    "list-of-all-namespaces": Attack(method="GET", path="/api/v1/secrets"),
    "watch": forbidden("GET", "?watch=true"),
    "watch-of-one": forbidden("GET", "?watch=true&fieldSelector=metadata.name=unmanaged"),
    "watch-of-all-namespaces": Attack(method="GET", path="/api/v1/secrets?watch=true"),
    "deletecollection": forbidden("DELETE", ""),
    "deletecollection-as-a-dry-run": forbidden("DELETE", "?dryRun=All"),
    "merge-patch": forbidden("PATCH", "/unmanaged", {"data": None}, content_type=MERGE_PATCH),
    "json-patch": forbidden(
        "PATCH", "/unmanaged", [{"op": "test", "path": "/data/password", "value": "x"}], content_type=JSON_PATCH
    ),
    "apply-patch": forbidden(
        "PATCH", "/unmanaged?fieldManager=x&force=true", mine("unmanaged"), content_type=APPLY_PATCH
    ),
    "strategic-merge-patch": forbidden(
        "PATCH", "/unmanaged", {"data": {}}, content_type="application/strategic-merge-patch+json"
    ),
    "patch-of-a-managed-secret": forbidden("PATCH", "/managed", {"data": {}}, content_type=MERGE_PATCH),
    "create-over-it": Attack(
        method="POST", path=SECRETS, body=mine("unmanaged"), status=http.client.CONFLICT, says="already exists"
    ),
    "create-without-the-label": fenced("label-missing", "POST", SECRETS, mine("new", labels={})),
    "create-with-a-false-label": fenced(
        "label-missing", "POST", SECRETS, mine("new", labels={"reconcile.external-secrets.io/managed": "false"})
    ),
    "update": fenced("not-managed", "PUT", f"{SECRETS}/unmanaged", mine("unmanaged")),
    "update-as-a-dry-run": fenced("not-managed", "PUT", f"{SECRETS}/unmanaged?dryRun=All", mine("unmanaged")),
    "dry-run-over-a-managed-one-without-an-owner": fenced(
        "owned-by-another", "PUT", f"{SECRETS}/managed?dryRun=All", mine("managed")
    ),
    "update-that-brings-no-label": fenced("not-managed", "PUT", f"{SECRETS}/unmanaged", mine("unmanaged", labels={})),
    "update-that-takes-the-label-away": fenced(
        "label-missing", "PUT", f"{SECRETS}/managed", mine("managed", labels={})
    ),
    "delete": fenced("not-managed", "DELETE", f"{SECRETS}/unmanaged"),
    "delete-as-a-dry-run": fenced("not-managed", "DELETE", f"{SECRETS}/unmanaged?dryRun=All"),
    "delete-in-the-foreground": fenced("not-managed", "DELETE", f"{SECRETS}/unmanaged?propagationPolicy=Foreground"),
    "delete-that-orphans": fenced("not-managed", "DELETE", f"{SECRETS}/unmanaged?propagationPolicy=Orphan"),
    "delete-with-a-finalizer": fenced("not-managed", "DELETE", f"{SECRETS}/unmanaged-with-finalizer"),
    "delete-of-a-managed-one-in-the-foreground": fenced(
        "delete-refused", "DELETE", f"{SECRETS}/managed?propagationPolicy=Foreground"
    ),
    "delete-of-a-managed-one-in-the-foreground-by-body": fenced(
        "delete-refused", "DELETE", f"{SECRETS}/managed", {"propagationPolicy": "Foreground"}
    ),
    "delete-of-a-managed-one-that-orphans": fenced(
        "delete-refused", "DELETE", f"{SECRETS}/managed?propagationPolicy=Orphan"
    ),
    "delete-of-a-managed-one-that-orphans-the-old-way": fenced(
        "delete-refused", "DELETE", f"{SECRETS}/managed?orphanDependents=true"
    ),
    "delete-of-a-managed-one-with-a-finalizer": fenced("delete-refused", "DELETE", f"{SECRETS}/managed-with-finalizer"),
    "create-of-a-token-for-a-service-account": fenced(
        "type-denied",
        "POST",
        SECRETS,
        mine("token", type_="kubernetes.io/service-account-token", annotations=TOKEN_FOR_DEFAULT),
    ),
    "create-of-a-bootstrap-token": fenced(
        "type-denied", "POST", SECRETS, mine("bootstrap-token-abcdef", type_="bootstrap.kubernetes.io/token")
    ),
    "create-of-a-helm-release": fenced("type-denied", "POST", SECRETS, mine("release", type_="helm.sh/release.v1")),
    "take-over-from-an-externalsecret": fenced(
        "owned-by-another", "PUT", f"{SECRETS}/owned", mine("owned", owners=[owner("other")])
    ),
    "take-over-that-leaves-no-owner": fenced("owned-by-another", "PUT", f"{SECRETS}/owned", mine("owned")),
    "take-over-from-another-kind": fenced(
        "owned-by-another",
        "PUT",
        f"{SECRETS}/owned-by-database",
        mine("owned-by-database", owners=[owner("app")]),
    ),
    "create-in-kube-system": fenced("namespace-protected", "POST", KUBE_SYSTEM, mine("new")),
    "update-in-kube-system": fenced(
        "namespace-protected", "PUT", f"{KUBE_SYSTEM}/managed-in-kube-system", mine("managed-in-kube-system")
    ),
    "delete-in-kube-system": fenced("namespace-protected", "DELETE", f"{KUBE_SYSTEM}/managed-in-kube-system"),
    "create-in-the-release-namespace": fenced("namespace-protected", "POST", RELEASE, mine("new")),
    "update-of-the-ca": fenced("namespace-protected", "PUT", f"{RELEASE}/bulkhead-ca", mine("bulkhead-ca")),
    "externalsecret-create": fenced(
        "finalizer-only", "POST", EXTERNAL_SECRETS, child("new") | {"metadata": {"name": "new"}}
    ),
    "externalsecret-create-for-another-kind-of-owner": fenced(
        "finalizer-only",
        "POST",
        EXTERNAL_SECRETS,
        child("new") | {"metadata": {"name": "new", "ownerReferences": [owner("fleet", kind="Database")]}},
    ),
    "externalsecret-made-a-child": patched(child("app")),
    "externalsecret-delete": fenced("finalizer-only", "DELETE", EXTERNAL_SECRET),
    "externalsecret-delete-all": Attack(method="DELETE", path=EXTERNAL_SECRETS),
    "externalsecret-taken-from-its-owner": fenced(
        "finalizer-only",
        "PATCH",
        f"{EXTERNAL_SECRETS}/child",
        child("child", owner_name="another"),
        content_type=MERGE_PATCH,
    ),
    "externalsecret-child-with-a-foreign-finalizer": fenced(
        "finalizer-only",
        "PATCH",
        f"{EXTERNAL_SECRETS}/child",
        {"metadata": {"finalizers": ["example.com/theirs"]}},
        content_type=MERGE_PATCH,
    ),
    "clusterexternalsecret-create": Attack(
        method="POST", path=CLUSTER_EXTERNAL_SECRET.rpartition("/")[0], body={"metadata": {"name": "x"}}
    ),
    "clusterexternalsecret-update": Attack(method="PUT", path=CLUSTER_EXTERNAL_SECRET, body={}),
    "clusterexternalsecret-delete": Attack(method="DELETE", path=CLUSTER_EXTERNAL_SECRET),
    "clusterexternalsecret-spec": fenced(
        "finalizer-only",
        "PATCH",
        CLUSTER_EXTERNAL_SECRET,
        {"spec": {"namespaces": ["kube-system"]}},
        content_type=MERGE_PATCH,
    ),
    "clusterexternalsecret-foreign-finalizer": fenced(
        "finalizer-only",
        "PATCH",
        CLUSTER_EXTERNAL_SECRET,
        {"metadata": {"finalizers": [CES_FINALIZER]}},
        content_type=MERGE_PATCH,
    ),
    "namespace-create": Attack(method="POST", path="/api/v1/namespaces", body={"metadata": {"name": "x"}}),
    "namespace-update": Attack(method="PUT", path=NAMESPACE, body={}),
    "namespace-delete": Attack(method="DELETE", path=NAMESPACE),
    "namespace-finalize": Attack(method="PUT", path=f"{NAMESPACE}/finalize", body={}),
    "namespace-status": Attack(method="PATCH", path=f"{NAMESPACE}/status", body={}, content_type=MERGE_PATCH),
    "namespace-labels": released(LABELLED),
    "namespace-annotations": released({"metadata": {"annotations": {"a": "b"}}}),
    "namespace-owner": released({"metadata": {"ownerReferences": [owner("other")]}}),
    "namespace-foreign-finalizer-gone": released({"metadata": {"finalizers": [NAMESPACE_FINALIZER]}}),
    "namespace-finalizer-added": released(
        {"metadata": {"finalizers": [NAMESPACE_FINALIZER, "example.com/theirs", f"{NAMESPACE_FINALIZER}-2"]}}
    ),
    "pushsecret-create": Attack(method="POST", path=PUSH_SECRET.rpartition("/")[0], body={}),
    "pushsecret-update": Attack(method="PUT", path=PUSH_SECRET, body={}),
    "pushsecret-patch": Attack(method="PATCH", path=PUSH_SECRET, body={}, content_type=MERGE_PATCH),
    "pushsecret-delete": Attack(method="DELETE", path=PUSH_SECRET),
    "externalsecret-spec": patched({"spec": {"data": [{"secretKey": "a", "remoteRef": {"key": "b"}}]}}),
    "externalsecret-target": patched({"spec": {"target": {"name": "elsewhere"}}}),
    "externalsecret-labels": patched({"metadata": {"labels": {"a": "b"}}}),
    "externalsecret-annotations": patched({"metadata": {"annotations": {"a": "b"}}}),
    "externalsecret-owner": patched({"metadata": {"ownerReferences": [owner("other")]}}),
    "externalsecret-foreign-finalizer-gone": patched({"metadata": {"finalizers": [FINALIZER]}}),
    "externalsecret-foreign-finalizer-added": patched(
        {"metadata": {"finalizers": ["example.com/theirs", "example.com/another"]}}
    ),
    "token-of-another-service-account": Attack(
        method="POST",
        path="/api/v1/namespaces/kube-system/serviceaccounts/namespace-controller/token",
        body={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ),
    "role-binding": Attack(
        method="POST", path="/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", body={"metadata": {"name": "x"}}
    ),
    "policy-delete": Attack(
        method="DELETE",
        path="/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/bulkhead-secrets",
    ),
    "pod-that-mounts-it": Attack(
        method="POST", path="/api/v1/namespaces/team-a/pods", body={"metadata": {"name": "x"}}
    ),
}


@pytest.mark.parametrize("attack", REFUSED.values(), ids=REFUSED.keys())
def test_a_stolen_controller_token_gets_nothing_and_changes_nothing_by(attack: Attack, scene: Scene) -> None:
    before = scene.state()
    reply = scene.thief.call(
        attack.method, attack.path, attack.body, content_type=attack.content_type, accept=attack.accept
    )
    assert (reply.status, attack.says in reply.text) == (attack.status, True), reply.text
    assert not reply.holds_a_secret()
    assert scene.state() == before


@pytest.mark.parametrize(
    ("name", "finalizers", "query"),
    [
        pytest.param("foreground", [], "?propagationPolicy=Foreground", id="in-the-foreground"),
        pytest.param("orphan", [], "?propagationPolicy=Orphan", id="that-orphans"),
        pytest.param("finalizer", ["example.com/theirs"], "", id="with-a-finalizer"),
    ],
)
def test_a_delete_gives_the_content_away_to_who_is_not_fenced(
    name: str, finalizers: list[str], query: str, scene: Scene
) -> None:
    scene.admin.make(SECRETS, secret(name, finalizers=finalizers))
    assert scene.admin.call("DELETE", f"{SECRETS}/{name}{query}").holds_a_secret()


def test_an_identical_update_is_allowed_and_stores_nothing(scene: Scene) -> None:
    made = scene.thief.make(SECRETS, secret("identical"))
    reply = scene.thief.call("PUT", f"{SECRETS}/identical", secret("identical"), accept=METADATA_ONLY)
    after = msgspec.json.decode(reply.text, type=Stored).metadata
    assert (reply.status, after.resource_version) == (http.client.OK, made.resource_version)
    assert not reply.holds_a_secret()


def test_a_changed_update_of_a_managed_secret_is_allowed_and_stored(scene: Scene) -> None:
    made = scene.thief.make(SECRETS, secret("changing"))
    reply = scene.thief.call("PUT", f"{SECRETS}/changing", secret("changing", value="new"))
    after = msgspec.json.decode(reply.text, type=Stored).metadata
    assert (reply.status, after.uid) == (http.client.OK, made.uid)
    assert after.resource_version != made.resource_version


def test_an_update_of_a_missing_secret_says_not_found_so_that_it_can_be_created(scene: Scene) -> None:
    assert scene.thief.call("PUT", f"{SECRETS}/missing", secret("missing")).status == http.client.NOT_FOUND


def test_a_secret_goes_on_with_its_owner_made_again_under_the_same_name(scene: Scene) -> None:
    app = msgspec.json.decode(scene.admin.call("GET", EXTERNAL_SECRET).text, type=Stored).metadata
    scene.thief.make(SECRETS, secret("made-again", owners=[owner("app", uid=app.uid)]))
    again = secret("made-again", owners=[owner("app", uid="1c5b8e7e-0000-4000-8000-000000000002")])
    assert scene.thief.call("PUT", f"{SECRETS}/made-again?dryRun=All", again).status == http.client.OK


def test_a_managed_secret_can_be_deleted_and_the_reply_does_not_show_it(scene: Scene) -> None:
    scene.thief.make(SECRETS, secret("deleted"))
    reply = scene.thief.call("DELETE", f"{SECRETS}/deleted")
    assert (reply.status, reply.holds_a_secret()) == (http.client.OK, False)
    assert scene.admin.call("GET", f"{SECRETS}/deleted").status == http.client.NOT_FOUND


@pytest.mark.parametrize("policy", ["Background", ""])
def test_a_managed_secret_can_be_deleted_by_a_body_with_a_precondition_and_policy(policy: str, scene: Scene) -> None:
    made = scene.thief.make(SECRETS, secret("by-body"))
    options = {"preconditions": {"uid": made.uid}} | ({"propagationPolicy": policy} if policy else {})
    assert scene.thief.call("DELETE", f"{SECRETS}/by-body", options).status == http.client.OK


@pytest.mark.parametrize("type_", ["kubernetes.io/tls", "kubernetes.io/dockerconfigjson", "example.com/own"])
def test_a_secret_of_an_ordinary_type_can_be_created(type_: str, scene: Scene) -> None:
    body = secret("typed", type_=type_)
    empty_document = b64encode(b"{}").decode()
    body["data"] = {"tls.crt": "", "tls.key": "", ".dockerconfigjson": empty_document}
    assert scene.thief.call("POST", f"{SECRETS}?dryRun=All", body).status == http.client.CREATED


def test_the_finalizer_of_an_externalsecret_can_be_set_and_taken_away(scene: Scene) -> None:
    for finalizers in (["example.com/theirs", FINALIZER], ["example.com/theirs"]):
        patch = {"metadata": {"finalizers": finalizers}}
        assert scene.thief.call("PATCH", EXTERNAL_SECRET, patch, content_type=MERGE_PATCH).status == http.client.OK


def test_the_status_of_an_externalsecret_can_be_patched(scene: Scene) -> None:
    patch = {"status": {"syncedResourceVersion": "1-x"}, "spec": {"target": {"name": "elsewhere"}}}
    reply = scene.thief.call("PATCH", f"{EXTERNAL_SECRET}/status", patch, content_type=MERGE_PATCH)
    assert (reply.status, "elsewhere" in reply.text) == (http.client.OK, False)


def test_a_child_of_a_clusterexternalsecret_can_be_made_changed_and_deleted(scene: Scene) -> None:
    scene.thief.make(EXTERNAL_SECRETS, child("made", uid=scene.fleet))
    stored = json.loads(scene.admin.call("GET", f"{EXTERNAL_SECRETS}/made").text)
    # Its owner was made again under the same name.
    stored["metadata"]["ownerReferences"] = [
        owner("fleet", kind="ClusterExternalSecret", uid="1c5b8e7e-0000-4000-8000-000000000002")
    ]
    stored["spec"]["refreshInterval"] = "5m"
    # Not stored: the garbage collector would find that there is no such owner.
    assert scene.thief.call("PUT", f"{EXTERNAL_SECRETS}/made?dryRun=All", stored).status == http.client.OK
    assert scene.thief.call("DELETE", f"{EXTERNAL_SECRETS}/made").status == http.client.OK


def test_finalizers_of_eso_can_be_taken_from_namespaces_and_clusterexternalsecrets(scene: Scene) -> None:
    for path in (NAMESPACE, CLUSTER_EXTERNAL_SECRET):
        patch = {"metadata": {"finalizers": ["example.com/theirs"]}}
        reply = scene.thief.call("PATCH", f"{path}?dryRun=All", patch, content_type=MERGE_PATCH)
        assert reply.status == http.client.OK, reply.text


@pytest.mark.parametrize("path", [CLUSTER_EXTERNAL_SECRET, PUSH_SECRET], ids=["clusterexternalsecret", "pushsecret"])
def test_the_status_of_other_kinds_can_be_patched_and_nothing_else_through_it(path: str, scene: Scene) -> None:
    patch = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}, "spec": {"refreshTime": "1s"}}
    reply = scene.thief.call("PATCH", f"{path}/status", patch, content_type=MERGE_PATCH)
    assert (reply.status, "refreshTime" in reply.text) == (http.client.OK, False), reply.text


def test_events_can_be_written(scene: Scene) -> None:
    involved = {"kind": "ExternalSecret", "namespace": "team-a", "name": "app"}
    event = {"metadata": {"name": "app.1"}, "involvedObject": involved, "reason": "Updated", "type": "Normal"}
    scene.thief.make("/api/v1/namespaces/team-a/events", event)


def test_the_certcontroller_reads_and_fills_its_secrets_and_sees_no_other(
    scene: Scene, installed_plane: ControlPlane
) -> None:
    certcontroller = caller_as(installed_plane, "bulkhead-certcontroller")
    for name in ("bulkhead-ca", "bulkhead-tls-controller", "bulkhead-tls-provider-vault", "bulkhead-tls-provider-fake"):
        body = json.loads(certcontroller.call("GET", f"{RELEASE}/{name}").text)
        assert certcontroller.call("PUT", f"{RELEASE}/{name}", body).status == http.client.OK
    scene.admin.make(RELEASE, secret("vault-token", labels={}))
    refused = [
        certcontroller.call("GET", f"{RELEASE}/vault-token"),
        certcontroller.call("GET", RELEASE),
        certcontroller.call("POST", RELEASE, secret("new")),
        certcontroller.call("DELETE", f"{RELEASE}/bulkhead-ca"),
        certcontroller.call("GET", f"{SECRETS}/managed"),
    ]
    assert {reply.status for reply in refused} == {http.client.FORBIDDEN}
