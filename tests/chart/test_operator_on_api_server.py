"""What an operator sets is taken by a real API server, where only restricted Pods are."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from kubernetes import client

from bulkhead_testkit import helm
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import api_client

pytestmark = pytest.mark.slow

RELEASE: Final = "operated"
NAMESPACE: Final = "operated-system"
FENCE: Final = f"{RELEASE}-secrets"
VALUES: Final[Mapping[str, object]] = {
    "crds": {"create": False},
    "topology": "isolated",
    "commonLabels": {"team": "platform"},
    "commonAnnotations": {"example.com/owner": "platform"},
    "controller": {"replicas": 2},
    "service": {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4"]},
    "metrics": {"bindAddress": "0.0.0.0", "service": {"enabled": True}},  # noqa: S104 # of a Pod
    "grafanaDashboard": {"enabled": True, "folder": "Secrets"},
    "podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"},
    "pod": {
        "terminationGracePeriodSeconds": 90,
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["vault.example.com"]}],
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["10.0.0.2"], "searches": ["example.com"], "options": [{"name": "ndots"}]},
    },
    "pods": {"controller": {"tolerations": [{"key": "a", "operator": "Exists"}]}},
    "serviceAccounts": {"provider-vault": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"}}},
}


@pytest.fixture(scope="module")
def api(installed_plane: ControlPlane) -> Iterator[client.ApiClient]:
    with api_client(installed_plane.admin_kubeconfig) as api:
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        namespace = client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE, labels=restricted))
        client.CoreV1Api(api).create_namespace(namespace)
        helm.install(VALUES, kubeconfig=installed_plane.admin_kubeconfig, release=RELEASE, namespace=NAMESPACE)
        yield api
        helm.uninstall(RELEASE, kubeconfig=installed_plane.admin_kubeconfig, namespace=NAMESPACE)


def upgrade(plane: ControlPlane, *flags: str) -> None:
    helm.install(VALUES, kubeconfig=plane.admin_kubeconfig, release=RELEASE, namespace=NAMESPACE, flags=flags)


def name_of(meta: client.V1ObjectMeta | None) -> str:
    assert meta
    return meta.name or ""


def test_every_pod_is_taken_with_all_that_is_set(api: client.ApiClient) -> None:
    tried = set()
    for each in client.AppsV1Api(api).list_namespaced_deployment(NAMESPACE).items:
        pod = client.V1Pod(metadata=client.V1ObjectMeta(name="tried"), spec=each.spec.template.spec)
        taken = client.CoreV1Api(api).create_namespaced_pod(NAMESPACE, pod, dry_run="All")
        assert taken.spec
        assert taken.spec.dns_config
        assert taken.spec.dns_config.nameservers == ["10.0.0.2"]
        tried.add(name_of(each.metadata))
    assert tried == {f"operated-{name}" for name in ("controller", "certcontroller", "provider-fake", "provider-vault")}


def test_the_pod_of_helm_test_is_taken(api: client.ApiClient) -> None:
    (pod,) = (each for each in helm.render(VALUES, release=RELEASE, namespace=NAMESPACE) if each["kind"] == "Pod")
    # The client sends on what it is given.
    taken = client.CoreV1Api(api).create_namespaced_pod(NAMESPACE, pod, dry_run="All")  # type: ignore[arg-type]  # a dict
    assert taken.spec
    assert taken.spec.automount_service_account_token is False


def test_there_is_a_budget_for_each_kind_of_pod(api: client.ApiClient) -> None:
    budgets = client.PolicyV1Api(api).list_namespaced_pod_disruption_budget(NAMESPACE).items
    assert {name_of(each.metadata) for each in budgets} == {
        f"operated-{name}" for name in ("controller", "certcontroller", "provider-fake", "provider-vault")
    }


def test_an_upgrade_makes_a_deleted_fence_anew(api: client.ApiClient, installed_plane: ControlPlane) -> None:
    admission = client.AdmissionregistrationV1Api(api)
    admission.delete_validating_admission_policy_binding(FENCE)

    upgrade(installed_plane)

    assert name_of(admission.read_validating_admission_policy_binding(FENCE).metadata) == FENCE


def test_a_fence_that_somebody_opened_is_closed_by_an_upgrade_that_is_told_to_overwrite(
    api: client.ApiClient, installed_plane: ControlPlane
) -> None:
    admission = client.AdmissionregistrationV1Api(api)
    admission.patch_validating_admission_policy(FENCE, {"spec": {"failurePolicy": "Ignore"}}, field_manager="somebody")

    with pytest.raises(helm.HelmError, match='conflict with "somebody"'):
        upgrade(installed_plane)
    upgrade(installed_plane, "--force-conflicts")

    fence = admission.read_validating_admission_policy(FENCE).spec
    assert fence
    assert fence.failure_policy == "Fail"
