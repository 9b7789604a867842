"""Both topologies on a real API server: they are taken, their Pods are restricted, and one becomes the other."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from kubernetes import client

from bulkhead_testkit import helm
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import api_client

pytestmark = pytest.mark.slow

RELEASE: Final = "topologies"
NAMESPACE: Final = "topologies-system"
VAULT: Final[Mapping[str, object]] = {
    "credential": {"existingSecret": "approle"},
    "identity": {"enabled": True, "secrets": [{"namespace": NAMESPACE, "names": ["token"]}]},
    "policy": {"hosts": ["https://vault.example.com:8200"], "rules": []},
    "token": {"audience": "vault"},
    "caBundle": {"configMap": "roots"},
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
    "egress": [
        {
            "to": [
                {"cidr": "128.0.0.0/1", "except": ["192.168.0.0/16"]},
                {"cidr": "::/0"},
                {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "openbao"}}},
            ],
            "ports": [8200],
        }
    ],
}
VALUES: Final[Mapping[str, object]] = {
    "crds": {"create": False},
    "metrics": {"bindAddress": "[::]"},
    "networkPolicy": {"webhookFrom": ["10.0.0.0/8"], "metricsFrom": [{"namespaceSelector": {}}]},
    "providers": {"vault": VAULT},
}


@pytest.fixture(scope="module")
def api(installed_plane: ControlPlane) -> Iterator[client.ApiClient]:
    with api_client(installed_plane.admin_kubeconfig) as api:
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        namespace = client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE, labels=restricted))
        client.CoreV1Api(api).create_namespace(namespace)
        yield api


def test_a_release_is_taken_in_either_topology_and_leaves_nothing(
    api: client.ApiClient, installed_plane: ControlPlane
) -> None:
    kubeconfig = installed_plane.admin_kubeconfig
    helm.install(VALUES, kubeconfig=kubeconfig, release=RELEASE, namespace=NAMESPACE)
    try:
        assert try_pods(api) == {"certcontroller", "controller"}
        assert policies(api) == {"default-deny", "certcontroller", "controller", "helm-test"}
        assert cluster_objects(api)
        isolated = {**VALUES, "topology": "isolated"}
        helm.install(isolated, kubeconfig=kubeconfig, release=RELEASE, namespace=NAMESPACE)
        assert try_pods(api) == {"certcontroller", "controller", "provider-fake", "provider-vault"}
        assert policies(api) > {"provider-fake", "provider-vault"}
    finally:
        helm.uninstall(RELEASE, kubeconfig=kubeconfig, namespace=NAMESPACE)
    assert policies(api) == set()
    assert try_pods(api) == set()
    assert cluster_objects(api) == set()


def try_pods(api: client.ApiClient) -> set[str]:
    """Have the API server judge the Pod of each Deployment, which it refuses unless it is restricted."""
    tried = set()
    for each in client.AppsV1Api(api).list_namespaced_deployment(NAMESPACE).items:
        pod = client.V1Pod(metadata=client.V1ObjectMeta(name="tried"), spec=each.spec.template.spec)
        client.CoreV1Api(api).create_namespaced_pod(NAMESPACE, pod, dry_run="All")
        tried.add(short(each.metadata))
    return tried


def policies(api: client.ApiClient) -> set[str]:
    return {
        short(each.metadata) for each in client.NetworkingV1Api(api).list_namespaced_network_policy(NAMESPACE).items
    }


def cluster_objects(api: client.ApiClient) -> set[str]:
    rights, admission = client.RbacAuthorizationV1Api(api), client.AdmissionregistrationV1Api(api)
    metadata = [
        *(each.metadata for each in rights.list_cluster_role().items),
        *(each.metadata for each in rights.list_cluster_role_binding().items),
        *(each.metadata for each in admission.list_validating_admission_policy().items),
        *(each.metadata for each in admission.list_validating_admission_policy_binding().items),
    ]
    return {short(each) for each in metadata if each and each.name and each.name.startswith(RELEASE)}


def short(metadata: client.V1ObjectMeta | None) -> str:
    assert metadata is not None
    return (metadata.name or "").removeprefix(f"{RELEASE}-")
