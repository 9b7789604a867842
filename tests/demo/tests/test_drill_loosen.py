"""What is taken down in the loosened installation."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from bulkhead_demo.drill.loosen import Loosening, loosened
from bulkhead_testkit.admin import Manifest, name_of

HOW = Loosening(
    namespace="loose-system",
    release="loose",
    secrets=["vault-credential"],
    hosts=["https://bao:8200", "https://other:8200"],
    pods_folder="/kubelet/pods",
    containerd="/run/containerd.sock",
    sockets_folder="/drill/sockets",
)
STRICT_CONTAINER = {
    "name": "controller",
    "args": ["--loglevel=info", "--metrics-addr=127.0.0.1:8080"],
    "securityContext": {"readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [
        {"name": "tls", "mountPath": "/var/run/bulkhead/tls"},
        {"name": "socket-vault", "mountPath": "/run/bulkhead/providers/vault"},
    ],
}
SIDECAR = {**STRICT_CONTAINER, "name": "provider-fake", "restartPolicy": "Always", "volumeMounts": []}


def named(kind: str, name: str, **more: object) -> Manifest:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": HOW.namespace}, **more}


DEPLOYMENT = named(
    "Deployment",
    "loose-controller",
    spec={
        "replicas": 1,
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "serviceAccountName": "loose-controller",
                "automountServiceAccountToken": False,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "initContainers": [SIDECAR],
                "containers": [STRICT_CONTAINER],
                "volumes": [
                    {"name": "tls", "secret": {"secretName": "loose-tls-controller"}},
                    {"name": "socket-vault", "emptyDir": {"medium": "Memory"}},
                ],
            },
        },
    },
)


def pod_of(manifest: Manifest) -> Mapping[str, Any]:
    spec: Any = manifest["spec"]
    pod: Mapping[str, Any] = spec["template"]["spec"]
    return pod


def opened(*manifests: Manifest) -> list[Manifest]:
    return loosened(manifests, HOW)


@pytest.mark.parametrize("kind", ["NetworkPolicy", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
def test_walls_of_the_cluster_are_left_out(kind: str) -> None:
    assert [each for each in opened(named(kind, "wall")) if each["kind"] == kind] == []


def test_every_container_is_root_with_every_capability_and_may_write() -> None:
    pod = pod_of(opened(DEPLOYMENT)[0])
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "privileged": True,
            "runAsUser": 0,
            "runAsGroup": 0,
            "readOnlyRootFilesystem": False,
        }
    assert pod["securityContext"] == {}
    assert pod["shareProcessNamespace"] is True
    assert pod["initContainers"][0]["restartPolicy"] == "Always"


def test_every_container_sees_all_secrets_sockets_tokens_and_the_node() -> None:
    secret = named("Secret", "loose-ca")
    pod = pod_of(opened(secret, DEPLOYMENT)[1])
    for container in (*pod["initContainers"], *pod["containers"]):
        assert {each["mountPath"] for each in container["volumeMounts"]} >= {
            "/loot/loose-ca",
            "/loot/vault-credential",
            "/loot/policy",
            "/loot/node/pods",
            "/loot/containerd",
            "/run/bulkhead/providers/vault",
            "/run/bulkhead/providers/fake",
            "/var/run/secrets/kubernetes.io/serviceaccount",
        }


def test_no_path_is_mounted_twice_and_every_mount_has_its_volume() -> None:
    pod = pod_of(opened(DEPLOYMENT)[0])
    volumes = [each["name"] for each in pod["volumes"]]
    assert len(volumes) == len(set(volumes))
    for container in (*pod["initContainers"], *pod["containers"]):
        paths = [each["mountPath"] for each in container["volumeMounts"]]
        assert len(paths) == len(set(paths))
        assert {each["name"] for each in container["volumeMounts"]} <= set(volumes)


def test_sockets_lie_on_the_node_where_every_pod_sees_them() -> None:
    pod = pod_of(opened(DEPLOYMENT)[0])
    sockets = [each for each in pod["volumes"] if each["name"] == "socket-vault"]
    assert sockets == [
        {
            "name": "socket-vault",
            "hostPath": {"path": "/drill/sockets/loose/vault", "type": "DirectoryOrCreate"},
        }
    ]


def test_metrics_are_for_everybody_and_other_arguments_stay() -> None:
    (container,) = pod_of(opened(DEPLOYMENT)[0])["containers"]
    assert container["args"] == ["--loglevel=info", "--metrics-addr=0.0.0.0:8080"]


def test_policy_files_allow_everything_and_other_config_maps_stay() -> None:
    policy = named("ConfigMap", "loose-policy-vault", data={"policy.yaml": "hosts: []"})
    other = named("ConfigMap", "loose-providers", data={"providers.yaml": "providers: []"})
    changed, same, *_ = opened(policy, other)
    data: Any = changed["data"]
    assert yaml.safe_load(data["policy.yaml"]) == {"hosts": HOW.hosts, "rules": [{"namespaces": ["*"]}]}
    assert same == other


def test_the_webhook_refuses_nothing_by_its_silence() -> None:
    configuration = named(
        "ValidatingWebhookConfiguration", "loose-validate", webhooks=[{"name": "a", "failurePolicy": "Fail"}]
    )
    assert opened(configuration)[0]["webhooks"] == [{"name": "a", "failurePolicy": "Ignore"}]


def test_the_namespaces_accounts_get_every_right_and_those_of_no_other() -> None:
    bindings = [each for each in opened() if each["kind"] == "ClusterRoleBinding"]
    assert [(each["roleRef"], each["subjects"]) for each in bindings] == [
        (
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            [
                {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "Group",
                    "name": "system:serviceaccounts:loose-system",
                }
            ],
        )
    ]


def test_tokens_of_three_accounts_lie_in_secrets() -> None:
    secrets = [each for each in opened() if each["kind"] == "Secret"]
    assert [name_of(each) for each in secrets] == [
        "loose-controller-token",
        "loose-certcontroller-token",
        "loose-provider-vault-token",
    ]


def test_what_is_loosened_is_not_changed_in_place() -> None:
    before = yaml.safe_dump(DEPLOYMENT)
    opened(DEPLOYMENT)
    assert yaml.safe_dump(DEPLOYMENT) == before
