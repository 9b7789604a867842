"""What the API server sees of Bulkhead: a controller that reads no Secret, and no provider server at all."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bulkhead_testkit import audit
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import NAMESPACE, VAULT_MOUNT, Stack

CONTROLLER = f"system:serviceaccount:{NAMESPACE}:bulkhead-controller"
CERTCONTROLLER = f"system:serviceaccount:{NAMESPACE}:bulkhead-certcontroller"
WRITES = {"create", "update", "delete"}


@pytest.fixture
def journeys(admin: Admin, bao: OpenBao, namespace: str) -> None:
    """Everything that makes the controller touch a Secret: create, update, rename, collide, delete."""
    bao.put(VAULT_MOUNT, f"{namespace}/k", {"v": "1"})
    admin.apply(vault_store(namespace, server=bao.address))
    admin.apply(fake_store(namespace, {"k": "v"}))
    admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "taken", "namespace": namespace}})
    admin.apply(external_secret(namespace, "taken", store="fake", data={"k": {"key": "k"}}))
    admin.wait_ready(namespace, "taken", reason="SecretSyncedError")
    for target in ("first", "second"):
        refs = {"k": {"key": f"{namespace}/k", "property": "v"}}
        admin.apply(external_secret(namespace, "renamed", data=refs, target={"name": target}))
        wait_for(partial(admin.secret, namespace, target), what=f"Secret {target}")
    passing = external_secret(
        namespace, "passing", store="fake", data={"k": {"key": "k"}}, target={"deletionPolicy": "Delete"}
    )
    admin.apply(passing)
    admin.wait_ready(namespace, "passing", reason="SecretSynced")
    admin.delete(passing)
    wait_for(lambda: admin.secret(namespace, "passing") is None or None, what="the Secret is deleted")


@pytest.mark.usefixtures("journeys")
def test_the_controller_writes_secrets_and_reads_none(stack: Stack, namespace: str) -> None:
    events = audit.requests_for(stack.plane.audit_log, resource="secrets")
    own = [event for event in events if event.user.username == CONTROLLER]
    assert {event.verb for event in own} == WRITES
    here = [event for event in own if event.object_ref is not None and event.object_ref.namespace == namespace]
    assert {event.verb for event in here} == WRITES
    # A read would be in the log: those of the tests are.
    assert "get" in {event.verb for event in events if event.user.username != CONTROLLER}


@pytest.mark.usefixtures("journeys")
def test_provider_servers_never_call_the_api_server(stack: Stack) -> None:
    users = {event.user.username for event in audit.read_events(stack.plane.audit_log)}
    assert {user for user in users if f":{NAMESPACE}:" in user} == {CONTROLLER, CERTCONTROLLER}
    port = urlsplit(stack.plane.server).port
    # A connection would be found: the controller's is.
    assert port in set(_peer_ports(stack.container("controller").pid))
    for provider in stack.options.providers:
        assert port not in set(_peer_ports(stack.container(f"provider-{provider}").pid))


def _peer_ports(pid: int) -> Iterator[int]:
    """Give the remote port of each TCP connection of a process. Source: Linux, proc(5), /proc/net/tcp."""
    sockets = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if f"socket:[{fields[9]}]" in sockets:
            yield int(fields[2].partition(":")[2], 16)
