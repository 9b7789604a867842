"""`bulkhead certs` and the real certcontroller on a real API server, with no more rights than the documents say."""

import json
import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_api.certificates import STATUS_KEY, CertificateStatus, IdentityStatus
from bulkhead_cli.certs.documents import status_from
from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, wait_for
from bulkhead_testkit.certcontroller import certcontroller_process
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import write_service_account_files
from bulkhead_testkit.toolchain import CHECKOUT

pytestmark = pytest.mark.slow

NAMESPACE: Final = "bulkhead-system"
BULKHEAD: Final = Path(sys.executable).with_name("bulkhead")
# Nobody can be asked here which roots are trusted, as there are no Pods.
VALUES: Final[Mapping[str, object]] = {"crds": {"create": False}, "certificates": {"settle": "1s"}}
CONFIGURATION: Final = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/bulkhead-validate"
SECRETS: Final = f"/api/v1/namespaces/{NAMESPACE}/secrets"


class Written(msgspec.Struct):
    data: dict[str, str] = {}


class Held(msgspec.Struct):
    data: dict[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A person who may do what docs/cli.md says, beside a certcontroller that runs."""

    admin: Admin
    kubeconfig: Path

    def certs(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        argv = [str(BULKHEAD), "certs", *arguments, "--kubeconfig", str(self.kubeconfig)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=90, check=False)

    def status(self) -> CertificateStatus:
        # Not by the command, which takes a second to start.
        return self.written() or CertificateStatus(phase="Unknown")

    def written(self) -> CertificateStatus | None:
        found = self.admin.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps/bulkhead-certificate-status", Written)
        return None if found is None else status_from(found.data.get(STATUS_KEY, ""))

    def identity(self, name: str) -> IdentityStatus:
        return next(each for each in self.status().identities if each.name == name)

    def wait(self, is_so: Callable[[CertificateStatus], bool], what: str) -> CertificateStatus:
        def look() -> CertificateStatus | None:
            seen = self.status()
            return seen if is_so(seen) else None

        return wait_for(look, what=what, timeout_s=15)

    def denies(self, place: str, spiffe_id: str) -> bool | None:
        """Say whether the list of one identity's place names an identity; None stands for no."""
        return spiffe_id in self.denylist(place) or None

    def denylist(self, identity: str) -> str:
        """Give what the list says that stands beside a certificate."""
        found = self.admin.get(f"{SECRETS}/bulkhead-tls-{identity}", Held)
        assert found is not None
        payload = found.data["denylist.jws"].decode().split(".")[1]
        return urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()


def role_of_the_page() -> dict[str, object]:
    """Give the Role that docs/cli.md shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", (CHECKOUT / "docs" / "cli.md").read_text(), re.DOTALL)
    (found,) = (yaml.safe_load(each) for each in blocks if "kind: Role\n" in each)
    return dict(found)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("certs")
    with ControlPlane(folder / "plane", audited=False) as plane, Admin(plane.admin_kubeconfig) as admin:
        helm.install({"webhook": {"enabled": True}, **VALUES}, kubeconfig=plane.admin_kubeconfig)
        admin.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "person", "namespace": NAMESPACE}}
        )
        admin.apply(role_of_the_page())
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "person", "namespace": NAMESPACE},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "bulkhead-certs"},
            "subjects": [{"kind": "ServiceAccount", "name": "person", "namespace": NAMESPACE}],
        }
        admin.apply(binding)
        person = write_service_account_files(
            folder / "person",
            server=plane.server,
            ca_file=plane.ca_file,
            admin_kubeconfig=plane.admin_kubeconfig,
            namespace=NAMESPACE,
            name="person",
        )
        made = Scene(admin=admin, kubeconfig=person.kubeconfig)
        manifests = [each for each in helm.render(VALUES) if each["kind"] != "CustomResourceDefinition"]
        with certcontroller_process(plane, manifests, folder):
            wait_for(made.written, what="a status", timeout_s=20)
            yield made


def test_the_status_names_every_identity_of_the_chart(scene: Scene) -> None:
    found = scene.wait(lambda status: all(each.serial for each in status.identities), "certificates")
    assert [each.name for each in found.identities] == [
        "controller",
        "provider-fake",
        "provider-vault",
        "webhook",
        "webhook-server",
    ]
    shown = scene.certs("status", "-o", "json").stdout
    assert msgspec.json.decode(shown, type=CertificateStatus).identities == found.identities


def test_a_revoked_identity_is_denied_in_every_place_until_it_is_restored(scene: Scene) -> None:
    vault = scene.identity("provider-vault")
    asked = scene.certs("revoke", "provider/vault", "--reason", "tried")
    assert asked.returncode == 0, asked.stderr
    scene.wait(lambda status: vault.spiffe_id in str(status.denylist), "the denial")
    for name in ("controller", "provider-fake", "provider-vault", "webhook"):
        wait_for(partial(scene.denies, name, vault.spiffe_id), what=f"the denial in the place of {name}")
    assert scene.certs("restore", "provider-vault").returncode == 0
    scene.wait(
        lambda status: any(
            each.name == "provider-vault" and each.state == "Current" and each.serial not in {None, vault.serial}
            for each in status.identities
        ),
        "a new certificate",
    )


def test_a_certificate_is_revoked_by_its_serial_and_replaced(scene: Scene) -> None:
    before = scene.identity("controller").serial
    assert before is not None
    assert scene.certs("revoke", before).returncode == 0
    scene.wait(
        lambda status: any(
            each.name == "controller" and each.serial not in {None, before} for each in status.identities
        ),
        "a new certificate",
    )
    assert json.loads(scene.denylist("provider-fake"))["entries"]


def test_a_rotation_is_followed_to_its_end_and_the_bundle_goes_with_it(scene: Scene) -> None:
    before = scene.status().signer
    assert scene.certs("rotate-ca").returncode == 0
    followed = scene.certs("status", "--wait", "--timeout", "75s")
    assert followed.returncode == 0, followed.stderr
    assert "CA: Stable\n" in followed.stdout
    after = scene.status()
    assert after.signer != before
    assert len(after.roots) == 1
    roots = scene.admin.get(f"{SECRETS}/bulkhead-tls-webhook-server", Held)
    assert roots is not None

    def is_injected() -> bool | None:
        found = json.loads(scene.admin.request("GET", CONFIGURATION))
        bundles = {each["clientConfig"].get("caBundle") for each in found["webhooks"]}
        return bundles == {msgspec.to_builtins(roots.data["ca.crt"])} or None

    wait_for(is_injected, what="the new root in the bundle", timeout_s=5)


def test_the_person_has_no_right_that_the_page_does_not_name(scene: Scene) -> None:
    refused = scene.certs("status", "--release", "other")
    assert refused.returncode == 2
    assert "access denied; you need the right to get configmaps/other-certificate-status there" in refused.stderr
