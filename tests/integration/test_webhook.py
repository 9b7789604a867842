"""The webhook behind a real API server, as the chart configures it: what it judges, and what never waits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, Manifest, path_of, wait_for
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import api_client
from bulkhead_testkit.process import Process
from bulkhead_testkit.webhook_configuration import reached_on_loopback
from bulkhead_testkit.webhook_process import Webhook, answering

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("webhook")]

APPLY: Final = "application/apply-patch+yaml"
CANARY: Final = "canary-53be12"


@dataclass(frozen=True)
class Door:
    """A cluster whose API server asks a webhook before it stores anything of ours."""

    admin: Admin
    webhook: Webhook
    process: Process
    plane: ControlPlane

    def write(self, manifest: Manifest, *, query: str = "") -> tuple[str, list[str]]:
        """Apply an object; give what it is refused with, empty if it is not, and the warnings."""
        api = api_client(self.plane.admin_kubeconfig)
        answer = api.call_api(
            "PATCH",
            f"{api.configuration.host}{path_of(manifest)}?fieldManager=t&force=true{query}",
            header_params={"Accept": "application/json", "Content-Type": APPLY},
            body=manifest,
        )
        body: bytes = answer.read()  # type: ignore[no-untyped-call]  # the package has no types here
        warnings = [each for name, each in answer.getheaders().items() if name.lower() == "warning"]  # type: ignore[no-untyped-call]  # no types here
        api.close()  # type: ignore[no-untyped-call]  # the package has no types here
        return ("" if answer.status < 300 else msgspec.json.decode(body, type=Refusal).message), warnings

    def ensure_answering(self) -> None:
        """Start the webhook again if a test stopped it."""
        if not self.process.running:
            self.process.start()
            self.process.wait_until(self.webhook.is_ready, timeout_s=30)


BY_WEBHOOK: Final = 'admission webhook "validate.externalsecrets.external-secrets.io"'


class Refusal(msgspec.Struct):
    """The API server's answer to a write that it refuses."""

    message: str
    reason: str = ""


class Namespace(msgspec.Struct):
    """A namespace, of which only that it is there matters."""

    kind: str


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    webhook = Webhook(tmp_path_factory.mktemp("webhook"))
    # A control plane of its own: the webhook judges all kinds of the whole cluster.
    with ControlPlane(tmp_path_factory.mktemp("plane")) as plane, Admin(plane.admin_kubeconfig) as admin:
        helm.install({}, kubeconfig=plane.admin_kubeconfig)
        with answering(webhook) as process:
            door = Door(admin, webhook, process, plane)
            admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}})
            for manifest in helm.render({"webhook": {"caBundle": webhook.ca_bundle}}):
                if manifest["kind"] == "ValidatingWebhookConfiguration":
                    admin.apply(reached_on_loopback(manifest, webhook.port))
                # They leave the word to the webhook. What an apply does not own it would only add to.
                if manifest["kind"] == "ValidatingAdmissionPolicyBinding":
                    admin.delete(manifest)
                    admin.apply(manifest)
            bad = external_secret("probe", TWICE)
            wait_for(lambda: BY_WEBHOOK in door.write(bad)[0] or None, what="the API server asks the webhook")
            yield door


@pytest.fixture
def door(opened: Door) -> Iterator[Door]:
    """The door, open also after the test."""
    yield opened
    opened.ensure_answering()


ENTRY: Final = {"secretKey": "a", "remoteRef": {"key": "a"}}
GOOD: Final = {"refreshInterval": "1h", "secretStoreRef": {"name": "s"}, "data": [ENTRY]}
TWICE: Final = {**GOOD, "data": [ENTRY, ENTRY]}
"""Refused by ESO's webhook alone: no schema knows it."""
BROKEN: Final = {**TWICE, "target": {"template": {"data": {"a": "{{ .x", "b": "{{ nope }}"}}}}


def external_secret(name: str, spec: Mapping[str, object], *, namespace: str = "team-a") -> Manifest:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def store(name: str, *, namespace: str = "team-a") -> Manifest:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"provider": {"fake": {"data": [{"key": "a", "value": CANARY}]}}},
    }


def test_a_good_object_is_stored_without_a_word(door: Door) -> None:
    assert door.write(external_secret("good", GOOD)) == ("", [])


def test_a_bad_object_is_refused_with_all_its_faults_at_once(door: Door) -> None:
    refusal, _ = door.write(external_secret("bad", BROKEN))
    assert refusal.startswith(f"{BY_WEBHOOK} denied the request: ")
    faults = [line.partition(":")[0] for line in refusal.splitlines()]
    assert len(faults) >= 3, refusal
    assert "spec.data" in refusal
    assert 'spec.target.template.data["a"]' in refusal
    assert 'spec.target.template.data["b"]' in refusal


def test_a_dry_run_is_judged_as_well(door: Door) -> None:
    assert door.write(external_secret("dry", TWICE), query="&dryRun=All")[0]
    assert not door.write(external_secret("dry", GOOD), query="&dryRun=All")[0]


