"""Sets the drill's scene in a cluster: victims, a backend, and four installations side by side."""

import base64
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bulkhead_demo.cluster_demo.openbao_pod import LABELS, OpenBaoPod
from bulkhead_demo.drill.facts import SHELVES, Surveyed
from bulkhead_demo.drill.ground import Ground
from bulkhead_demo.drill.installation import Installation, loosening_of, release_name
from bulkhead_demo.drill.model import Topology
from bulkhead_demo.drill.permits import Report
from bulkhead_demo.drill.survey import api_endpoints, node_addresses, surveyed
from bulkhead_demo.drill.values import Surroundings, values_of
from bulkhead_demo.drill.victims import (
    BACKEND,
    OTHER_HOST,
    STRANGERS,
    TEAM,
    Props,
    cluster_wide,
    external_secret,
    managed_secret,
    store,
    victims,
)
from bulkhead_testkit.admin import Admin, AdminError, Manifest, name_of, path_of, read_manifests, wait_for
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.helm import CHART
from bulkhead_testkit.planecerts import Authority
from bulkhead_testkit.stack import VAULT_MOUNT

_POLICY: Final[Mapping[str, Sequence[str]]] = {f"{VAULT_MOUNT}/data/shop/*": ["read"]}
_EVERYTHING: Final[Mapping[str, Sequence[str]]] = {"*": ["create", "read", "update", "delete", "list", "sudo"]}
# Long, as four installations start at once, on a machine that may have other things to do.
_SYNC_S: Final = 240.0
_POD_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is there once `set_scene` has been called."""

    installations: Sequence[Installation]
    seen: Surveyed
    definitions: Sequence[Manifest]
    """The definitions that were not there before."""


def set_scene(ground: Ground, admin: Admin) -> Scene:
    """Set it; returns when everything is applied, before all of it runs.

    Raises:
        AdminError, HelmError: something was refused or did not come.
    """
    definitions = _define(admin)
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority("drill", Path(folder))
        pair = authority.issue_server("other-backend", dns_names=[OTHER_HOST])
        files = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
        other_roots = authority.ca_file.read_text()
    csr = _request_for_certificate()
    for manifest in victims(Props(image=ground.image("provider-fake"), certificate=files, csr=csr)):
        _applied(admin, manifest)
    bao = OpenBaoPod(admin, image=ground.image("openbao"), namespace=BACKEND)
    installations = _installations(ground, admin, bao)
    bao.start()
    _fill(bao)
    _install(installations, bao)
    roots = bao.roots + other_roots
    wait_until_served(admin)
    for name in [each.release for each in installations]:
        _lay_objects(admin, name, server=bao.address, roots=roots)
    _wait_for_stand_ins(admin)
    seen = surveyed(admin, csr=csr, roots=roots, backend_labels=LABELS)
    return Scene(installations=installations, seen=seen, definitions=definitions)


def wait_for_syncs(scene: Scene) -> None:
    """Wait until the installations that are not loosened sync: they are not safe for being broken.

    Raises:
        AdminError: one does not.
    """
    for each in scene.installations:
        if each.loosening is None:
            each.admin.wait_ready(TEAM, each.release, reason="SecretSynced", timeout_s=_SYNC_S)


def clear_scene(scene: Scene) -> None:
    """Take everything away, and wait for what only a running controller lets go.

    Raises:
        AdminError: it is not gone in time.
    """
    admin = scene.installations[0].admin
    admin.delete(_namespace(TEAM))
    wait_for(partial(_is_gone, admin, TEAM), what=f"namespace {TEAM} is gone", timeout_s=_SYNC_S)
    with ThreadPoolExecutor(len(scene.installations)) as pool:
        list(pool.map(Installation.remove, scene.installations))
    for manifest in (*cluster_wide(csr=""), *scene.definitions, _namespace(STRANGERS), _namespace(BACKEND)):
        admin.delete(manifest)
    gone = [*(each.namespace for each in scene.installations), STRANGERS, BACKEND]
    for name in gone:
        wait_for(partial(_is_gone, admin, name), what=f"namespace {name} is gone", timeout_s=_SYNC_S)


def report_of(installed: Installation) -> Report:
    """Ask `bulkhead boundaries` what an installation's processes have.

    Raises:
        AdminError: it could not tell.
    """
    command = [str(Path(sys.executable).with_name("bulkhead")), "boundaries", "--manifests", "-", "-o", "json"]
    place = ["--namespace", installed.namespace, "--release", installed.release]
    manifests = yaml.safe_dump_all(installed.manifests())
    done = subprocess.run([*command, *place], input=manifests.encode(), capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        raise AdminError(f"bulkhead boundaries: {done.stderr.decode().strip()[-300:]}")
    return msgspec.json.decode(done.stdout, type=Report)


def _installations(ground: Ground, admin: Admin, bao: OpenBaoPod) -> Sequence[Installation]:
    addresses, ports = api_endpoints(admin)
    around = Surroundings(
        registry=ground.registry,
        api_server=[f"{each}/32" for each in addresses],
        api_ports=ports,
        node=[f"{each}/32" for each in node_addresses(admin)],
        backend=bao.address,
        backend_namespace=BACKEND,
        backend_labels=LABELS,
    )
    hosts = [bao.address, f"https://{OTHER_HOST}:8200"]
    return [
        Installation(
            admin=admin,
            kubeconfig=ground.kubeconfig,
            topology=topology,
            values=values_of(release_name(topology, loose=loose), topology, around),
            loosening=loosening_of(topology, hosts=hosts, ground=ground) if loose else None,
        )
        for topology in Topology
        for loose in (True, False)
    ]


def _install(installations: Sequence[Installation], bao: OpenBaoPod) -> None:
    def install(each: Installation) -> None:
        rules = _EVERYTHING if each.loosening else _POLICY
        each.prepare(bao.create_token_for(each.release, rules))
        each.install()

    with ThreadPoolExecutor(len(installations)) as pool:
        list(pool.map(install, installations))


def _fill(bao: OpenBaoPod) -> None:
    bao.enable_kv(VAULT_MOUNT)
    for key, fields in SHELVES.items():
        bao.put(VAULT_MOUNT, key, fields)


def _lay_objects(admin: Admin, name: str, *, server: str, roots: str) -> None:
    """Make the team's objects for one installation, once the webhooks answer."""
    wanted = (store(name, controller=name, server=server, roots=roots), external_secret(name, store=name))
    for manifest in wanted:
        wait_for(partial(_taken, admin, manifest), what=f"{name} is taken", timeout_s=_SYNC_S)
    uid = admin.external_secret(TEAM, name)
    if uid is None:
        raise AdminError(f"ExternalSecret {TEAM}/{name}: is gone")
    admin.apply(managed_secret(f"{name}-managed", name, uid.metadata.uid))


