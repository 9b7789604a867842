"""Sets the drill's scene in a cluster: victims, a backend, and four installations side by side."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import yaml

from bulkhead_demo.cluster_demo.objects import namespace, wait_until_gone
from bulkhead_demo.cluster_demo.openbao_pod import LABELS, OpenBaoPod
from bulkhead_demo.drill.facts import SHELVES, Surveyed
from bulkhead_demo.drill.ground import Ground
from bulkhead_demo.drill.installation import Installation, loosening_of, release_name
from bulkhead_demo.drill.model import Topology
from bulkhead_demo.drill.objects import (
    PATIENCE_S,
    apply_when_possible,
    lay_objects,
    missing_definitions,
    request_for_certificate,
    wait_for_stand_ins,
)
from bulkhead_demo.drill.permits import Report
from bulkhead_demo.drill.survey import api_endpoints, node_addresses, surveyed
from bulkhead_demo.drill.values import Surroundings, values_of
from bulkhead_demo.drill.victims import BACKEND, OTHER_HOST, STRANGERS, TEAM, Props, cluster_wide, victims
from bulkhead_testkit.admin import Admin, AdminError, Manifest
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.planecerts import Authority
from bulkhead_testkit.stack import VAULT_MOUNT

_POLICY: Final[Mapping[str, Sequence[str]]] = {f"{VAULT_MOUNT}/data/shop/*": ["read"]}
_EVERYTHING: Final[Mapping[str, Sequence[str]]] = {"*": ["create", "read", "update", "delete", "list", "sudo"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the drill makes in a cluster."""

    ground: Ground
    admin: Admin
    backend: OpenBaoPod
    installations: Sequence[Installation]
    definitions: Sequence[Manifest]
    """Those that were not there before."""


def scene_in(ground: Ground, admin: Admin) -> Scene:
    """Describe the scene for a cluster; nothing is made yet."""
    backend = OpenBaoPod(admin, image=ground.image("openbao"), namespace=BACKEND)
    return Scene(
        ground=ground,
        admin=admin,
        backend=backend,
        installations=_installations(ground, admin, backend.address),
        definitions=missing_definitions(admin),
    )


def set_scene(scene: Scene) -> Surveyed:
    """Make everything; returns when all is applied, before all of it runs.

    Raises:
        AdminError, HelmError: something was refused or did not come.
    """
    admin, csr = scene.admin, request_for_certificate()
    for manifest in scene.definitions:
        admin.apply(manifest)
    other_roots = _make_victims(scene, csr)
    scene.backend.start()
    _fill(scene.backend)
    _install(scene.installations, scene.backend)
    roots = scene.backend.roots + other_roots
    wait_until_served(admin)
    for each in scene.installations:
        lay_objects(admin, each.release, server=scene.backend.address, roots=roots)
    wait_for_stand_ins(admin)
    return surveyed(admin, csr=csr, roots=roots, backend_labels=LABELS)


def wait_for_syncs(scene: Scene) -> None:
    """Wait until the installations that are not loosened sync: they are not safe for being broken.

    Raises:
        AdminError: one does not.
    """
    for each in scene.installations:
        if each.loosening is None:
            each.admin.wait_ready(TEAM, each.release, reason="SecretSynced", timeout_s=PATIENCE_S)


def clear_scene(scene: Scene) -> None:
    """Take everything away, as far as it is there, and wait until it is gone.

    Raises:
        AdminError: it is not in time.
    """
    admin = scene.admin
    admin.delete(namespace(TEAM))
    # Its objects have finalizers that only a running controller takes off.
    wait_until_gone(admin, TEAM, timeout_s=PATIENCE_S)
    with ThreadPoolExecutor(len(scene.installations)) as pool:
        list(pool.map(Installation.remove, scene.installations))
    for manifest in (*cluster_wide(csr=""), *scene.definitions, namespace(STRANGERS), namespace(BACKEND)):
        admin.delete(manifest)
    for name in (*(each.namespace for each in scene.installations), STRANGERS, BACKEND):
        wait_until_gone(admin, name, timeout_s=PATIENCE_S)


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


def _installations(ground: Ground, admin: Admin, backend: str) -> Sequence[Installation]:
    addresses, ports = api_endpoints(admin)
    around = Surroundings(
        registry=ground.registry,
        api_server=[f"{each}/32" for each in addresses],
        api_ports=ports,
        node=[f"{each}/32" for each in node_addresses(admin)],
        backend=backend,
        backend_namespace=BACKEND,
        backend_labels=LABELS,
    )
    hosts = [backend, f"https://{OTHER_HOST}:8200"]
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


def _make_victims(scene: Scene, csr: str) -> str:
    """Make them; gives the roots of the other backend's certificate, PEM."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority("drill", Path(folder))
        pair = authority.issue_server("other-backend", dns_names=[OTHER_HOST])
        files = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
        roots = authority.ca_file.read_text()
    for manifest in victims(Props(image=scene.ground.image("provider-fake"), certificate=files, csr=csr)):
        apply_when_possible(scene.admin, manifest)
    return roots