def test_an_object_cannot_become_bad_and_can_be_mended(door: Door) -> None:
    assert not door.write(external_secret("changing", GOOD))[0]
    assert door.write(external_secret("changing", TWICE))[0]
    assert not door.write(external_secret("changing", {**GOOD, "refreshInterval": "2h"}))[0]


def test_who_deletes_a_store_is_told_what_becomes_of_its_users(door: Door) -> None:
    door.admin.apply(store("leaving"))
    api = api_client(door.plane.admin_kubeconfig)
    answer = api.call_api("DELETE", f"{api.configuration.host}{path_of(store('leaving'))}", header_params={})
    warnings = [each for name, each in answer.getheaders().items() if name.lower() == "warning"]  # type: ignore[no-untyped-call]  # no types here
    api.close()  # type: ignore[no-untyped-call]  # the package has no types here
    assert answer.status == 200
    assert any("not refreshed any more" in each for each in warnings)


def test_no_value_of_a_store_is_logged(door: Door) -> None:
    door.write({**store("secretive"), "spec": {"provider": {"fake": {"data": [{"key": "", "value": CANARY}]}}}})
    assert CANARY not in door.process.log.read_text()


def test_while_nobody_answers_specs_are_refused_and_nothing_else_waits(door: Door) -> None:
    standing = external_secret("standing", GOOD)
    assert not door.write(standing)[0]
    door.process.kill()

    refusal, _ = door.write(external_secret("new", GOOD))
    assert "failed calling webhook" in refusal
    assert "failed calling webhook" in door.write(external_secret("standing", {**GOOD, "refreshInterval": "3h"}))[0]

    door.admin.replace_status({**standing, "status": {"refreshTime": "2026-01-01T00:00:00Z"}})
    door.admin.patch_metadata(standing, labels={"a": "b"}, finalizers=["example.com/held"])
    door.admin.patch_metadata(standing, finalizers=[])
    door.admin.delete(standing)
    assert door.admin.external_secret("team-a", "standing") is None


def test_while_nobody_answers_a_generator_is_stored(door: Door) -> None:
    door.process.kill()
    generator = {
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": "Fake",
        "metadata": {"name": "fixed", "namespace": "team-a"},
        "spec": {"data": {"a": "b"}},
    }
    assert not door.write(generator)[0]


def test_while_nobody_answers_a_namespace_with_stores_can_be_deleted(door: Door) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "leaving"}}
    door.admin.apply(namespace)
    held = external_secret("held", GOOD, namespace="leaving")
    for manifest in (store("s", namespace="leaving"), held):
        assert not door.write(manifest)[0]
    door.admin.patch_metadata(held, finalizers=["example.com/held"])
    door.process.kill()
    door.admin.delete(namespace)
    wait_for(
        lambda: None if door.admin.get(path_of(store("s", namespace="leaving")), Namespace) else True,
        what="the store is gone",
    )
    # A finalizer is taken away from what is being deleted, as its owner does it.
    door.admin.patch_metadata(held, finalizers=[])
    wait_for(lambda: None if door.admin.get(path_of(namespace), Namespace) else True, what="the namespace is gone")


def test_what_the_controller_writes_never_waits(door: Door) -> None:
    door.process.kill()
    owner = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterExternalSecret", "name": "c", "uid": "u"}
    child = external_secret("child", GOOD)
    metadata = {"name": "child", "namespace": "team-a", "ownerReferences": [{**owner, "controller": True}]}
    assert created_by(door, {**child, "metadata": metadata}, user="system:admin", group="system:masters") == 500
    user = "system:serviceaccount:bulkhead-system:bulkhead-controller"
    assert created_by(door, {**child, "metadata": metadata}, user=user, group="system:serviceaccounts") == 201


def created_by(door: Door, manifest: Manifest, *, user: str, group: str) -> int:
    """Create an object as somebody else, and give the API server's status."""
    api = api_client(door.plane.admin_kubeconfig)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = api.call_api(
        "POST",
        f"{api.configuration.host}{path_of(manifest).rpartition('/')[0]}",
        header_params={**headers, "Impersonate-User": user, "Impersonate-Group": group},
        body=manifest,
    )
    api.close()  # type: ignore[no-untyped-call]  # the package has no types here
    return int(answer.status)


def test_a_large_object_is_judged_too(door: Door) -> None:
    rows = [{"secretKey": f"key-{at}", "remoteRef": {"key": f"path/{at}"}} for at in range(10_000)]
    assert door.write(external_secret("large", {**GOOD, "data": rows}))[0] == ""
    rows[0] = {"secretKey": "other", "remoteRef": {"key": "path/0"}}
    assert door.write(external_secret("large", {**GOOD, "data": rows}))[0] == ""
    assert door.write(external_secret("large", {**GOOD, "data": [*rows, rows[0]]}))[0] != ""
