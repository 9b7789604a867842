"""What goes bad while in use: secrets, values, stores and policies, and what people are told until it is good again.

Manifests that were wrong from the start are in `test_bad_manifests`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
import yaml

from bulkhead_api.secret_store import SecretStore
from bulkhead_testkit.admin import Admin, AdminError, Manifest, name_of, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import VAULT_MOUNT, Stack
from bulkhead_testkit.survivor import Survivor

GET_FAILED = "could not get secret data from provider: "
UPDATE_FAILED = "could not update secret: "
MORE_THAN_TWO_BATCHES = 1001

Spec = Mapping[str, object]


@pytest.fixture
def survivor(admin: Admin, namespace: str) -> Survivor:
    admin.apply(fake_store(namespace, {"k": "good"}))
    return Survivor.synced(admin, namespace, _good(namespace))


def _good(namespace: str) -> Manifest:
    return external_secret(namespace, "kept", store="fake", data={"k": {"key": "k"}}, refresh_interval="1s")


@pytest.mark.usefixtures("vault")
def test_a_missing_key_and_then_a_missing_property_are_named_until_both_are_there(
    admin: Admin, bao: OpenBao, namespace: str
) -> None:
    key = f"{namespace}/late"
    data = {"v": {"key": key, "property": "v"}}
    admin.apply(external_secret(namespace, "late", data=data, refresh_interval="1s"))
    where = f'{GET_FAILED}store "{namespace}/vault": key "{key}": '
    admin.wait_ready(namespace, "late", reason="SecretSyncedError", says=f"{where}not found")
    bao.put(VAULT_MOUNT, key, {"other": "1"})
    admin.wait_ready(namespace, "late", reason="SecretSyncedError", says=f'{where}property "v" not found')
    assert admin.secret(namespace, "late") is None
    bao.put(VAULT_MOUNT, key, {"v": "1"})
    admin.wait_ready(namespace, "late", reason="SecretSynced")


def test_more_references_than_fit_into_a_batch_are_all_read(admin: Admin, namespace: str) -> None:
    values = {f"key-{number}": f"value {number}" for number in range(MORE_THAN_TWO_BATCHES)}
    admin.apply(fake_store(namespace, values))
    many = Survivor.synced(
        admin, namespace, external_secret(namespace, "many", store="fake", data={key: {"key": key} for key in values})
    )
    assert many.good.data == {key: value.encode() for key, value in values.items()}


def test_a_value_that_no_secret_can_hold_leaves_the_last_good_one(survivor: Survivor) -> None:
    survivor.admin.apply(fake_store(survivor.namespace, {"k": "v" * 1_500_000}))
    survivor.fails(f"{UPDATE_FAILED}the Secret would be larger than 1 MiB")
    survivor.admin.apply(fake_store(survivor.namespace, {"k": "smaller"}))
    survivor.comes_to_hold({"k": b"smaller"})


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize(
    ("provider", "store_says", "says"),
    [
        pytest.param(
            {"aws": {"service": "SecretsManager", "region": "eu-central-1"}},
            "unable to create client: spec.provider.aws: no provider server is configured for it",
            'SecretStore "vault": spec.provider.aws: no provider server is configured for it',
            id="an-unknown-provider",
        ),
        pytest.param(
            {"vault": {"server": "http://127.0.0.1:8200", "path": VAULT_MOUNT}},
            'unable to create client: store "{ns}/vault": spec.provider.vault.server: must begin with https://',
            'SecretStore "vault" is not ready',
            id="a-server-without-tls",
        ),
    ],
)
def test_a_store_cannot_work_with(
    admin: Admin, bao: OpenBao, namespace: str, provider: Spec, store_says: str, says: str
) -> None:
    bao.put(VAULT_MOUNT, f"{namespace}/k", {"v": "good"})
    refs = {"v": {"key": f"{namespace}/k", "property": "v"}}
    survivor = Survivor.synced(admin, namespace, external_secret(namespace, "kept", data=refs, refresh_interval="1s"))
    good = vault_store(namespace, server=bao.address)
    admin.apply(_changed(good, {"provider": provider}))
    _wait_for_store(admin, namespace, reason="InvalidProviderConfig", says=store_says.format(ns=namespace))
    survivor.fails(f"{GET_FAILED}{says}")
    admin.apply(good)
    _wait_for_store(admin, namespace, reason="Valid", says="store validated")
    survivor.recovers()


def test_a_namespace_that_the_policy_leaves_out_gets_nothing_new(stack: Stack, survivor: Survivor) -> None:
    with _policy(stack, "fake", {"hosts": [], "rules": [{"namespaces": ["somebody-else"]}]}):
        survivor.fails(f'{GET_FAILED}store "{survivor.namespace}/fake": not allowed by the policy of this provider')
        survivor.fails("(rules[].namespaces); ask whoever deploys Bulkhead")
    survivor.recovers()


def test_a_key_that_the_policy_leaves_out_is_named(stack: Stack, survivor: Survivor) -> None:
    with _policy(stack, "fake", {"hosts": [], "rules": [{"namespaces": ["*"], "keys": ["other"]}]}):
        survivor.fails(f'store "{survivor.namespace}/fake": key "k": not allowed by the policy of this provider server')
        survivor.fails("(rules[].keys)")
    survivor.recovers()


@contextmanager
def _policy(stack: Stack, provider: str, policy: Mapping[str, object]) -> Iterator[None]:
    """Give a running provider server another policy for a while."""
    (rendered,) = (each for each in stack.manifests if name_of(each) == f"bulkhead-policy-{provider}")
    stack.admin.apply({**rendered, "data": {"policy.yaml": yaml.safe_dump(policy)}})
    try:
        yield
    finally:
        stack.admin.apply(rendered)


def _changed(manifest: Manifest, spec: Spec) -> Manifest:
    """Replace fields of the spec."""
    old = manifest["spec"]
    assert isinstance(old, Mapping)
    return {**manifest, "spec": {**old, **spec}}


def _wait_for_store(admin: Admin, namespace: str, *, reason: str, says: str) -> None:
    """Wait for the condition of the SecretStore `vault`."""

    def look() -> SecretStore | None:
        seen = admin.store(namespace, "vault")
        ready = seen.status.conditions[0] if seen and seen.status.conditions else None
        return seen if ready and ready.reason == reason and says in ready.message else None

    try:
        wait_for(look, what=f"SecretStore {namespace}/vault {reason} {says!r}")
    except AdminError as error:
        seen = admin.store(namespace, "vault")
        error.add_note(f"conditions: {seen.status.conditions if seen else 'it does not exist'}")
        raise