def _define(admin: Admin) -> Sequence[Manifest]:
    """Make the definitions that are not there, by hand, as several releases share them; gives those."""
    files = sorted((CHART / "files" / "crds").glob("*.yaml"))
    manifests = [manifest for file in files for manifest in read_manifests(file.read_text())]
    missing = [each for each in manifests if admin.get(path_of(each), dict) is None]
    for manifest in missing:
        admin.apply(manifest)
    return missing


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _is_gone(admin: Admin, name: str) -> bool | None:
    return True if admin.get(f"/api/v1/namespaces/{name}", dict) is None else None


def _taken(admin: Admin, manifest: Manifest) -> bool | None:
    try:
        admin.apply(manifest)
    except AdminError:
        return None
    return True


def _applied(admin: Admin, manifest: Manifest) -> None:
    """Apply it, again while a ServiceAccount is not there yet."""
    wait_for(partial(_taken, admin, manifest), what=f"{manifest['kind']} {name_of(manifest)} is taken")


def _wait_for_stand_ins(admin: Admin) -> None:
    for namespace, name in ((TEAM, "stranger"), (STRANGERS, "other-backend"), (STRANGERS, "node")):
        wait_for(partial(_runs, admin, namespace, name), what=f"Pod {name} runs", timeout_s=_POD_S)


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    phase: str = ""


class _Pod(msgspec.Struct, frozen=True, kw_only=True):
    status: _Status = _Status()


def _runs(admin: Admin, namespace: str, name: str) -> bool | None:
    pod = admin.get(f"/api/v1/namespaces/{namespace}/pods/{name}", _Pod)
    return True if pod is not None and pod.status.phase == "Running" else None


def _request_for_certificate() -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "thief")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.PEM)).decode()
