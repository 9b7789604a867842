"""What docs/takeover.md tells operators to do to a cluster in which Helm installed ESO, done with Helm itself.

The chart stands in for ESO's under ESO's names, as far as it matters here: definitions that are part of a release and
are not kept by it. ESO's webhooks have no server behind them any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, AdminError, wait_for
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.helm import HelmError
from bulkhead_testkit.manifests import external_secret, fake_store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("takeover-with-helm")]

ESO: Final = "external-secrets"
DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WEBHOOKS: Final = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
COMPONENT: Final = quote("external-secrets.io/component=webhook", safe="")
KEEP: Final = {"helm.sh/resource-policy": "keep"}
OF_ESO: Final[Mapping[str, object]] = {"crds": {"keep": False}}
CRD: Final = f"{DEFINITIONS}/externalsecrets.external-secrets.io"


@dataclass(frozen=True, slots=True)
class Cluster:
    admin: Admin
    kubeconfig: Path

    def install(self, values: Mapping[str, object], *flags: str) -> None:
        helm.install(values, kubeconfig=self.kubeconfig, flags=flags)

    def upgrade_eso(self, values: Mapping[str, object]) -> None:
        helm.install(values, kubeconfig=self.kubeconfig, release=ESO, namespace=ESO)

    def uninstall_eso(self) -> None:
        helm.uninstall(ESO, kubeconfig=self.kubeconfig, namespace=ESO)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster with ESO's release, an ExternalSecret and its store; ESO's Pods are gone, its webhooks are not."""
    with ControlPlane(tmp_path / "plane") as plane, Admin(plane.admin_kubeconfig) as admin:
        cluster = Cluster(admin, plane.admin_kubeconfig)
        cluster.upgrade_eso(OF_ESO)
        wait_until_served(admin)
        admin.apply(fake_store("default", {"k": "v"}))
        admin.apply(external_secret("default", "app", store="fake", data={"k": {"key": "k"}}))
        lay_webhooks(admin)
        yield cluster


def lay_webhooks(admin: Admin) -> None:
    """What ESO's chart has under these two names, with failurePolicy Fail."""
    for name, plurals in (
        ("externalsecret-validate", ["externalsecrets"]),
        ("secretstore-validate", ["secretstores", "clustersecretstores"]),
    ):
        webhooks = [
            {
                "name": f"validate.{plural[:-1]}.external-secrets.io",
                "rules": [
                    {
                        "apiGroups": ["external-secrets.io"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE", "DELETE"],
                        "resources": [plural],
                        "scope": "*",
                    }
                ],
                "clientConfig": {
                    "service": {"name": "external-secrets-webhook", "namespace": ESO, "path": "/validate"}
                },
                "admissionReviewVersions": ["v1", "v1beta1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 5,
            }
            for plural in plurals
        ]
        body = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": name, "labels": {"external-secrets.io/component": "webhook"}},
            "webhooks": webhooks,
        }
        admin.request("POST", WEBHOOKS, body=body)


def test_a_cluster_goes_over_from_eso_by_the_documented_steps(cluster: Cluster) -> None:
    admin = cluster.admin
    changed = external_secret("default", "app", store="fake", data={"k": {"key": "k"}}, refresh_interval="2h")
    wait_for(lambda: _refused(cluster, changed), what="the webhooks hold")
    before = admin.external_secret("default", "app")

    # Definitions that are another release's are not taken over by mistake.
    with pytest.raises(HelmError, match="invalid ownership metadata"):
        cluster.install({"profile": "eso-compat"})

    admin.request("DELETE", f"{WEBHOOKS}?labelSelector={COMPONENT}")
    cluster.install({"profile": "eso-compat", "crds": {"create": False}})
    assert admin.external_secret("default", "app") == before
    wait_for(lambda: None if _refused(cluster, changed) else True, what="ExternalSecrets can be changed again")

    # Helm looks at what it stored of the release, so that it has to be told by an upgrade what to keep.
    cluster.upgrade_eso({"crds": {"keep": False, "annotations": KEEP}})
    cluster.uninstall_eso()
    assert admin.external_secret("default", "app") is not None

    # Another writer's text, as it is after an ESO that an older Helm or kubectl installed.
    text = [{"op": "add", "path": "/spec/versions/0/schema/openAPIV3Schema/description", "value": "ESO's own words"}]
    admin.request("PATCH", f"{CRD}?fieldManager=kubectl", body=text, content_type="application/json-patch+json")
    moved_on = {"profile": "namespaced", "profileNamespaces": ["default"]}
    with pytest.raises(HelmError, match="invalid ownership metadata"):
        cluster.install(moved_on)
    with pytest.raises(HelmError, match="conflict"):
        cluster.install(moved_on, "--take-ownership")
    cluster.install(moved_on, "--take-ownership", "--force-conflicts")
    assert admin.external_secret("default", "app") is not None


def test_an_uninstall_of_eso_without_that_takes_every_externalsecret_away(cluster: Cluster) -> None:
    admin = cluster.admin
    admin.request("DELETE", f"{WEBHOOKS}?labelSelector={COMPONENT}")
    # An annotation on the objects themselves is not what Helm looks at.
    admin.request("PATCH", CRD, body={"metadata": {"annotations": KEEP}}, content_type="application/merge-patch+json")
    cluster.uninstall_eso()
    wait_for(lambda: None if _has_definition(admin) else True, what="the definition goes")


def _has_definition(admin: Admin) -> bool:
    try:
        admin.request("GET", CRD)
    except AdminError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True


def _refused(cluster: Cluster, manifest: Mapping[str, object]) -> bool | None:
    try:
        cluster.admin.apply(manifest)
    except AdminError as error:
        if "failed calling webhook" not in str(error):
            raise
        return True
    return None
