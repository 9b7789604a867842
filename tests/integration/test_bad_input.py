"""Specs that cannot work, values that do not fit, and stores and policies that refuse: what their authors are told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import pytest
import yaml

from bulkhead_api.secret_store import SecretStore
from bulkhead_testkit.admin import Admin, AdminError, Manifest, name_of, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import VAULT_MOUNT, Stack
from bulkhead_testkit.survivor import Survivor

VALUES = {"k": "good", "text": "not JSON", "json": '{"a": "1"}', "letters": '{"größe": "1"}', "binary": "a\0b"}
GET_FAILED = "could not get secret data from provider: "
UPDATE_FAILED = "could not update secret: "
MORE_THAN_TWO_BATCHES = 1001

Spec = Mapping[str, object]


@pytest.fixture
def survivor(admin: Admin, namespace: str) -> Survivor:
    admin.apply(fake_store(namespace, VALUES))
    return Survivor.synced(admin, namespace, _good(namespace))


def _good(namespace: str) -> Manifest:
    return external_secret(namespace, "kept", store="fake", data={"k": {"key": "k"}}, refresh_interval="1s")


def _entry(secret_key: str, **ref: str) -> Mapping[str, object]:
    return {"secretKey": secret_key, "remoteRef": ref}


def _store(name: str, kind: str) -> Spec:
    return {"secretStoreRef": {"name": name, "kind": kind}}


def _reads(**ref: str) -> Spec:
    return {"data": [_entry("k", **ref)]}


def _extracts(**ref: str) -> Spec:
    return {"data": [], "dataFrom": [{"extract": ref}]}


WRONG: Mapping[str, tuple[Spec, str]] = {
    "an-unknown-store": (_store("nowhere", "SecretStore"), f'{GET_FAILED}SecretStore "nowhere" does not exist'),
    "an-unknown-cluster-store": (
        _store("nowhere", "ClusterSecretStore"),
        f'{GET_FAILED}ClusterSecretStore "nowhere" does not exist',
    ),
    "a-missing-key": (_reads(key="no"), f'{GET_FAILED}store "{{ns}}/fake": key "no": not found'),
    "a-missing-property": (
        _reads(key="json", property="b"),
        f'{GET_FAILED}store "{{ns}}/fake": key "json": property "b" not found',
    ),
    "a-property-of-what-is-no-json": (
        _reads(key="text", property="a"),
        f'{GET_FAILED}store "{{ns}}/fake": key "text": the value is not valid JSON',
    ),
    "fields-of-what-is-no-json": (
        _extracts(key="text"),
        f'{GET_FAILED}store "{{ns}}/fake": key "text": the value is not valid JSON',
    ),
    "a-value-that-does-not-decode": (
        _reads(key="text", decodingStrategy="Base64"),
        f'{GET_FAILED}spec.data[0]: key "text": the value is not Base64 as decodingStrategy says',
    ),
    "a-null-byte-that-may-not-be": (
        _reads(key="binary", nullBytePolicy="Fail"),
        f'{GET_FAILED}spec.data[0]: key "binary": the value holds a null byte and nullBytePolicy is Fail',
    ),
    "a-secret-key-twice": (
        {"data": [_entry("k", key="k"), _entry("k", key="json")]},
        f'{GET_FAILED}spec.data: secretKey "k" is there more than once',
    ),
    "a-field-that-can-be-no-key": (
        _extracts(key="letters"),
        f'{UPDATE_FAILED}secret key "gr\\u00f6\\u00dfe" must be 1 to 253 of',
    ),
    "an-interval-that-is-none": (
        {"refreshInterval": "soon"},
        "spec.refreshInterval: 'soon' is not a duration such as 1h30m",
    ),
}


@pytest.mark.parametrize(("spec", "says"), WRONG.values(), ids=WRONG.keys())
def test_the_condition_names(survivor: Survivor, spec: Spec, says: str) -> None:
    survivor.admin.apply(_changed(_good(survivor.namespace), spec))
    survivor.fails(says.format(ns=survivor.namespace))
    survivor.admin.apply(_good(survivor.namespace))
    survivor.recovers()


UNSUPPORTED: Mapping[str, Spec] = {
    "spec.target.template": {"target": {"template": {"data": {"k": "{{ .k }}"}}}},
    "spec.target.immutable": {"target": {"immutable": True}},
    "spec.target.manifest": {"target": {"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}}},
    "spec.target.creationPolicy Orphan": {"target": {"creationPolicy": "Orphan"}},
    "spec.target.creationPolicy Merge": {"target": {"creationPolicy": "Merge"}},
    "spec.target.creationPolicy None": {"target": {"creationPolicy": "None"}},
    "spec.syncWindows": {
        "syncWindows": {"kind": "deny", "windows": [{"schedule": "@daily", "duration": "1h"}]},
    },
    "spec.data[0].sourceRef": {"data": [{**_entry("k", key="k"), "sourceRef": {"storeRef": {"name": "fake"}}}]},
    "spec.dataFrom[0].find": {"dataFrom": [{"find": {"name": {"regexp": ".*"}}}]},
    "spec.dataFrom[0].rewrite": {
        "dataFrom": [{"extract": {"key": "json"}, "rewrite": [{"regexp": {"source": "a", "target": "b"}}]}],
    },
    "spec.dataFrom[0].sourceRef": {
        "dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}}],
    },
}


@pytest.mark.parametrize(("path", "spec"), UNSUPPORTED.items(), ids=UNSUPPORTED.keys())
def test_a_field_that_is_not_done_yet_is_named(survivor: Survivor, path: str, spec: Spec) -> None:
    survivor.admin.apply(_changed(_good(survivor.namespace), spec))
    survivor.fails(f"{path}: not supported by this version of Bulkhead")
    survivor.admin.apply(_good(survivor.namespace))
    survivor.recovers()


def test_a_secret_key_that_no_secret_can_have_is_refused_by_the_api_server(admin: Admin, namespace: str) -> None:
    with pytest.raises(AdminError, match=r"spec\.data\[0\]\.secretKey") as refusal:
        admin.apply(external_secret(namespace, "bad", data={"a/b": {"key": "k"}}))
    assert refusal.value.status == HTTPStatus.UNPROCESSABLE_ENTITY


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
        pytest.param(
            {"vault": {"server": "https://vault.example.com:8200", "path": VAULT_MOUNT}},
            'store "{ns}/vault": backend "https://vault.example.com:8200": not allowed by the policy of this',
            'SecretStore "vault" is not ready',
            id="a-server-that-the-policy-does-not-name",
        ),
        pytest.param(
            {"vault": {"server": "https://127.0.0.1:8200", "auth": {"tokenSecretRef": {"name": "t", "key": "t"}}}},
            'unable to create client: store "{ns}/vault": spec.provider.vault.auth.tokenSecretRef: ',
            'SecretStore "vault" is not ready',
            id="credentials-of-its-own",
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
