"""OpenBao behind the vault provider: credentials that end, and a server that is sealed or gone."""

from collections.abc import Iterator

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.manifests import external_secret, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import NAMESPACE, VAULT_CREDENTIAL, VAULT_MOUNT, VAULT_POLICY, Stack
from bulkhead_testkit.survivor import Survivor

TOKEN_REFUSED = "Vault does not accept this provider server's token: it is wrong, expired or revoked"


@pytest.fixture
def survivor(admin: Admin, bao: OpenBao, namespace: str) -> Survivor:
    admin.apply(vault_store(namespace, server=bao.address))
    bao.put(VAULT_MOUNT, f"{namespace}/db", {"password": "good"})
    refs = {"password": {"key": f"{namespace}/db", "property": "password"}}
    return Survivor.synced(admin, namespace, external_secret(namespace, "kept", data=refs, refresh_interval="1s"))


@pytest.fixture
def credential(stack: Stack) -> Iterator[None]:
    """Leave a good token to the tests that follow."""
    yield
    _mount_token(stack, _new_token(stack))


@pytest.mark.usefixtures("credential")
def test_a_revoked_token_can_be_replaced(stack: Stack, survivor: Survivor) -> None:
    stack.backend.revoke(_mounted_token(stack))
    survivor.fails(f'could not get secret data from provider: store "{survivor.namespace}/vault": ')
    survivor.fails(TOKEN_REFUSED)
    _mount_token(stack, _new_token(stack))
    survivor.recovers()


@pytest.mark.usefixtures("credential")
def test_an_expired_token_can_be_replaced(stack: Stack, survivor: Survivor) -> None:
    _mount_token(stack, _dying_token(stack.backend, life_s=1))
    survivor.fails(TOKEN_REFUSED)
    _mount_token(stack, _new_token(stack))
    survivor.recovers()


@pytest.mark.usefixtures("credential")
def test_a_login_outlives_its_tokens(stack: Stack, survivor: Survivor) -> None:
    role = stack.backend.create_approle("bulkhead", [VAULT_POLICY], token_ttl_s=2, token_max_ttl_s=2)
    stack.backend.revoke(_mounted_token(stack))
    _mount(stack, {"role-id": role.role_id, "secret-id": role.secret_id})
    for password in ("after the first login", "after the next one"):
        stack.backend.put(VAULT_MOUNT, f"{survivor.namespace}/db", {"password": password})
        survivor.comes_to_hold({"password": password.encode()})
        stack.backend.revoke_logins()


@pytest.mark.usefixtures("credential")
def test_a_refused_login_is_named_until_it_is_mended(stack: Stack, survivor: Survivor) -> None:
    role = stack.backend.create_approle("bulkhead", [VAULT_POLICY])
    _mount(stack, {"role-id": role.role_id, "secret-id": SecretValue(b"not-this-one")})
    survivor.fails("Vault refused the AppRole login of this provider server: role-id or secret-id is wrong")
    _mount(stack, {"role-id": role.role_id, "secret-id": role.secret_id})
    survivor.recovers()


def test_a_sealed_vault_is_waited_for(bao: OpenBao, survivor: Survivor) -> None:
    bao.seal()
    try:
        survivor.fails("Vault is sealed, on standby or in maintenance")
    finally:
        bao.unseal()
    survivor.recovers()


def test_a_stopped_vault_is_waited_for(bao: OpenBao, survivor: Survivor) -> None:
    bao.stop()
    try:
        survivor.fails(f"Vault at {bao.address.removeprefix('https://')}: the connection was refused")
    finally:
        bao.start()
    survivor.recovers()


def _mounted_token(stack: Stack) -> SecretValue:
    secret = stack.admin.secret(NAMESPACE, VAULT_CREDENTIAL)
    assert secret is not None
    return SecretValue(secret.data["token"])


def _new_token(stack: Stack) -> SecretValue:
    return stack.backend.create_token([VAULT_POLICY])


def _dying_token(bao: OpenBao, *, life_s: int) -> SecretValue:
    """Make a token that cannot be renewed."""
    made = bao.client().auth.token.create_orphan(policies=[VAULT_POLICY], ttl=f"{life_s}s", renewable=False)
    return SecretValue(made["auth"]["client_token"].encode())


def _mount_token(stack: Stack, token: SecretValue) -> None:
    _mount(stack, {"token": token})


def _mount(stack: Stack, credential: dict[str, SecretValue]) -> None:
    """Give the vault provider this credential and no other."""
    files = {name: value.reveal().decode() for name, value in credential.items()}
    stack.set_vault_credential({**files, "ca.crt": stack.backend.ca_file.read_text()})
