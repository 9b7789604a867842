"""Each invariant can fail: a rendering that is changed for the worse breaks it, and the one before does not."""

import copy
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import pytest
import yaml
from chart_axes import NAMESPACE, TEAM, merged
from chart_invariants import INVARIANTS, breaches
from chart_objects import Rendering

from bulkhead_testkit import helm

pytestmark = pytest.mark.slow

Object: TypeAlias = dict[str, Any]
"""As YAML gives it: what is changed here has any form."""
Change: TypeAlias = Callable[["Objects"], None]

VALUES: Final[Mapping[str, object]] = {
    "crds": {"create": False},
    "podDisruptionBudget": {"enabled": True},
    "providers": {
        "vault": {
            "credential": {"existingSecret": "approle"},
            "identity": {"enabled": True, "secrets": [{"namespace": TEAM, "names": ["token"]}]},
            "policy": {"hosts": ["https://vault.example.com:8200"], "rules": []},
            "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
        }
    },
}


class Objects:
    """Rendered objects, to be changed."""

    def __init__(self, objects: list[Object]) -> None:
        self.all = objects

    def one(self, kind: str, name: str) -> Object:
        return next(each for each in self.all if each["kind"] == kind and each["metadata"]["name"] == f"combo-{name}")

    def pod(self, name: str = "controller") -> Object:
        spec: Object = self.one("Deployment", name)["spec"]["template"]["spec"]
        return spec

    def container(self, name: str = "controller", pod: str = "controller") -> Object:
        spec = self.pod(pod)
        found: Object = next(
            each for each in [*spec.get("initContainers", []), *spec["containers"]] if each["name"] == name
        )
        return found

    def rules(self, kind: str, name: str) -> list[Object]:
        rules: list[Object] = self.one(kind, name)["rules"]
        return rules

    def policy(self, name: str) -> Object:
        spec: Object = self.one("NetworkPolicy", name)["spec"]
        return spec


@cache
def rendered(topology: str) -> list[Object]:
    return helm.render({**VALUES, "topology": topology}, release="combo", namespace=NAMESPACE)


def changed(change: Change, topology: str = "sidecar") -> Rendering:
    objects = Objects(copy.deepcopy(rendered(topology)))
    change(objects)
    defaults = yaml.safe_load((helm.CHART / "values.yaml").read_text())
    values = merged(defaults, {**VALUES, "topology": topology})
    return Rendering(values=values, namespace=NAMESPACE, objects=objects.all)


def rule(*resources: str, verbs: list[str], names: list[str] | None = None, group: str = "") -> Object:
    return {"apiGroups": [group], "resources": list(resources), "verbs": verbs, "resourceNames": names or []}


def gives(kind: str, name: str, new: Object) -> Change:
    return lambda objects: objects.rules(kind, name).append(new)


def controller_gets(new: Object) -> Change:
    return gives("ClusterRole", "controller", new)


def container_gets(name: str = "controller", **parts: object) -> Change:
    return lambda objects: objects.container(name).update(parts)


def container_may(**parts: object) -> Change:
    return lambda objects: objects.container()["securityContext"].update(parts)


def pod_gets(**parts: object) -> Change:
    return lambda objects: objects.pod().update(parts)


def mounts(name: str, volume: str, path: str = "/more") -> Change:
    mount = {"name": volume, "mountPath": path, "readOnly": True}
    return lambda objects: objects.container(name)["volumeMounts"].append(mount)


def with_volume(name: str, **source: object) -> Change:
    """Add a volume to the controller's Pod that a container mounts."""

    def change(objects: Objects) -> None:
        objects.pod()["volumes"].append({"name": "more", **source})
        mounts(name, "more")(objects)

    return change


def token(audience: str = "") -> Object:
    source = {"path": "token"} | ({"audience": audience} if audience else {})
    return {"sources": [{"serviceAccountToken": source}]}


def env(**variable: object) -> Change:
    return lambda objects: objects.container("provider-vault")["env"].append(variable)


def to(*peers: object) -> Object:
    return {"to": list(peers), "ports": [{"port": 443}]}


def leads(rule: Object) -> Change:
    return lambda objects: objects.policy("controller")["egress"].append(rule)


def without(kind: str, name: str) -> Change:
    return lambda objects: objects.all.remove(objects.one(kind, name))


def bound_to(**subject: str) -> Change:
    return lambda objects: objects.one("ClusterRoleBinding", "controller")["subjects"].append(subject)


def unchanged(objects: Objects) -> None:
    assert objects.all


def twice(objects: Objects) -> None:
    objects.all.append(objects.one("Service", "webhook"))


def renamed(objects: Objects) -> None:
    objects.one("Service", "webhook")["metadata"]["name"] = "a" * 64


def elsewhere(objects: Objects) -> None:
    objects.one("ConfigMap", "providers")["metadata"]["namespace"] = "kube-system"


