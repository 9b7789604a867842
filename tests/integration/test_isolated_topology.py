"""Provider servers in Pods of their own: called over the network, with the Kubernetes identity of their Pod."""

from collections.abc import Iterator
from typing import Final

import pytest

from bulkhead_testkit.admin import wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.stack import VAULT_MOUNT, ProviderIdentity, Stack, StackOptions

NAMESPACE: Final = "demo"
CREDENTIAL: Final = "vault-token"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    identity = ProviderIdentity(secrets={NAMESPACE: [CREDENTIAL]})
    options = StackOptions(topology="isolated", identities={"vault": identity}, webhook=True, ask_providers=True)
    with Stack(options) as stack:
        yield stack


def synced(stack: Stack, name: str) -> dict[str, bytes]:
    stack.admin.wait_ready(NAMESPACE, name, reason="SecretSynced")
    found = stack.admin.secret(NAMESPACE, name)
    assert found is not None
    return dict(found.data)


def test_a_secret_is_synced_over_the_network_and_the_webhook_asks_there_too(stack: Stack) -> None:
    stack.admin.apply(fake_store(NAMESPACE, {"k": "v"}))
    stack.admin.apply(external_secret(NAMESPACE, "fake", store="fake", data={"k": {"key": "k"}}))
    assert synced(stack, "fake") == {"k": b"v"}
    assert {"bulkhead-provider-fake", "bulkhead-provider-vault"} < stack.pods.keys()
    assert list(stack.pods["bulkhead-controller"].containers) == ["controller"]


def test_a_provider_server_reads_what_a_store_names_with_its_pods_own_token(stack: Stack) -> None:
    bao = stack.backend
    bao.put(VAULT_MOUNT, "db", {"password": "p"})
    bao.write_policy("db", {f"{VAULT_MOUNT}/data/db": ["read"]})
    token = bao.create_token(policies=["db"]).reveal().decode()
    metadata = {"name": CREDENTIAL, "namespace": NAMESPACE}
    stack.admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": token}})
    auth = {"tokenSecretRef": {"name": CREDENTIAL, "key": "token"}}
    stack.admin.apply(vault_store(NAMESPACE, server=bao.address, auth=auth))
    data = {"password": {"key": "db", "property": "password"}}
    stack.admin.apply(external_secret(NAMESPACE, "vault", store="vault", data=data))
    assert synced(stack, "vault") == {"password": b"p"}


def test_a_provider_server_that_was_replaced_is_found_again(stack: Stack) -> None:
    stack.container("provider-fake").kill()
    stack.start_container("provider-fake")
    stack.admin.apply(fake_store(NAMESPACE, {"k": "new"}))
    stack.admin.apply(
        external_secret(NAMESPACE, "again", store="fake", data={"k": {"key": "k"}}, refresh_interval="1s")
    )
    wait_for(lambda: synced(stack, "again") == {"k": b"new"} or None, what="the new value arrives", timeout_s=30)
