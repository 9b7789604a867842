"""The caBundle on a real API server: the real certcontroller, with its real token and the rights of the chart."""

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import msgspec
import pytest
from cryptography.x509 import load_pem_x509_certificates

from bulkhead_certcontroller.authority import make_authority
from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.certcontroller import certcontroller_process
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.process import Process

pytestmark = pytest.mark.slow

NAMESPACE: Final = "bulkhead-system"
PATH: Final = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/bulkhead-validate"
COLLECTION: Final = PATH.rpartition("/")[0]
SECRET: Final = f"/api/v1/namespaces/{NAMESPACE}/secrets/bulkhead-tls-webhook-server"
VALUES: Final[Mapping[str, object]] = {
    "crds": {"create": False},
    "webhook": {"enabled": True},
}
WITHIN_S: Final = 5.0
"""As long may a wrong bundle stand."""
FIELD: Final = "/webhooks/0/clientConfig/caBundle"
OTHER: Final = make_authority("bulkhead.local", timedelta(days=365), now=datetime.now(UTC)).files()["ca.crt"].reveal()


class ClientConfig(msgspec.Struct, rename="camel"):
    ca_bundle: bytes = b""


class Webhook(msgspec.Struct, rename="camel"):
    name: str
    client_config: ClientConfig


class Meta(msgspec.Struct, rename="camel"):
    resource_version: str
    managed_fields: list[dict[str, object]] = []


class Configuration(msgspec.Struct):
    metadata: Meta
    webhooks: list[Webhook]


class Held(msgspec.Struct):
    data: dict[str, bytes] = {}


@cache
def rendered() -> tuple[Mapping[str, object], ...]:
    return tuple(each for each in helm.render(VALUES) if each["kind"] != "CustomResourceDefinition")


@cache
def ours() -> tuple[Mapping[str, object], ...]:
    """The webhooks of the chart."""
    (found,) = (each for each in rendered() if each["kind"] == "ValidatingWebhookConfiguration")
    return tuple(msgspec.convert(found["webhooks"], list[dict[str, object]]))


def manifest(*, without: int | None = None) -> dict[str, object]:
    """Give the configuration as the chart has it, without a caBundle, and with a webhook of somebody else."""
    (found,) = (each for each in rendered() if each["kind"] == "ValidatingWebhookConfiguration")
    kept = [each for number, each in enumerate(ours()) if number != without]
    return {**found, "webhooks": [*kept, {**ours()[0], "name": FOREIGN}]}


FOREIGN: Final = "validate.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An API server with the chart's rights, and a certcontroller that runs."""

    admin: Admin
    process: Process

    def live(self) -> Configuration:
        found = self.admin.get(PATH, Configuration)
        assert found is not None
        return found

    def roots(self) -> bytes:
        held = self.admin.get(SECRET, Held)
        assert held is not None
        return held.data["ca.crt"]

    def is_right(self) -> bool:
        found = self.admin.get(PATH, Configuration)
        if found is None:
            return False
        want = [b"" if each.name == FOREIGN else self.roots() for each in found.webhooks]
        return [each.client_config.ca_bundle for each in found.webhooks] == want

    def wait_until_right(self, timeout_s: float = WITHIN_S) -> None:
        assert wait_for(lambda: self.is_right() or None, what="the bundle is right", timeout_s=timeout_s)

    def patch(self, *operations: Mapping[str, object]) -> None:
        self.admin.request("PATCH", PATH, body=list(operations), content_type="application/json-patch+json")

    def apply(self, body: object, *, dry_run: bool = False) -> dict[str, object]:
        query = "?fieldManager=gitops&force=true" + ("&dryRun=All" if dry_run else "")
        reply = self.admin.request("PATCH", PATH + query, body=body, content_type="application/apply-patch+yaml")
        found: dict[str, object] = json.loads(reply)
        return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    # Not the shared one: these tests own a configuration that judges what others write.
    folder = tmp_path_factory.mktemp("bundle")
    with ControlPlane(folder / "plane", audited=False) as plane, Admin(plane.admin_kubeconfig) as admin:
        helm.install(VALUES, kubeconfig=plane.admin_kubeconfig)
        admin.delete(manifest())
        with certcontroller_process(plane, rendered(), folder) as process:
            made = Scene(admin=admin, process=process)
            # Certificates do not wait for the configuration.
            wait_for(lambda: (admin.get(SECRET, Held) or Held()).data or None, what="certificates", timeout_s=20)
            admin.create(manifest())
            made.wait_until_right()
            yield made


@pytest.fixture
def right(scene: Scene) -> Scene:
    """A scene in which all is well."""
    if scene.admin.get(PATH, Configuration) is None:
        scene.admin.create(manifest())
    scene.wait_until_right()
    return scene


def encoded(bundle: bytes) -> str:
    return b64encode(bundle).decode()


def emptied(scene: Scene) -> None:
    scene.patch({"op": "replace", "path": FIELD, "value": ""})


def taken_away(scene: Scene) -> None:
    scene.patch({"op": "remove", "path": FIELD})


def overwritten_by_a_placeholder(scene: Scene) -> None:
    scene.patch({"op": "replace", "path": FIELD, "value": encoded(b"\n")})


def set_to_another_root(scene: Scene) -> None:
    scene.patch({"op": "replace", "path": FIELD, "value": encoded(OTHER)})