def certcontroller_of_all(objects: Objects) -> None:
    binding = objects.one("ClusterRoleBinding", "controller")
    binding["subjects"][0]["name"] = "combo-certcontroller"


WORSE: Final[Mapping[str, Mapping[str, Change]]] = {
    "no_wildcard_in_rights": {
        "verb": controller_gets(rule("configmaps", verbs=["*"])),
        "resource": gives("Role", "certcontroller", rule("*", verbs=["get"])),
        "group": controller_gets(rule("widgets", verbs=["get"], group="*")),
        "name": controller_gets(rule("widgets", verbs=["get"], names=["a*"])),
    },
    "no_secret_right_outside_the_profile": {
        "read": controller_gets(rule("secrets", verbs=["get"])),
        "patch": controller_gets(rule("secrets", verbs=["patch"])),
        "among-others": controller_gets(rule("configmaps", "secrets", verbs=["update"])),
        "part-of-a-secret": controller_gets(rule("secrets/status", verbs=["update"])),
        "of-the-namespace": gives("Role", "controller-leader-election", rule("secrets", verbs=["get"])),
        "of-others-by-name": gives("Role", "certcontroller", rule("secrets", verbs=["get"], names=["approle"])),
        "deletion-by-name": gives("Role", "certcontroller", rule("secrets", verbs=["delete"], names=["combo-ca"])),
        "name-that-no-value-names": gives("Role", "provider-vault", rule("secrets", verbs=["get"], names=["other"])),
        "writing-a-named-one": gives("Role", "provider-vault", rule("secrets", verbs=["update"], names=["token"])),
        "to-another-process": certcontroller_of_all,
    },
    "no_right_that_gives_more": {
        "escalate": controller_gets(rule("roles", verbs=["escalate"], group="rbac.authorization.k8s.io")),
        "impersonate": controller_gets(rule("users", verbs=["impersonate"])),
        "delete-in-bulk": controller_gets(rule("externalsecrets", verbs=["deletecollection"])),
        "patch": controller_gets(rule("configmaps", verbs=["patch"])),
        "patch-of-any-webhook": gives(
            "ClusterRole", "certcontroller", rule("validatingwebhookconfigurations", verbs=["patch"])
        ),
        "tokens-of-any-account": gives("Role", "certcontroller", rule("serviceaccounts/token", verbs=["create"])),
    },
    "every_right_is_given_to_an_account_of_the_release": {
        "a-group": bound_to(kind="Group", name="system:authenticated"),
        "an-account-elsewhere": bound_to(kind="ServiceAccount", name="combo-controller", namespace="default"),
        "another-account": bound_to(kind="ServiceAccount", name="default", namespace=NAMESPACE),
        "another-role": lambda objects: objects.one("ClusterRoleBinding", "controller")["roleRef"].update(
            name="cluster-admin"
        ),
    },
    "a_credential_is_in_one_container": {
        "credential-in-the-controller": mounts("controller", "credential-vault"),
        "certificate-in-another": mounts("provider-fake", "tls-controller"),
        "token-in-another": mounts("provider-fake", "api-token"),
        "of-nobody": lambda objects: objects.pod()["volumes"].append({"name": "x", "secret": {"secretName": "x"}}),
    },
    "a_socket_is_shared_by_two": {
        "three": mounts("provider-fake", "socket-vault"),
        "one": with_volume("controller", emptyDir={"medium": "Memory", "sizeLimit": "1Mi"}),
        "on-disk": lambda objects: next(
            each for each in objects.pod()["volumes"] if each["name"] == "socket-vault"
        ).update(emptyDir={}),
    },
    "every_container_has_its_own_user": {
        "shared": container_may(runAsUser=20002, runAsGroup=20002),
        "shared-with-another-pod": container_may(runAsUser=20001, runAsGroup=20001),
        "root": container_may(runAsUser=0, runAsGroup=0),
        "group-of-another": container_may(runAsGroup=20002),
    },
    "no_token_where_none_is_needed": {
        "mounted-by-itself": pod_gets(automountServiceAccountToken=True),
        "by-its-account": lambda objects: objects.one("ServiceAccount", "webhook").update(
            automountServiceAccountToken=True
        ),
        "provider": with_volume("provider-fake", projected=token()),
        "provider-with-an-identity-in-a-shared-pod": with_volume("provider-vault", projected=token()),
        "for-a-backend-that-no-value-names": with_volume("provider-vault", projected=token("vault")),
    },
    "no_secret_is_in_an_environment": {
        "from-a-secret": env(name="A", valueFrom={"secretKeyRef": {"name": "approle", "key": "id"}}),
        "all-of-a-secret": container_gets(envFrom=[{"secretRef": {"name": "approle"}}]),
        "that-no-value-gives": env(name="A", value="b"),
        "named-like-a-credential": env(name="VAULT_TOKEN", value="b"),
        "password-in-a-url": env(name="A", value="http://user:word@proxy:3128"),
        "key-in-an-argument": lambda objects: objects.container()["args"].append("--key=-----BEGIN PRIVATE KEY-----"),
    },
    "every_pod_is_closed_by_network_policies": {
        "no-default": without("NetworkPolicy", "default-deny"),
        "none-of-its-own": without("NetworkPolicy", "webhook"),
        "one-direction": lambda objects: objects.policy("default-deny").update(policyTypes=["Ingress"]),
        "default-with-a-rule": lambda objects: objects.policy("default-deny").update(egress=[to({"podSelector": {}})]),
    },
    "no_network_rule_is_wider_than_it_says": {
        "all-ports": leads({"to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}]}),
        "all-peers": leads({"ports": [{"port": 443}]}),
        "everybody-in": lambda objects: objects.policy("controller")["ingress"].append({"ports": [{"port": 8080}]}),
        "metadata": leads(to({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}})),
        "metadata-of-ipv6": leads(to({"ipBlock": {"cidr": "::/0"}})),
        "metadata-by-a-part": leads(to({"ipBlock": {"cidr": "169.254.169.254/32"}})),
        "metadata-in-part": leads(to({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}})),
    },
    "nothing_of_the_node_is_shared": {
        "network": pod_gets(hostNetwork=True),
        "processes": pod_gets(hostPID=True),
        "memory": pod_gets(hostIPC=True),
        "processes-of-the-pod": pod_gets(shareProcessNamespace=True),
        "path": with_volume("controller", hostPath={"path": "/"}),
        "port": container_gets(ports=[{"containerPort": 8080, "hostPort": 8080}]),
    },
    "every_image_is_from_the_registry": {
        "another-registry": container_gets(image="docker.io/library/controller:0.1.0"),
        "without-a-tag": container_gets(image="localhost/bulkhead/controller"),
        "longer-path": container_gets(image="localhost/bulkhead/../controller:0.1.0"),
    },
    "resources_and_probes_are_set": {
        "no-memory-limit": container_gets(resources={"requests": {}, "limits": {"cpu": "1"}}),
        "no-requests": container_gets(resources={"limits": {"memory": "64Mi"}}),
        "not-alive": container_gets(livenessProbe=None),
        "not-ready": container_gets("provider-vault", readinessProbe=None),
    },
    "every_container_is_hardened": {
        "escalation": container_may(allowPrivilegeEscalation=True),
        "privileged": container_may(privileged=True),
        "writable-root": container_may(readOnlyRootFilesystem=False),
        "perhaps-root": container_may(runAsNonRoot=False),
        "capabilities": container_may(capabilities={"drop": ["ALL"], "add": ["NET_ADMIN"]}),
        "unconfined": container_may(seccompProfile={"type": "Unconfined"}),
    },
    "volumes_and_mounts_fit": {
        "no-volume": mounts("controller", "not-there"),
        "no-mount": lambda objects: objects.pod()["volumes"].append({"name": "x", "configMap": {"name": "x"}}),
        "one-over-another": mounts("controller", "providers", "/var/run/bulkhead/tls"),
        "writable": lambda objects: objects.container()["volumeMounts"][1].update(readOnly=False),
    },
    "every_selector_finds_pods": {
        "service": lambda objects: objects.one("Service", "webhook")["spec"].update(selector={"app": "x"}),
        "budget": lambda objects: objects.one("PodDisruptionBudget", "controller")["spec"].update(
            selector={"matchLabels": {"app": "x"}}
        ),
        "by-an-expression": lambda objects: objects.one("PodDisruptionBudget", "controller")["spec"]["selector"].update(
            matchExpressions=[{"key": "a", "operator": "Exists"}]
        ),
    },
    "names_fit_and_differ": {"twice": twice, "too-long": renamed, "in-a-foreign-namespace": elsewhere},
}
CASES: Final = [
    pytest.param(name, change, id=f"{name.replace('_', '-')}-{what}")
    for name, changes in WORSE.items()
    for what, change in changes.items()
]


@pytest.mark.parametrize("topology", ["sidecar", "isolated"])
def test_nothing_is_broken_before(topology: str) -> None:
    assert breaches(changed(unchanged, topology)) == []


@pytest.mark.parametrize(("name", "change"), CASES)
def test_an_invariant_is_broken_by(name: str, change: Change) -> None:
    assert list(INVARIANTS[name](changed(change)))


def test_sockets_have_no_place_in_the_isolated_topology() -> None:
    def change(objects: Objects) -> None:
        objects.pod()["volumes"].append({"name": "socket-vault", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}})
        mounts("controller", "socket-vault")(objects)

    says = list(INVARIANTS["a_socket_is_shared_by_two"](changed(change, "isolated")))
    assert "controller: volume socket-vault is a socket in the isolated topology" in says


def test_every_invariant_has_a_case() -> None:
    assert set(WORSE) == set(INVARIANTS)
