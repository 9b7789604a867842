"""What the API server saw of Bulkhead's processes: the controller reads no Secret, and provider servers do not exist."""

from collections.abc import Sequence

import pytest

from bulkhead_testkit import audit
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.audit import AuditEvent
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import NAMESPACE, VAULT_MOUNT, Stack

CONTROLLER = f"system:serviceaccount:{NAMESPACE}:bulkhead-controller"
CERTCONTROLLER = f"system:serviceaccount:{NAMESPACE}:bulkhead-certcontroller"
ADMIN = "kubernetes-admin"


@pytest.fixture
def journeys(admin: Admin, bao: OpenBao, vault: None, namespace: str) -> None:
    """Everything that makes the controller touch a Secret: create, update, rename, collide, delete."""
    bao.put(VAULT_MOUNT, f"{namespace}/k", {"v": "1"})
    refs = {"k": {"key": f"{namespace}/k", "property": "v"}}
    renamed = {"target": {"name": "second"}}
    deleted = {"target": {"deletionPolicy": "Delete"}}
    taken = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "taken", "namespace": namespace}}
    admin.apply(fake_store(namespace, {"k": "v"}))
    admin.apply(taken)
    admin.apply(external_secret(namespace, "taken", store="fake", data={"k": {"key": "k"}}))
    for manifest in (
        external_secret(namespace, "first", data=refs),
        external_secret(namespace, "first", data=refs, **renamed),
        external_secret(namespace, "short-lived", store="fake", data={"k": {"key": "k"}}, **deleted),
    ):
        admin.apply(manifest)
    admin.wait_ready(namespace, "taken", reason="SecretSyncedError")
    admin.wait_ready(namespace, "short-lived", reason="SecretSynced")
    wait_for(lambda: admin.secret(namespace, "second"), what="the renamed Secret")
    admin.delete(external_secret(namespace, "short-lived"))
    wait_for(lambda: admin.secret(namespace, "short-lived") is None or None, what="the Secret is deleted")


@pytest.mark.usefixtures("journeys")
def test_the_controller_creates_updates_and_deletes_secrets_and_reads_none(stack: Stack, namespace: str) -> None:
    events = [event for event in audit.read_events(stack.plane.audit_log) if _is_about_secrets(event)]
    # Also that the log would show a read: the tests' own.
    assert {"get", "create", "update", "delete"} <= {event.verb for event in _of_namespace(events, namespace)}
    controllers = [event for event in events if event.user.username == CONTROLLER]
    assert {event.verb for event in controllers} == {"create", "update", "delete"}
    assert {event.verb for event in _of_namespace(controllers, namespace)} == {"create", "update", "delete"}