def given_a_root_too_many(scene: Scene) -> None:
    scene.patch({"op": "replace", "path": FIELD, "value": encoded(scene.roots() + OTHER)})


def taken_from_one_webhook_of_two(scene: Scene) -> None:
    scene.patch({"op": "remove", "path": "/webhooks/1/clientConfig/caBundle"})


def replaced_by_the_manifest(scene: Scene) -> None:
    # As a tool does that knows no server-side apply: the whole object, as the chart has it.
    version = scene.live().metadata.resource_version
    scene.admin.replace({**manifest(), "metadata": {"name": "bulkhead-validate", "resourceVersion": version}})


def deleted_and_made_anew(scene: Scene) -> None:
    scene.admin.delete(manifest())
    scene.admin.create(manifest())


def applied_with_another_root(scene: Scene) -> None:
    webhooks = [
        {
            **each,
            "clientConfig": {**msgspec.convert(each["clientConfig"], dict[str, object]), "caBundle": encoded(OTHER)},
        }
        for each in ours()
    ]
    scene.apply({**manifest(), "webhooks": webhooks})


@pytest.mark.parametrize(
    "damage",
    [
        emptied,
        taken_away,
        overwritten_by_a_placeholder,
        set_to_another_root,
        given_a_root_too_many,
        taken_from_one_webhook_of_two,
        replaced_by_the_manifest,
        deleted_and_made_anew,
        applied_with_another_root,
    ],
    ids=lambda damage: damage.__name__.replace("_", "-"),
)
def test_a_bundle_is_right_again_within_five_seconds_after_it_was(
    damage: Callable[[Scene], None], right: Scene
) -> None:
    began = time.monotonic()
    damage(right)
    right.wait_until_right()
    assert time.monotonic() - began < WITHIN_S


def test_a_right_bundle_is_left_alone(right: Scene) -> None:
    before = right.live().metadata.resource_version
    # Longer than the time between two looks.
    time.sleep(2.5)
    assert right.live().metadata.resource_version == before


def test_only_the_webhooks_that_are_ours_are_filled(right: Scene) -> None:
    bundles = {each.name: each.client_config.ca_bundle for each in right.live().webhooks}
    assert bundles.pop(FOREIGN) == b""
    assert len(bundles) == len(ours())
    assert {len(load_pem_x509_certificates(each)) for each in bundles.values()} == {1}


def test_a_gitops_tool_that_applies_twice_sees_no_drift_and_takes_nothing_away(right: Scene) -> None:
    body = manifest()
    right.apply(body)
    right.wait_until_right()
    before = json.loads(right.admin.request("GET", PATH))
    wanted = right.apply(body, dry_run=True)
    assert without_managers(wanted) == without_managers(before)
    right.apply(body)
    after = json.loads(right.admin.request("GET", PATH))
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert right.is_right()


def test_the_bundle_and_nothing_else_is_the_certcontrollers(right: Scene) -> None:
    right.apply(manifest())
    right.wait_until_right()
    (owned,) = (each for each in right.live().metadata.managed_fields if each["manager"] == "bulkhead-certcontroller")
    assert owned["operation"] == "Apply"
    webhooks = msgspec.convert(owned["fieldsV1"], dict[str, dict[str, dict[str, object]]])["f:webhooks"]
    assert webhooks == {
        f'k:{{"name":"{each["name"]}"}}': {".": {}, "f:name": {}, "f:clientConfig": {"f:caBundle": {}}}
        for each in ours()
    }


def test_a_configuration_that_goes_away_is_not_made_anew(right: Scene) -> None:
    right.admin.delete(manifest())
    time.sleep(2.5)
    assert right.admin.get(PATH, Configuration) is None
    assert right.process.running
    right.admin.create(manifest())
    right.wait_until_right()


def test_a_second_root_is_injected_while_the_ca_is_replaced(right: Scene) -> None:
    held = json.loads(right.admin.request("GET", SECRET))
    roots = b64decode(held["data"]["ca.crt"])
    right.admin.request("PUT", SECRET, body={**held, "data": {**held["data"], "ca.crt": encoded(roots + OTHER)}})

    def has_both() -> bool | None:
        bundle = right.live().webhooks[0].client_config.ca_bundle
        return len(load_pem_x509_certificates(bundle)) == 2 or None

    wait_for(has_both, what="both roots", timeout_s=WITHIN_S)
    right.admin.request("PATCH", SECRET, body={"data": {"ca.crt": held["data"]["ca.crt"]}}, content_type=MERGE)
    right.wait_until_right()


MERGE: Final = "application/merge-patch+json"


def without_managers(found: dict[str, object]) -> dict[str, object]:
    metadata = msgspec.convert(found["metadata"], dict[str, object])
    return {**found, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}


def test_a_gitops_tool_takes_a_webhook_out_by_taking_its_configuration_out(right: Scene) -> None:
    # Kubernetes keeps list items that somebody else owns a field of, and what is left of the webhook is not valid. So
    # what the chart can switch off has to be a configuration of its own.
    right.admin.delete(manifest())
    right.apply(manifest())
    right.wait_until_right()
    with pytest.raises(AdminError, match=r"webhooks\[1\]\.sideEffects: Required value"):
        right.apply(manifest(without=1))
    right.admin.delete(manifest())
    right.apply(manifest(without=1))
    right.wait_until_right()
