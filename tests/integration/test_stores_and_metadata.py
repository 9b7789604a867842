"""What a store says beside its provider, and a secret's metadata, on the whole way from manifest to Secret."""

import msgspec
import pytest

from bulkhead_testkit.admin import Admin, Manifest, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import VAULT_MOUNT

IGNORE = "external-secrets.io/ignore-maintenance-checks"


class _Event(msgspec.Struct, frozen=True):
    type: str
    reason: str


class _Events(msgspec.Struct, frozen=True):
    items: list[_Event]


def events(admin: Admin, namespace: str) -> list[tuple[str, str]]:
    seen = admin.get(f"/api/v1/namespaces/{namespace}/events", _Events)
    return [(event.type, event.reason) for event in seen.items] if seen else []


def store_becomes(admin: Admin, namespace: str, name: str, reason: str) -> str:
    """Wait for the reason of the store's condition and give its message."""

    def look() -> str | None:
        seen = admin.store(namespace, name)
        conditions = seen.status.conditions if seen else []
        return conditions[0].message if conditions and conditions[0].reason == reason else None

    return wait_for(look, what=f"SecretStore {namespace}/{name} {reason}")


def with_spec(manifest: Manifest, **fields: object) -> Manifest:
    spec = manifest["spec"]
    assert isinstance(spec, dict)
    return {**manifest, "spec": {**spec, **fields}}


@pytest.mark.usefixtures("vault")
def test_metadata_of_a_vault_secret_is_fetched_beside_its_values(admin: Admin, bao: OpenBao, namespace: str) -> None:
    key = f"{namespace}/db"
    bao.put(VAULT_MOUNT, key, {"password": "p"})
    bao.put_metadata(VAULT_MOUNT, key, {"owner": "ann"})
    refs = {
        "password": {"key": key, "property": "password"},
        "owner": {"key": key, "property": "owner", "metadataPolicy": "Fetch"},
    }
    extract = {"extract": {"key": key, "metadataPolicy": "Fetch"}}
    admin.apply(external_secret(namespace, "db", data=refs, data_from=[extract]))
    admin.wait_ready(namespace, "db", reason="SecretSynced")
    secret = admin.secret(namespace, "db")
    assert secret is not None
    assert secret.data.pop("created_time").startswith(b"20")
    assert secret.data == {"password": b"p", "owner": b"ann", "current_version": b"1", "delete_version_after": b"0s"}


def test_stores_with_retry_settings_become_ready(admin: Admin, bao: OpenBao, namespace: str) -> None:
    settings = {"maxRetries": 5, "retryInterval": "10s"}
    admin.apply(with_spec(vault_store(namespace, server=bao.address), retrySettings=settings))
    admin.apply(with_spec(fake_store(namespace, {"k": "v"}), retrySettings=settings))
    store_becomes(admin, namespace, "vault", "Valid")
    store_becomes(admin, namespace, "fake", "Valid")


def test_a_store_of_an_unmaintained_provider_is_warned_of_once(admin: Admin, namespace: str) -> None:
    admin.apply(with_spec(fake_store(namespace, {"k": "v"}), refreshInterval=1))
    wait_for(lambda: events(admin, namespace) or None, what="the store's event")
    # A second validation, which a status that stays the same does not show, is one that sees this change.
    admin.apply(with_spec(fake_store(namespace, {"k": "w"}), refreshInterval=1))
    admin.apply(external_secret(namespace, "k", store="fake", data={"k": {"key": "k"}}))
    admin.wait_ready(namespace, "k", reason="SecretSynced")
    assert events(admin, namespace).count(("Warning", "StoreUnmaintained")) == 1


def test_a_store_whose_users_know_is_not_warned_of(admin: Admin, namespace: str) -> None:
    manifest = fake_store(namespace, {"k": "v"})
    metadata = {"name": "fake", "namespace": namespace, "annotations": {IGNORE: "true"}}
    admin.apply({**manifest, "metadata": metadata})
    admin.apply(external_secret(namespace, "k", store="fake", data={"k": {"key": "k"}}))
    admin.wait_ready(namespace, "k", reason="SecretSynced")
    assert ("Warning", "StoreUnmaintained") not in events(admin, namespace)
