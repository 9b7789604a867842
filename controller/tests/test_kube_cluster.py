"""The writes of the controller as they reach the API server: verbs, paths, queries and bodies."""

from datetime import UTC, datetime

import msgspec
import pytest

from bulkhead_api.external_secret import Binding, ExternalSecretStatus, StoreKind
from bulkhead_api.meta import Condition, ConditionStatus, ObjectMeta
from bulkhead_api.secret import Secret
from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.cluster import EventNote, EventSubject, EventType
from bulkhead_controller.kube_cluster import KubeCluster
from bulkhead_controller.store.binding import store_key
from bulkhead_runtime.kube.client import METADATA_ONLY
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_testkit.offline_client import RecordingClient

NOW = datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC)
KEY = ObjectKey("team-a", "app")
SECRET = Secret(metadata=ObjectMeta(name="app", namespace="team-a"), data={"a": SecretValue(b"b")})
REPLY = b'{"metadata": {"name": "app", "uid": "u-1", "resourceVersion": "7"}}'


@pytest.fixture
def client() -> RecordingClient:
    return RecordingClient(REPLY)


@pytest.fixture
def cluster(client: RecordingClient) -> KubeCluster:
    return KubeCluster(client, now=lambda: NOW)


async def test_secret_is_created_in_its_collection(client: RecordingClient, cluster: KubeCluster) -> None:
    assert (await cluster.create_secret(SECRET, field_manager="fm")).resource_version == "7"
    (call,) = client.calls
    assert (call.method, call.path) == ("POST", "/api/v1/namespaces/team-a/secrets")
    assert (call.accept, call.query, call.sensitive) == (METADATA_ONLY, {"fieldManager": "fm"}, True)
    assert call.body["data"] == {"a": "Yg=="}


async def test_secret_is_replaced_without_a_precondition(client: RecordingClient, cluster: KubeCluster) -> None:
    await cluster.replace_secret(SECRET, field_manager="fm")
    (call,) = client.calls
    assert (call.method, call.path) == ("PUT", "/api/v1/namespaces/team-a/secrets/app")
    assert (call.accept, call.query, call.sensitive) == (METADATA_ONLY, {"fieldManager": "fm"}, True)
    assert call.body["metadata"] == {"name": "app", "namespace": "team-a"}


async def test_probe_is_a_dry_run(client: RecordingClient, cluster: KubeCluster) -> None:
    assert (await cluster.probe_secret(SECRET, field_manager="fm")).uid == "u-1"
    (call,) = client.calls
    assert (call.method, call.query) == ("PUT", {"fieldManager": "fm", "dryRun": "All"})


async def test_delete_is_bound_to_a_uid(client: RecordingClient, cluster: KubeCluster) -> None:
    await cluster.delete_secret(KEY, uid="u-9")
    (call,) = client.calls
    assert (call.method, call.path, call.sensitive) == ("DELETE", "/api/v1/namespaces/team-a/secrets/app", True)
    assert call.body == {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "u-9"}}


async def test_status_is_a_merge_patch_guarded_by_the_resource_version(
    client: RecordingClient, cluster: KubeCluster
) -> None:
    status = ExternalSecretStatus(
        refresh_time=NOW.replace(microsecond=0),
        synced_resource_version="1-a",
        conditions=[Condition(type="Ready", status=ConditionStatus.TRUE, reason="SecretSynced", message="m")],
        binding=Binding(name="app"),
    )
    await cluster.patch_status(KEY, resource_version="5", status=status)
    (call,) = client.calls
    assert call.path == "/apis/external-secrets.io/v1/namespaces/team-a/externalsecrets/app/status"
    assert (call.method, call.content_type, call.accept) == ("PATCH", "application/merge-patch+json", METADATA_ONLY)
    assert call.body == {
        "metadata": {"resourceVersion": "5"},
        "status": {
            "refreshTime": "2026-11-24T12:00:00Z",
            "syncedResourceVersion": "1-a",
            "conditions": [{"type": "Ready", "status": "True", "reason": "SecretSynced", "message": "m"}],
            "binding": {"name": "app"},
        },
    }


async def test_finalizers_are_guarded_by_the_resource_version(client: RecordingClient, cluster: KubeCluster) -> None:
    await cluster.patch_finalizers(KEY, resource_version="5", finalizers=[])
    (call,) = client.calls
    assert call.path == "/apis/external-secrets.io/v1/namespaces/team-a/externalsecrets/app"
    assert call.body == {"metadata": {"resourceVersion": "5", "finalizers": []}}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        pytest.param(
            StoreKind.SECRET_STORE,
            "/apis/external-secrets.io/v1/namespaces/team-a/secretstores/vault/status",
            id="namespaced",
        ),
        pytest.param(
            StoreKind.CLUSTER_SECRET_STORE,
            "/apis/external-secrets.io/v1/clustersecretstores/vault/status",
            id="cluster-wide",
        ),
    ],
)
async def test_status_of_a_store(client: RecordingClient, cluster: KubeCluster, kind: StoreKind, path: str) -> None:
    key = store_key(kind, "team-a", "vault")
    await cluster.patch_store_status(key, resource_version="5", status=SecretStoreStatus(capabilities="ReadOnly"))
    (call,) = client.calls
    assert call.path == path
    assert call.body == {"metadata": {"resourceVersion": "5"}, "status": {"capabilities": "ReadOnly"}}


@pytest.mark.parametrize(
    ("namespace", "stored_in"),
    [pytest.param("team-a", "team-a", id="beside"), pytest.param("", "default", id="global")],
)
async def test_event_names_its_subject(
    client: RecordingClient, cluster: KubeCluster, namespace: str, stored_in: str
) -> None:
    subject = EventSubject(kind="SecretStore", namespace=namespace, name="n" * 253, uid="u-1", resource_version="5")
    note = EventNote(
        subject=subject, component="secret-store", type=EventType.WARNING, reason="UpdateFailed", message="x" * 5000
    )
    await cluster.create_event(note)
    (call,) = client.calls
    assert call.path == f"/api/v1/namespaces/{stored_in}/events"
    event = msgspec.convert(call.body, dict[str, object])
    assert event["source"] == {"component": "secret-store"}
    assert (event["type"], event["reason"]) == ("Warning", "UpdateFailed")
    assert event["firstTimestamp"] == "2026-11-24T12:00:00Z"
    assert len(str(event["message"])) <= 1024
    metadata = msgspec.convert(event["metadata"], dict[str, str])
    assert len(metadata["name"]) <= 253
