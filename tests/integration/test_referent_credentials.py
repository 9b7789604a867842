"""Credentials that stores name in the cluster: read by the provider server as itself, and by nobody else."""

import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from bulkhead_demo.shop import read_example
from bulkhead_testkit.admin import Admin, Manifest, wait_for
from bulkhead_testkit.canary import places_of, search
from bulkhead_testkit.manifests import external_secret, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import NAMESPACE, VAULT_MOUNT, ProviderIdentity, Stack, StackOptions
from bulkhead_testkit.token_caller import TokenCaller

RED: Final = "referent-red"
BLUE: Final = "referent-blue"
OPS: Final = "referent-ops"
CREDENTIAL: Final = "vault-credential"
FIELD: Final = "spec.provider.vault.auth.tokenSecretRef"
API_VERSION: Final = "external-secrets.io/v1"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    names = [CREDENTIAL, "gone"]
    identity = ProviderIdentity(secrets=dict.fromkeys((RED, BLUE, OPS), names), config_maps={OPS: ["ca"]})
    with Stack(StackOptions(provider_timeout="5s", log_level="debug", identities={"vault": identity})) as stack:
        for team in (RED, BLUE, OPS):
            stack.backend.put(VAULT_MOUNT, f"{team}/db", {"password": f"of {team}"})
            stack.backend.write_policy(team, {f"{VAULT_MOUNT}/data/{team}/*": ["read"]})
            give_token(stack, team, policy=team)
        # The server's own token reads nothing, so what is read is read with a store's own.
        powerless = stack.backend.create_token(policies=[]).reveal().decode()
        stack.set_vault_credential({"token": powerless, "ca.crt": stack.backend.ca_file.read_text()})
        yield stack


def give_token(stack: Stack, namespace: str, *, policy: str) -> str:
    token = stack.backend.create_token(policies=[policy]).reveal().decode()
    stack.admin.apply(secret(namespace, CREDENTIAL, {"token": token}))
    return token


def secret(namespace: str, name: str, data: Mapping[str, str]) -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": dict(data)}


def by_token(name: str = CREDENTIAL, key: str = "token", namespace: str | None = None) -> Mapping[str, object]:
    return {"tokenSecretRef": {"name": name, "key": key} | ({"namespace": namespace} if namespace else {})}


def cluster_store(bao: OpenBao, name: str, **more: object) -> Manifest:
    vault = {"server": bao.address, "path": VAULT_MOUNT, "version": "v2", **more}
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterSecretStore",
        "metadata": {"name": name},
        "spec": {"provider": {"vault": vault}, "refreshInterval": 1},
    }


def wants(namespace: str, name: str, store: str, *, key: str, kind: str = "SecretStore") -> Manifest:
    ref = {"name": store, "kind": kind}
    data = {"password": {"key": key, "property": "password"}}
    return external_secret(namespace, name, data=data, refresh_interval="1s", secretStoreRef=ref)


def synced(admin: Admin, namespace: str, name: str) -> bytes:
    admin.wait_ready(namespace, name, reason="SecretSynced")
    found = admin.secret(namespace, name)
    assert found is not None
    return found.data["password"]


def test_a_store_logs_in_with_the_token_in_its_namespace(stack: Stack) -> None:
    stack.admin.apply(vault_store(RED, server=stack.backend.address, auth=by_token()))
    stack.admin.apply(wants(RED, "own", "vault", key=f"{RED}/db"))
    assert synced(stack.admin, RED, "own") == b"of referent-red"


def test_a_cluster_store_logs_in_with_the_token_of_the_namespace_that_it_names(stack: Stack) -> None:
    stack.admin.apply(cluster_store(stack.backend, "ops", auth=by_token(namespace=OPS)))
    stack.admin.apply(wants(RED, "from-ops", "ops", key=f"{OPS}/db", kind="ClusterSecretStore"))
    assert synced(stack.admin, RED, "from-ops") == b"of referent-ops"


