"""Writes of cluster kinds, namespaces and PushSecrets as they reach the API server: verbs, paths and bodies."""

from datetime import UTC, datetime

import msgspec
import pytest

from bulkhead_api.cluster_external_secret import (
    ClusterExternalSecretCondition,
    ClusterExternalSecretStatus,
    FailedNamespace,
)
from bulkhead_api.meta import Condition, ConditionStatus, ObjectMeta
from bulkhead_controller.clusterexternalsecret.plan import Child
from bulkhead_controller.fleet import PushKey, PushKind
from bulkhead_controller.kube_fleet import KubeFleet
from bulkhead_runtime.kube.client import METADATA_ONLY
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.offline_client import RecordingClient

GROUP = "/apis/external-secrets.io/v1"
CHILD = Child(
    metadata=ObjectMeta(name="fleet", namespace="a", uid="e-1", resource_version="7", labels={"a": "b"}),
    spec=msgspec.Raw(b'{"fromTheFuture": 1}'),
)
BODY = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "fleet", "namespace": "a", "uid": "e-1", "resourceVersion": "7", "labels": {"a": "b"}},
    "spec": {"fromTheFuture": 1},
}
REPLY = b'{"metadata": {"name": "fleet", "resourceVersion": "8"}}'


@pytest.fixture
def client() -> RecordingClient:
    return RecordingClient(REPLY)


@pytest.fixture
def fleet(client: RecordingClient) -> KubeFleet:
    return KubeFleet(client)


async def test_child_is_created_with_its_spec_as_it_came(client: RecordingClient, fleet: KubeFleet) -> None:
    assert (await fleet.create_external_secret(CHILD)).resource_version == "8"
    (call,) = client.calls
    assert (call.method, call.path) == ("POST", f"{GROUP}/namespaces/a/externalsecrets")
    assert (call.body, call.accept) == (BODY, METADATA_ONLY)


async def test_child_is_replaced_as_it_was_seen(client: RecordingClient, fleet: KubeFleet) -> None:
    await fleet.replace_external_secret(CHILD)
    (call,) = client.calls
    assert (call.method, call.path) == ("PUT", f"{GROUP}/namespaces/a/externalsecrets/fleet")
    assert call.body == BODY


async def test_delete_of_a_child_is_bound_to_a_uid(client: RecordingClient, fleet: KubeFleet) -> None:
    await fleet.delete_external_secret(ObjectKey("a", "fleet"), uid="e-1")
    (call,) = client.calls
    assert (call.method, call.path) == ("DELETE", f"{GROUP}/namespaces/a/externalsecrets/fleet")
    assert call.body == {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "e-1"}}


async def test_status_takes_away_lists_that_became_empty(client: RecordingClient, fleet: KubeFleet) -> None:
    ready = ClusterExternalSecretCondition(type="Ready", status=ConditionStatus.TRUE)
    status = ClusterExternalSecretStatus(external_secret_name="fleet", conditions=[ready])
    await fleet.patch_owner_status("fleet", resource_version="5", status=status)
    (call,) = client.calls
    assert (call.method, call.path) == ("PATCH", f"{GROUP}/clusterexternalsecrets/fleet/status")
    assert call.body == {
        "metadata": {"resourceVersion": "5"},
        "status": {
            "externalSecretName": "fleet",
            "provisionedNamespaces": None,
            "failedNamespaces": None,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


async def test_status_names_all_namespaces(client: RecordingClient, fleet: KubeFleet) -> None:
    status = ClusterExternalSecretStatus(
        provisioned_namespaces=["a"], failed_namespaces=[FailedNamespace(namespace="b", reason="no")]
    )
    await fleet.patch_owner_status("fleet", resource_version="5", status=status)
    (call,) = client.calls
    sent = msgspec.convert(call.body["status"], dict[str, object])
    assert sent["provisionedNamespaces"] == ["a"]
    assert sent["failedNamespaces"] == [{"namespace": "b", "reason": "no"}]


async def test_finalizers_are_guarded_by_the_resource_version(client: RecordingClient, fleet: KubeFleet) -> None:
    await fleet.patch_owner_finalizers("fleet", resource_version="5", finalizers=[])
    await fleet.patch_namespace_finalizers("a", resource_version="5", finalizers=["example.com/theirs"])
    owner, namespace = client.calls
    assert owner.path == f"{GROUP}/clusterexternalsecrets/fleet"
    assert owner.body == {"metadata": {"resourceVersion": "5", "finalizers": []}}
    assert namespace.path == "/api/v1/namespaces/a"
    assert namespace.body == {"metadata": {"resourceVersion": "5", "finalizers": ["example.com/theirs"]}}
    assert {call.content_type for call in client.calls} == {"application/merge-patch+json"}


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (PushKey(kind=PushKind.PUSH_SECRET, namespace="a", name="p"), "namespaces/a/pushsecrets/p/status"),
        (PushKey(kind=PushKind.CLUSTER_PUSH_SECRET, namespace="", name="p"), "clusterpushsecrets/p/status"),
    ],
    ids=["pushsecret", "clusterpushsecret"],
)
async def test_conditions_of_what_pushes(client: RecordingClient, fleet: KubeFleet, key: PushKey, path: str) -> None:
    moment = datetime(2026, 11, 25, tzinfo=UTC)
    ready = Condition(
        type="Ready", status=ConditionStatus.FALSE, reason="Errored", message="m", last_transition_time=moment
    )
    await fleet.patch_push_conditions(key, resource_version="5", conditions=[ready])
    (call,) = client.calls
    assert call.path == f"/apis/external-secrets.io/v1alpha1/{path}"
    assert call.body == {
        "metadata": {"resourceVersion": "5"},
        "status": {
            "conditions": [
                {
                    "type": "Ready",
                    "status": "False",
                    "reason": "Errored",
                    "message": "m",
                    "lastTransitionTime": "2026-11-25T00:00:00Z",
                }
            ]
        },
    }
