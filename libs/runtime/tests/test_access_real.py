"""The reviewer on the real API server: tokens of ServiceAccounts with and without the right."""

import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.kube.access import Access, Reviewer
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_testkit.admin import Admin
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import request_token

pytestmark = pytest.mark.slow


def account(admin: Admin, shared_plane: ControlPlane, name: str) -> SecretValue:
    metadata = {"name": name, "namespace": "default"}
    admin.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    return request_token(shared_plane.admin_kubeconfig, namespace="default", name=name).value


def allow(admin: Admin, name: str) -> None:
    rbac = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    admin.apply(role | {"rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]})
    binding = {"apiVersion": f"{rbac}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name}}
    subject = {"kind": "ServiceAccount", "name": name, "namespace": "default"}
    admin.apply(binding | {"roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": name}, "subjects": [subject]})


async def test_the_api_server_says_who_may_read_metrics(
    real_config: KubeConfig, shared_plane: ControlPlane, unique: str
) -> None:
    with Admin(shared_plane.admin_kubeconfig) as admin:
        allow(admin, f"{unique}-yes")
        tokens = [account(admin, shared_plane, f"{unique}-{name}") for name in ("yes", "no")]
    async with KubeClient(real_config) as client:
        reviewer = Reviewer(client, "/metrics")
        verdicts = [await reviewer.judge(token) for token in (*tokens, SecretValue(b"stranger"))]
    assert verdicts == [Access.ALLOWED, Access.FORBIDDEN, Access.UNKNOWN_TOKEN]