def test_each_namespace_uses_a_referent_store_with_its_own_token(stack: Stack) -> None:
    admin = stack.admin
    admin.apply(cluster_store(stack.backend, "referent", auth=by_token()))
    for team, other in ((RED, BLUE), (BLUE, RED)):
        admin.apply(wants(team, "mine", "referent", key=f"{team}/db", kind="ClusterSecretStore"))
        admin.apply(wants(team, "theirs", "referent", key=f"{other}/db", kind="ClusterSecretStore"))
    assert synced(admin, RED, "mine") == b"of referent-red"
    assert synced(admin, BLUE, "mine") == b"of referent-blue"
    for team in (RED, BLUE):
        says = "access denied by the Vault policy of the store's credential"
        admin.wait_ready(team, "theirs", reason="SecretSyncedError", says=says)
        assert admin.secret(team, "theirs") is None
    store = admin.store("", "referent")
    assert store is not None
    ready = store.status.conditions[0]
    assert (ready.status, ready.reason) == ("True", "ValidationUnknown")


def test_the_example_works_as_it_stands(stack: Stack) -> None:
    manifests = read_example("referent-credentials.yaml", stack, namespace=RED)
    for manifest in manifests:
        stack.admin.apply(manifest)
    assert synced(stack.admin, RED, "referent") == b"of referent-red"
    store = stack.admin.store("", f"{RED}-referent")
    assert store is not None
    assert store.status.conditions[0].reason == "ValidationUnknown"


def test_certificates_come_from_a_config_map_under_the_servers_identity(stack: Stack) -> None:
    ca = {"name": "ca", "namespace": OPS}
    stack.admin.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": ca,
            "data": {"ca.crt": stack.backend.ca_file.read_text()},
        }
    )
    provider = {"type": "ConfigMap", "key": "ca.crt", **ca}
    auth = by_token(namespace=OPS)
    stack.admin.apply(cluster_store(stack.backend, "with-ca", auth=auth, caProvider=provider))
    stack.admin.apply(wants(BLUE, "with-ca", "with-ca", key=f"{OPS}/db", kind="ClusterSecretStore"))
    assert synced(stack.admin, BLUE, "with-ca") == b"of referent-ops"


@pytest.mark.parametrize(
    ("name", "auth", "says"),
    [
        pytest.param("no-secret", by_token("gone"), f"Secret {RED}/gone: not found", id="a-missing-secret"),
        pytest.param(
            "no-key", by_token(key="other"), f'Secret {RED}/{CREDENTIAL}: has no key "other"', id="a-missing-key"
        ),
        pytest.param(
            "forbidden",
            by_token("unnamed"),
            f"Secret {RED}/unnamed: this provider server may not read it: "
            "name it in providers.vault.identity.secrets of the chart's values",
            id="a-secret-that-the-chart-does-not-name",
        ),
    ],
)
def test_a_store_says_what_is_wrong_with(name: str, auth: Mapping[str, object], says: str, stack: Stack) -> None:
    stack.admin.apply(secret(RED, "unnamed", {"token": "never-read"}))
    stack.admin.apply(vault_store(RED, server=stack.backend.address, name=name, auth=auth))

    def message() -> str | None:
        store = stack.admin.store(RED, name)
        return store.status.conditions[0].message if store and store.status.conditions else None

    assert f'store "{RED}/{name}": {FIELD}: {says}' in wait_for(message, what="a condition of the store")


def test_a_changed_credential_is_used_without_a_restart_and_a_removed_one_is_not(stack: Stack) -> None:
    admin, pid = stack.admin, stack.container("provider-vault").pid
    admin.apply(vault_store(BLUE, server=stack.backend.address, auth=by_token()))
    admin.apply(wants(BLUE, "changing", "vault", key=f"{BLUE}/db"))
    assert synced(admin, BLUE, "changing") == b"of referent-blue"
    give_token(stack, BLUE, policy=RED)
    admin.wait_ready(BLUE, "changing", reason="SecretSyncedError", says="access denied", timeout_s=10)
    give_token(stack, BLUE, policy=BLUE)
    admin.wait_ready(BLUE, "changing", reason="SecretSynced", timeout_s=10)
    admin.delete(secret(BLUE, CREDENTIAL, {}))
    admin.wait_ready(BLUE, "changing", reason="SecretSyncedError", timeout_s=10)
    give_token(stack, BLUE, policy=BLUE)
    assert stack.container("provider-vault").pid == pid


