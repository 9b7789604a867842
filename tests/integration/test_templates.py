"""Templates of targets on a real API server: where they come from, what they cost and what is told when they fail."""

from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bulkhead_testkit.admin import Admin, Manifest, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store
from bulkhead_testkit.stack import Stack

VALUE: Final = "mark-of-a-template"
UPDATE: Final = "could not update secret: "
STORE: Final = "fake"


def config_map(namespace: str, **data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "shared", "namespace": namespace},
        "data": data,
    }


def templated(namespace: str, name: str, template: dict[str, object]) -> Manifest:
    data = {"password": {"key": "password"}}
    return external_secret(
        namespace, name, store=STORE, data=data, target={"template": template}, refresh_interval="1h"
    )


def from_shared(key: str, kind: str = "configMap") -> dict[str, object]:
    return {"templateFrom": [{kind: {"name": "shared", "items": [{"key": key}]}}]}


def with_store(admin: Admin, namespace: str) -> None:
    admin.apply(fake_store(namespace, {"password": VALUE}, name=STORE))


def test_a_changed_configmap_reaches_the_secret_at_once(admin: Admin, namespace: str) -> None:
    with_store(admin, namespace)
    admin.apply(config_map(namespace, k="old {{ .password }}"))
    admin.apply(templated(namespace, "follower", from_shared("k")))
    admin.wait_for_secret(namespace, "follower", data={"k": f"old {VALUE}".encode()})
    admin.apply(config_map(namespace, k="new {{ .password }}"))
    admin.wait_for_secret(namespace, "follower", data={"k": f"new {VALUE}".encode()})


def test_a_configmap_that_comes_later_is_used_when_it_comes(admin: Admin, namespace: str) -> None:
    with_store(admin, namespace)
    admin.apply(templated(namespace, "early", from_shared("k")))
    admin.wait_ready(namespace, "early", reason="SecretSyncedError", says='ConfigMap "shared" is missing')
    admin.apply(config_map(namespace, k="{{ .password }}"))
    admin.wait_for_secret(namespace, "early", data={"k": VALUE.encode()})


def test_where_configmaps_may_not_be_read_the_condition_says_so(namespaced_stack: Stack, closed_namespace: str) -> None:
    admin = namespaced_stack.admin
    with_store(admin, closed_namespace)
    admin.apply(config_map(closed_namespace, k="{{ .password }}"))
    admin.apply(templated(closed_namespace, "closed", from_shared("k")))
    says = "templateFrom[0].configMap has to read ConfigMaps, which is allowed in the namespaces of the chart value"
    admin.wait_ready(closed_namespace, "closed", reason="SecretSyncedError", says=says)


@pytest.mark.parametrize("kind", ["configMap", "secret"])
def test_in_a_namespace_that_opted_in_templates_may_stand_in_both(
    namespaced_stack: Stack, opened_namespace: str, kind: str
) -> None:
    admin = namespaced_stack.admin
    with_store(admin, opened_namespace)
    text = "{{ .password | upper }}"
    if kind == "configMap":
        admin.apply(config_map(opened_namespace, k=text))
    else:
        metadata = {"name": "shared", "namespace": opened_namespace}
        admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"k": text}})
    admin.apply(templated(opened_namespace, "opened", from_shared("k", kind)))
    admin.wait_for_secret(opened_namespace, "opened", data={"k": VALUE.upper().encode()})


def test_a_secret_with_templates_is_not_read_in_strict(admin: Admin, namespace: str) -> None:
    with_store(admin, namespace)
    admin.apply(templated(namespace, "strict", from_shared("k", "secret")))
    says = "templateFrom[0].secret has to read Secrets, which profile strict does not allow"
    admin.wait_ready(namespace, "strict", reason="SecretSyncedError", says=says)


def test_a_key_is_made_by_a_process_of_its_own(admin: Admin, namespace: str) -> None:
    with_store(admin, namespace)
    admin.apply(templated(namespace, "key", {"data": {"key": '{{ genPrivateKey "ecdsa" }}'}}))
    admin.wait_ready(namespace, "key", reason="SecretSynced")
    secret = admin.secret(namespace, "key")
    assert secret is not None
    assert isinstance(load_pem_private_key(secret.data["key"], None), EllipticCurvePrivateKey)


@pytest.mark.parametrize(
    "template",
    [
        '{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}',
        '{{ range until 1000000 }}{{ genPrivateKey "rsa" }}{{ end }}',
        '{{ $x := .password }}{{ range until 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}',
    ],
    ids=["recursion", "keys", "doubling"],
)
def test_a_template_without_end_fails_and_others_go_on(admin: Admin, namespace: str, template: str) -> None:
    with_store(admin, namespace)
    admin.apply(templated(namespace, "endless", {"data": {"a": template}}))
    admin.wait_ready(namespace, "endless", reason="SecretSyncedError", says=f'{UPDATE}spec.target.template.data["a"]')
    admin.apply(templated(namespace, "plain", {"data": {"a": "{{ .password }}"}}))
    admin.wait_for_secret(namespace, "plain", data={"a": VALUE.encode()})
    assert admin.secret(namespace, "endless") is None


def test_a_template_that_breaks_leaves_the_last_good_secret(admin: Admin, namespace: str) -> None:
    with_store(admin, namespace)
    admin.apply(templated(namespace, "app", {"data": {"a": "{{ .password }}"}}))
    admin.wait_for_secret(namespace, "app", data={"a": VALUE.encode()})
    admin.apply(templated(namespace, "app", {"data": {"a": "{{ .absent }}"}}))
    says = (
        'spec.target.template.data["a"]: template: a:1:3: executing "a" at <.absent>: map has no entry for key "absent"'
    )
    admin.wait_ready(namespace, "app", reason="SecretSyncedError", says=says)
    wait_for(lambda: admin.events(namespace, "app") or None, what="an event")
    assert all(VALUE not in event.message for event in admin.events(namespace, "app"))
    secret = admin.secret(namespace, "app")
    assert secret is not None
    assert secret.data == {"a": VALUE.encode()}
