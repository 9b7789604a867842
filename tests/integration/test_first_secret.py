"""The journeys that everything else stands on: from an ExternalSecret to a Secret and back to nothing."""

import time

import pytest

from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import VAULT_MOUNT


@pytest.mark.usefixtures("vault")
def test_properties_of_a_vault_secret_become_keys(admin: Admin, bao: OpenBao, namespace: str) -> None:
    bao.put(VAULT_MOUNT, f"{namespace}/db", {"user": "u1", "nested": {"port": 5432}})
    refs = {
        "user": {"key": f"{namespace}/db", "property": "user"},
        "port": {"key": f"{namespace}/db", "property": "nested.port"},
    }
    admin.apply(external_secret(namespace, "db", data=refs))
    seen = admin.wait_ready(namespace, "db", reason="SecretSynced", says="secret synced")
    secret = admin.secret(namespace, "db")
    assert secret is not None
    assert secret.data == {"user": b"u1", "port": b"5432"}
    assert secret.metadata.labels["reconcile.external-secrets.io/managed"] == "true"
    assert secret.metadata.owner_references[0]["uid"] == seen.metadata.uid
    assert seen.status.binding.name == "db"
    assert seen.status.refresh_time is not None
    assert seen.metadata.finalizers == []


@pytest.mark.usefixtures("vault")
def test_extract_takes_all_fields(admin: Admin, bao: OpenBao, namespace: str) -> None:
    bao.put(VAULT_MOUNT, f"{namespace}/all", {"a": "1", "b b": "2"})
    admin.apply(external_secret(namespace, "all", data_from=[{"extract": {"key": f"{namespace}/all"}}]))
    admin.wait_ready(namespace, "all", reason="SecretSynced")
    secret = admin.secret(namespace, "all")
    assert secret is not None
    assert secret.data == {"a": b"1", "b_b": b"2"}


@pytest.mark.usefixtures("vault")
def test_a_change_in_the_backend_reaches_the_secret(admin: Admin, bao: OpenBao, namespace: str) -> None:
    bao.put(VAULT_MOUNT, f"{namespace}/k", {"v": "old"})
    refs = {"v": {"key": f"{namespace}/k", "property": "v"}}
    admin.apply(external_secret(namespace, "k", data=refs, refresh_interval="1s"))
    admin.wait_ready(namespace, "k", reason="SecretSynced")
    bao.put(VAULT_MOUNT, f"{namespace}/k", {"v": "new"})
    wait_for(lambda: _holds(admin, namespace, "k", {"v": b"new"}), what="the new value")


def test_an_unchanged_refresh_stores_nothing(admin: Admin, namespace: str) -> None:
    admin.apply(fake_store(namespace, {"k": "v"}))
    admin.apply(external_secret(namespace, "still", store="fake", data={"k": {"key": "k"}}, refresh_interval="1s"))
    before = admin.wait_ready(namespace, "still", reason="SecretSynced")
    secret = admin.secret(namespace, "still")
    assert secret is not None
    # Three refreshes have passed when the wall clock has, as nothing else can be seen of them from here.
    time.sleep(3.5)
    after = admin.external_secret(namespace, "still")
    again = admin.secret(namespace, "still")
    assert after is not None
    assert again is not None
    assert after.metadata.resource_version == before.metadata.resource_version
    assert again.metadata.resource_version == secret.metadata.resource_version


def test_a_deleted_external_secret_takes_its_secret_along(admin: Admin, namespace: str) -> None:
    admin.apply(fake_store(namespace, {"k": "v"}))
    manifest = external_secret(namespace, "gone", store="fake", data={"k": {"key": "k"}})
    admin.apply(manifest)
    admin.wait_ready(namespace, "gone", reason="SecretSynced")
    admin.delete(manifest)
    # A new control plane's garbage collector learns new kinds only every 30 s or so.
    wait_for(
        lambda: True if admin.secret(namespace, "gone") is None else None, what="the Secret is collected", timeout_s=60
    )


def _holds(admin: Admin, namespace: str, name: str, data: dict[str, bytes]) -> bool | None:
    secret = admin.secret(namespace, name)
    return True if secret is not None and secret.data == data else None
