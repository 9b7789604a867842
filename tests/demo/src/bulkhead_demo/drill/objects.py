"""The objects of the drill's scene that are of no installation: made, waited for and taken away."""

import base64
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bulkhead_demo.drill.victims import STRANGERS, TEAM, external_secret, managed_secret, store
from bulkhead_testkit.admin import Admin, AdminError, Manifest, name_of, path_of, read_manifests, wait_for
from bulkhead_testkit.helm import CHART

# Long, as four installations start at once, on a machine that may have other things to do.
PATIENCE_S: Final = 240.0
_POD_S: Final = 120.0


def missing_definitions(admin: Admin) -> Sequence[Manifest]:
    """Give the chart's definitions that the cluster does not have."""
    files = sorted((CHART / "files" / "crds").glob("*.yaml"))
    manifests = [manifest for file in files for manifest in read_manifests(file.read_text())]
    return [each for each in manifests if admin.get(path_of(each), dict) is None]


def apply_when_possible(admin: Admin, manifest: Manifest, *, timeout_s: float = 20) -> None:
    """Apply an object, again and again while somebody else is not there yet: a ServiceAccount, or a webhook.

    Raises:
        AdminError: it was refused until the time was over.
    """
    what = f"{manifest['kind']} {name_of(manifest)} is taken"
    wait_for(partial(_taken, admin, manifest), what=what, timeout_s=timeout_s)


def lay_objects(admin: Admin, name: str, *, server: str, roots: str) -> None:
    """Make the team's store, ExternalSecret and a managed Secret for one installation.

    Args:
        admin: full rights on the cluster.
        name: of the installation's release, and of the objects.
        server: URL of the backend.
        roots: PEM; whom the store trusts.

    Raises:
        AdminError: they were not taken in time.
    """
    for manifest in (store(name, controller=name, server=server, roots=roots), external_secret(name, store=name)):
        apply_when_possible(admin, manifest, timeout_s=PATIENCE_S)
    made = admin.external_secret(TEAM, name)
    if made is None:
        raise AdminError(f"ExternalSecret {TEAM}/{name}: is gone")
    admin.apply(managed_secret(f"{name}-managed", name, made.metadata.uid))


def wait_for_stand_ins(admin: Admin) -> None:
    """Wait until the Pods run that thieves want to reach; raises AdminError if one does not."""
    for namespace, name in ((TEAM, "stranger"), (STRANGERS, "other-backend"), (STRANGERS, "node")):
        wait_for(partial(_runs, admin, namespace, name), what=f"Pod {name} runs", timeout_s=_POD_S)


def request_for_certificate() -> str:
    """Make a request for a client certificate, base64 of PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "thief")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.PEM)).decode()


def _taken(admin: Admin, manifest: Manifest) -> bool | None:
    try:
        admin.apply(manifest)
    except AdminError:
        return None
    return True


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    phase: str = ""


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    status: _Status = _Status()


def _runs(admin: Admin, namespace: str, name: str) -> bool | None:
    pod = admin.get(f"/api/v1/namespaces/{namespace}/pods/{name}", _Pod)
    return True if pod is not None and pod.status.phase == "Running" else None
