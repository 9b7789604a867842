"""The installations of the drill, as the chart renders them: one as narrow as it gets, one without walls."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bulkhead_demo.drill.ground import Ground
from bulkhead_demo.drill.installation import is_hook, loosening_of, release_name
from bulkhead_demo.drill.loosen import loosened
from bulkhead_demo.drill.model import Process, Topology
from bulkhead_demo.drill.values import Surroundings, values_of
from bulkhead_testkit.admin import Manifest
from bulkhead_testkit.helm import render

pytestmark = pytest.mark.slow

AROUND = Surroundings(
    registry="localhost/bulkhead",
    api_server=["10.96.0.1/32", "10.251.0.2/32"],
    api_ports=[443, 6443],
    node=["10.251.0.2/32"],
    backend="https://openbao.drill-openbao.svc:8200",
    backend_namespace="drill-openbao",
    backend_labels={"app.kubernetes.io/name": "openbao"},
)


def rendered(topology: Topology, *, loose: bool) -> list[Manifest]:
    release = release_name(topology, loose=loose)
    made = render(values_of(release, topology, AROUND), release=release, namespace=f"{release}-system")
    manifests: list[Manifest] = [each for each in made if not is_hook(each)]
    if not loose:
        return manifests
    return loosened(manifests, loosening_of(topology, hosts=[AROUND.backend], ground=Ground(kubeconfig=Path("/"))))


def containers(manifests: list[Manifest]) -> Mapping[str, Mapping[str, Any]]:
    pods: list[Any] = [yaml.safe_load(yaml.safe_dump(each)) for each in manifests if each["kind"] == "Deployment"]
    specs = [pod["spec"]["template"]["spec"] for pod in pods]
    return {
        each["name"]: each for spec in specs for each in (*spec.get("initContainers", []), *spec.get("containers", []))
    }


@pytest.mark.parametrize("topology", list(Topology))
@pytest.mark.parametrize("loose", [False, True], ids=["as-it-is", "loosened"])
def test_every_process_that_a_thief_is_put_into_is_installed(topology: Topology, loose: bool) -> None:
    assert set(containers(rendered(topology, loose=loose))) == {process.value for process in Process}


@pytest.mark.parametrize("topology", list(Topology))
def test_a_loosened_installation_differs_by_its_walls_and_not_by_its_programs(topology: Topology) -> None:
    strict, loose = (containers(rendered(topology, loose=each)) for each in (False, True))
    assert {name: each["image"] for name, each in loose.items()} == {
        name: each["image"] for name, each in strict.items()
    }
    assert not any(each["securityContext"].get("privileged") for each in strict.values())
    assert all(each["securityContext"]["privileged"] for each in loose.values())