def test_the_providers_token_reads_what_is_named_and_nothing_else(stack: Stack) -> None:
    folder = stack.files_of("provider-vault") / "token-vault"
    thief = TokenCaller.from_folder(folder, server=stack.plane.server)
    stack.admin.apply(secret(RED, "unnamed", {"token": "never-read"}))
    named = f"/api/v1/namespaces/{RED}/secrets/{CREDENTIAL}"
    assert thief.call("GET", named).status == http.client.OK
    refused = [
        ("GET", "/api/v1/secrets"),
        ("GET", f"/api/v1/namespaces/{RED}/secrets"),
        ("GET", f"/api/v1/namespaces/{RED}/secrets?watch=1&fieldSelector=metadata.name={CREDENTIAL}"),
        ("GET", f"/api/v1/namespaces/{RED}/secrets/unnamed"),
        ("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/bulkhead-ca"),
        ("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/bulkhead-token-vault"),
        ("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/vault-credential"),
        ("GET", f"/api/v1/namespaces/{RED}/configmaps/kube-root-ca.crt"),
        ("DELETE", named),
        ("PATCH", named),
        ("PUT", named),
        ("POST", f"/api/v1/namespaces/{RED}/secrets"),
        ("POST", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/bulkhead-provider-vault/token"),
        ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
        ("GET", f"/apis/external-secrets.io/v1/namespaces/{RED}/externalsecrets"),
    ]
    assert [each for each in refused if thief.call(*each).status != http.client.FORBIDDEN] == []


def test_only_that_providers_container_has_the_token_and_the_controller_has_no_credential(stack: Stack) -> None:
    token = (stack.files_of("provider-vault") / "token-vault" / "token").read_bytes()
    credential = stack.admin.secret(RED, CREDENTIAL)
    assert credential is not None
    for name in ("controller", "provider-fake"):
        files = [path for path in stack.files_of(name).rglob("*") if path.is_file()]
        texts = [path.read_bytes() for path in files]
        assert files
        assert not any(token in text or credential.data["token"] in text for text in texts)


def test_deleting_its_secret_ends_the_token(stack: Stack, tmp_path: Path) -> None:
    folder = stack.files_of("provider-vault") / "token-vault"
    for name in ("token", "ca.crt"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    thief = TokenCaller.from_folder(tmp_path, server=stack.plane.server)
    path = f"/api/v1/namespaces/{RED}/secrets/{CREDENTIAL}"
    assert thief.call("GET", path).status == http.client.OK
    bound = secret(NAMESPACE, "bulkhead-token-vault", {})
    stack.admin.delete(bound)
    ended = wait_for(
        lambda: True if thief.call("GET", path).status == http.client.UNAUTHORIZED else None,
        what="the token is refused",
        timeout_s=30,
    )
    assert ended
    # As an upgrade of the chart does; the certcontroller then fills it.
    stack.admin.apply({key: value for key, value in bound.items() if key != "stringData"})
    stack.admin.apply(wants(RED, "after", "vault", key=f"{RED}/db"))
    stack.admin.wait_ready(RED, "after", reason="SecretSynced", timeout_s=90)


def test_no_credential_shows_outside_of_secrets(stack: Stack) -> None:
    credentials = [(stack.files_of("provider-vault") / "token-vault" / "token").read_bytes()]
    for team in (RED, BLUE, OPS):
        found = stack.admin.secret(team, CREDENTIAL)
        assert found is not None
        credentials.append(found.data["token"])
    places = places_of(stack)
    # The end of a token is what no other one has: for the API server's, its signature.
    assert [shown for each in credentials for shown in search(places, each[-20:])] == []
