"""The tests' own ledger, held against what surely happened: its zeros are only worth something if it can count."""

import pytest

from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.ledger import Ledger
from bulkhead_testkit.manifests import cluster_store, external_secret, fake_provider
from bulkhead_testkit.stack import Stack

STORES = "/apis/external-secrets.io/v1/clustersecretstores"
DATA = {"k": {"key": "k"}}


@pytest.fixture
def synced(admin: Admin, namespace: str) -> None:
    """An ExternalSecret `db` of a ClusterSecretStore, with its Secret."""
    admin.apply(cluster_store(namespace, fake_provider({"k": "v"})))
    manifest = external_secret(namespace, "db", store=namespace, store_kind="ClusterSecretStore", data=DATA)
    admin.apply(manifest)
    admin.wait_for_secret(namespace, "db", data={"k": b"v"})
    admin.wait_ready(namespace, "db", reason="SecretSynced")


@pytest.mark.usefixtures("synced")
def test_the_ledger_counts_what_is_done_for_one_object_and_nothing_from_before(
    stack: Stack, admin: Admin, namespace: str
) -> None:
    ledger = Ledger(stack)
    assert ledger.writes("secrets", namespace=namespace) == {}
    assert ledger.provider_calls(namespace=namespace, name="db") == {}

    db = external_secret(namespace, "db")
    admin.patch_metadata(db, annotations={"note": "changed"})

    def looked() -> bool | None:
        found = admin.secret(namespace, "db")
        return True if found and "note" in found.metadata.annotations else None

    wait_for(looked, what="the annotation follows")
    written = ledger.writes("secrets", namespace=namespace, name="db")
    assert written == {f"update secrets {namespace}/db: 200": 1}
    assert ledger.reads("secrets", namespace=namespace) == {}
    wait_for(lambda: ledger.provider_calls(namespace=namespace, name="db") or None, what="the call is in the log")
    ledger.restart()
    assert ledger.writes("secrets", namespace=namespace) == {}


@pytest.mark.usefixtures("synced")
def test_an_object_shows_its_events_and_who_owns_its_fields(admin: Admin, namespace: str) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": namespace}}
    assert len(admin.managed_fields(secret)) == 1
    events = admin.events(namespace, "db")
    assert {event.involved_object.kind for event in events} <= {"ExternalSecret"}
    assert admin.events(namespace, "nobody") == []


def test_an_object_is_created_once_and_then_replaced(admin: Admin, namespace: str) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "raw", "namespace": namespace}}
    admin.create({**secret, "stringData": {"a": "1"}})
    with pytest.raises(AdminError) as refused:
        admin.create(secret)
    assert refused.value.status == 409
    admin.replace({**secret, "stringData": {"b": "2"}})
    admin.wait_for_secret(namespace, "raw", data={"b": b"2"})
    with pytest.raises(AdminError, match="as expected") as missed:
        admin.wait_for_secret(namespace, "raw", data={}, timeout_s=0.1)
    assert missed.value.__notes__ == ["keys: ['b']"]


def test_labels_come_and_go_alone(admin: Admin, namespace: str) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "raw", "namespace": namespace}}
    admin.create(secret)
    admin.patch_metadata(secret, labels={"one": "1", "two": "2"}, annotations={"kept": "yes"})
    admin.patch_metadata(secret, labels={"one": None})
    seen = admin.secret(namespace, "raw")
    assert seen is not None
    assert seen.metadata.labels == {"two": "2"}
    assert seen.metadata.annotations == {"kept": "yes"}


def test_a_status_can_be_laid_as_another_controller_left_it(admin: Admin, namespace: str) -> None:
    # A store that nobody serves, so that nobody writes the status meanwhile.
    manifest = cluster_store(namespace, fake_provider({}), controller="nobody")
    admin.apply(manifest)
    admin.replace_status({**manifest, "status": {"capabilities": "ReadOnly"}})
    assert b'"capabilities":"ReadOnly"' in admin.request("GET", f"{STORES}/{namespace}")
