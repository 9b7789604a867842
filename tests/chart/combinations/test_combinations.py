"""Each combination of values renders, keeps every wall, and is taken by an API server whose namespace is restricted."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
import yaml
from chart_axes import NAMESPACE, SANDBOX, TEAM, merged, values_of
from chart_dry_run import DryRun, foreign_definitions
from chart_invariants import breaches
from chart_objects import Rendering
from chart_table import rows_of_table

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, Manifest, wait_for
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.kubeconfig import api_client

# All of it on the worker that has the plane, so that each combination is rendered once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plane")]

ROWS: Final = rows_of_table()
DEFAULTS: Final[Mapping[str, object]] = yaml.safe_load((helm.CHART / "values.yaml").read_text())
RESTRICTED: Final = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}


@pytest.fixture(scope="module", params=ROWS)
def rendering(request: pytest.FixtureRequest) -> Rendering:
    values = values_of(ROWS[request.param])
    objects = helm.render(values, release="combo", namespace=NAMESPACE)
    return Rendering(values=merged(DEFAULTS, values), namespace=NAMESPACE, objects=objects)


@pytest.fixture(scope="module")
def dry_run(shared_plane: ControlPlane) -> Iterator[DryRun]:
    sandbox = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": SANDBOX},
        "handler": "sandbox",
    }
    setting = [namespace(NAMESPACE), namespace(TEAM), sandbox, *foreign_definitions()]
    with Admin(shared_plane.admin_kubeconfig) as admin, api_client(shared_plane.admin_kubeconfig) as api:
        for each in setting:
            admin.create(each)
        wait_until_served(admin)
        account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
        wait_for(lambda: admin.get(account, dict), what="the account of the namespace")
        yield DryRun(api, NAMESPACE)
        for each in setting:
            admin.delete(each)


def test_it_keeps_the_walls(rendering: Rendering) -> None:
    assert breaches(rendering) == []


def test_an_api_server_takes_it(rendering: Rendering, dry_run: DryRun) -> None:
    assert dry_run.refusals(rendering.objects) == []


def test_an_api_server_refuses_a_pod_that_is_not_restricted_and_a_field_that_is_not_there(dry_run: DryRun) -> None:
    head = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "loose", "namespace": NAMESPACE}}
    pod = {**head, "spec": {"containers": [{"name": "loose", "image": "loose", "imag": "loose"}]}}
    unknown = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": NAMESPACE}, "dat": {}}
    loose, misspelt = dry_run.refusals([pod, unknown])
    assert "violates PodSecurity" in loose or "unknown field" in loose
    assert 'unknown field "dat"' in misspelt
