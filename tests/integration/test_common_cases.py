"""ESO's 23 common cases, each over every provider that can, with ESO's own rule of what has to be equal."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import pytest

from bulkhead_testkit.admin import Admin, LiveSecret, Manifest, wait_for
from bulkhead_testkit.common_cases import BOTH, CASES, FAKE, NS, VAULT, Case, Wanted
from bulkhead_testkit.manifests import external_secret, fake_store, target, vault_store
from bulkhead_testkit.openbao import OpenBao
from bulkhead_testkit.stack import VAULT_MOUNT

ES: Final = "e2e-es"
LATER: Final = ("DeletionPolicyDelete", "StatusNotUpdatedAfterSuccessfulSync")
LABELS_OF_ESO: Final = ("reconcile.external-secrets.io/managed", "reconcile.external-secrets.io/created-by")
HASH: Final = "reconcile.external-secrets.io/data-hash"
PAIR: Final = {f"{NS}-one": '{"foo":"1"}', f"{NS}-two": '{"foo":"2"}'}
PAIR_DATA: Final = [
    {"secretKey": each, "remoteRef": {"key": f"{NS}-{each}", "property": "foo"}} for each in ("one", "two")
]


class Provider:
    """Puts what a case needs into a provider, and a store of the namespace's name before it."""

    def __init__(self, name: str, admin: Admin, bao: OpenBao, namespace: str) -> None:
        self._name = name
        self._admin = admin
        self._bao = bao
        self._namespace = namespace

    def hold(self, remote: Mapping[str, str], tags: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Make this all that the provider holds for the namespace."""
        self._admin.apply(self._store(remote))
        if self._name == VAULT:
            for key, value in remote.items():
                self._bao.put(VAULT_MOUNT, key, json.loads(value))
        for key, pairs in (tags or {}).items():
            self._bao.put_metadata(VAULT_MOUNT, key, pairs)

    def lose(self, remote: Mapping[str, str]) -> None:
        """Take the secrets away again."""
        if self._name == VAULT:
            for key in remote:
                self._bao.delete(VAULT_MOUNT, key)
        else:
            self._admin.apply(self._store({"another": "{}"}))

    def _store(self, remote: Mapping[str, str]) -> Manifest:
        if self._name == VAULT:
            return vault_store(self._namespace, server=self._bao.address, name=self._namespace)
        return fake_store(self._namespace, remote, name=self._namespace)


@pytest.fixture
def provider_of(admin: Admin, bao: OpenBao, namespace: str) -> Callable[[str], Provider]:
    return lambda name: Provider(name, admin, bao, namespace)


def placed(case: Case, namespace: str) -> Case:
    """Put the namespace's name wherever the table says so."""
    text = msgspec.json.encode(case).decode().replace(NS, namespace)
    return msgspec.json.decode(text, type=Case)


def manifest(namespace: str, spec: Mapping[str, object], *, refresh_interval: str = "5s") -> Manifest:
    built = external_secret(namespace, ES, store=namespace, refresh_interval=refresh_interval)
    own = built["spec"]
    assert isinstance(own, dict)
    placed_spec = json.loads(json.dumps({**own, **spec}).replace(NS, namespace))
    return {**built, "spec": placed_spec}


def compared(secret: LiveSecret) -> Wanted:
    """Give of a Secret what ESO's harness compares."""
    labels, annotations = secret.metadata.labels, secret.metadata.annotations
    return Wanted(
        name=secret.metadata.name,
        type=secret.type,
        labels={key: value for key, value in labels.items() if key not in LABELS_OF_ESO},
        annotations={key: value for key, value in annotations.items() if key != HASH},
        data={key: value.decode() for key, value in secret.data.items()},
    )


ROWS: Final = [
    pytest.param(name, provider, id=f"{name}-over-{provider}")
    for name, case in CASES.items()
    for provider in case.providers
]


@pytest.mark.parametrize(("name", "provider"), ROWS)
def test_common_case(
    admin: Admin, namespace: str, provider_of: Callable[[str], Provider], name: str, provider: str
) -> None:
    case = placed(CASES[name], namespace)
    for config_map, data in case.config_maps.items():
        metadata = {"name": config_map, "namespace": namespace}
        admin.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    provider_of(provider).hold(case.remote, case.tags)
    admin.apply(manifest(namespace, case.spec))
    admin.wait_ready(namespace, ES, reason="SecretSynced")
    secret = admin.secret(namespace, case.want.name)
    assert secret is not None
    assert compared(secret) == case.want


@pytest.mark.parametrize("provider", BOTH)
def test_common_case_deletion_policy_delete(
    admin: Admin, namespace: str, provider_of: Callable[[str], Provider], provider: str
) -> None:
    remote = {key.replace(NS, namespace): value for key, value in PAIR.items()}
    provider_of(provider).hold(remote)
    spec = {"data": PAIR_DATA, "target": target(name="target-secret", deletion_policy="Delete")}
    admin.apply(manifest(namespace, spec, refresh_interval="1s"))
    admin.wait_for_secret(namespace, "target-secret", data={"one": b"1", "two": b"2"})
    provider_of(provider).lose(remote)
    wait_for(lambda: True if admin.secret(namespace, "target-secret") is None else None, what="the Secret is gone")
    admin.wait_ready(namespace, ES, reason="SecretDeleted")


@pytest.mark.parametrize("provider", BOTH)
def test_common_case_status_not_updated_after_successful_sync(
    admin: Admin, namespace: str, provider_of: Callable[[str], Provider], provider: str
) -> None:
    provider_of(provider).hold({key.replace(NS, namespace): value for key, value in PAIR.items()})
    admin.apply(manifest(namespace, {"data": PAIR_DATA}, refresh_interval="1h"))
    before = admin.wait_ready(namespace, ES, reason="SecretSynced")
    # ESO's case looks for ten seconds; a status that is written again and again is so within the first.
    time.sleep(3)
    after = admin.external_secret(namespace, ES)
    assert after is not None
    assert after.status.refresh_time == before.status.refresh_time
    assert after.status.synced_resource_version == before.status.synced_resource_version
    assert after.metadata.resource_version == before.metadata.resource_version


def test_there_are_twenty_three_common_cases(record_property: Callable[[str, object], None]) -> None:
    assert len(CASES) + len(LATER) == 23
    record_property("summary", f"ESO's common cases: {len(CASES) + len(LATER)}")


def test_each_common_case_is_tried_over_a_provider_that_can() -> None:
    assert {name for name, case in CASES.items() if FAKE not in case.providers} == {
        "FindByNameWithPath",
        "FindByTag",
        "FindByTagWithPath",
    }
