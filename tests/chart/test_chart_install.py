"""The chart on a real API server: it installs, its Pods are restricted, and an upgrade takes nothing away."""

import json
from pathlib import Path

import pytest
import yaml
from kubernetes import client

from bulkhead_testkit import helm
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import api_client

pytestmark = pytest.mark.slow

NAMESPACE = "bulkhead-system"


def test_an_upgrade_keeps_the_certificates_that_were_filled_in(installed_plane: ControlPlane) -> None:
    with api_client(installed_plane.admin_kubeconfig) as api:
        core = client.CoreV1Api(api)
        held = core.read_namespaced_secret("bulkhead-tls-controller", NAMESPACE)
        held.data = {"tls.key": "a2V5"}
        core.replace_namespaced_secret("bulkhead-tls-controller", NAMESPACE, held)
        helm.install({"pod": {"labels": {"upgrade": "1"}}}, kubeconfig=installed_plane.admin_kubeconfig)
        assert core.read_namespaced_secret("bulkhead-tls-controller", NAMESPACE).data == {"tls.key": "a2V5"}


def test_the_pods_are_admitted_where_only_restricted_ones_are(installed_plane: ControlPlane) -> None:
    with api_client(installed_plane.admin_kubeconfig) as api:
        core = client.CoreV1Api(api)
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        core.patch_namespace(NAMESPACE, {"metadata": {"labels": labels}})
        deployments = client.AppsV1Api(api).list_namespaced_deployment(NAMESPACE).items
        templates = [deployment.spec.template for deployment in deployments]
        assert len(templates) == 2
        for template in templates:
            pod = client.V1Pod(metadata=client.V1ObjectMeta(name="tried"), spec=template.spec)
            core.create_namespaced_pod(NAMESPACE, pod, dry_run="All")


def test_the_restricted_namespace_refuses_a_pod_that_is_not(installed_plane: ControlPlane) -> None:
    with api_client(installed_plane.admin_kubeconfig) as api:
        core = client.CoreV1Api(api)
        core.patch_namespace(NAMESPACE, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
        pod = client.V1Pod(
            metadata=client.V1ObjectMeta(name="loose"),
            spec=client.V1PodSpec(containers=[client.V1Container(name="loose", image="loose")]),
        )
        with pytest.raises(client.ApiException, match="violates PodSecurity"):
            core.create_namespaced_pod(NAMESPACE, pod, dry_run="All")


@pytest.mark.parametrize("file", sorted((helm.CHART / "files" / "crds").glob("*.yaml")), ids=lambda file: file.stem)
def test_a_crd_is_taken_by_a_plain_apply(file: Path, installed_plane: ControlPlane) -> None:
    crd = yaml.safe_load(file.read_text())
    # Another group, since the chart has installed this one.
    crd["spec"]["group"] = "example.com"
    crd["metadata"]["name"] = f"{file.stem}.example.com"
    # What a client-side apply sends: the object, and itself once more as an annotation.
    crd["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(crd)}
    with api_client(installed_plane.admin_kubeconfig) as api:
        client.ApiextensionsV1Api(api).create_custom_resource_definition(crd, dry_run="All")
