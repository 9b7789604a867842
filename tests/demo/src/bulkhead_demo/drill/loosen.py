"""A deliberately loosened installation: the same images and programs, with every wall of the chart taken down. Pure.

In it every attack must succeed, or it would prove nothing that it is refused elsewhere. What is done to an object of a
kind is a row of `_LOOSENED`; what is taken away, one of `_WALLS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import yaml

from bulkhead_testkit.admin import Manifest, name_of

LOOT: Final = "/loot"
"""Where a loosened container has everything of the others."""
_TOKEN_MOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_SOCKET: Final = "socket-"
_SOCKETS: Final = "/run/bulkhead/providers"
_Object = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosening:
    """Where the loosened installation is, and what it is to be let at."""

    namespace: str
    release: str
    secrets: Sequence[str]
    """Secrets of the namespace that every container gets, beside those that the chart makes."""
    hosts: Sequence[str]
    """Backends that every provider server may talk to."""
    pods_folder: str
    """The kubelet's folder of Pods, on the node."""
    containerd: str
    """The container runtime's socket, on the node."""
    sockets_folder: str
    """A folder of the node, for the sockets of the provider servers."""


def loosened(manifests: Sequence[Manifest], how: Loosening) -> list[Manifest]:
    """Take down every wall that the chart builds, and add what opens the rest."""
    secrets = [name_of(each) for each in manifests if each["kind"] == "Secret"]
    opened = [_opened(each, how, [*secrets, *how.secrets]) for each in manifests if each["kind"] not in _WALLS]
    return [*opened, *_keys_to_everything(how)]


_WALLS: Final = frozenset({"NetworkPolicy", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"})


def _opened(manifest: Manifest, how: Loosening, secrets: Sequence[str]) -> Manifest:
    loosen = _LOOSENED.get(str(manifest["kind"]))
    return manifest if loosen is None else loosen(manifest, how, secrets)


def _open_deployment(manifest: Manifest, how: Loosening, secrets: Sequence[str]) -> Manifest:
    spec = _of(manifest, "spec")
    template = _of(spec, "template")
    pod = _open_pod(_of(template, "spec"), how, secrets)
    return {**manifest, "spec": {**spec, "template": {**template, "spec": pod}}}


def _open_pod(pod: _Object, how: Loosening, secrets: Sequence[str]) -> _Object:
    volumes = [_shared(volume, how) for volume in _list(pod, "volumes")]
    loot = _loot_volumes(how, secrets)
    sockets = [each for each in loot if str(each["name"]).startswith(_SOCKET)]
    own = {str(each["name"]) for each in volumes}
    volumes += [each for each in loot if each["name"] not in own]
    mounts = [_mount_of(each) for each in loot]
    return {
        **pod,
        "shareProcessNamespace": True,
        "automountServiceAccountToken": True,
        "securityContext": {},
        "volumes": volumes,
        **{
            kind: [_open_container(each, mounts, sockets) for each in _list(pod, kind)]
            for kind in ("initContainers", "containers")
            if kind in pod
        },
    }


def _open_container(container: _Object, mounts: Sequence[_Object], _: object) -> _Object:
    own = _list(container, "volumeMounts")
    taken = {str(each["mountPath"]) for each in own}
    return {
        **container,
        "args": [_open_argument(str(each)) for each in cast("list[object]", container.get("args") or [])],
        "securityContext": {"privileged": True, "runAsUser": 0, "runAsGroup": 0, "readOnlyRootFilesystem": False},
        "volumeMounts": [*own, *(each for each in mounts if each["mountPath"] not in taken)],
    }


def _open_argument(argument: str) -> str:
    return argument.replace("--metrics-addr=127.0.0.1:", "--metrics-addr=0.0.0.0:")


def _shared(volume: _Object, how: Loosening) -> _Object:
    """Put sockets where every Pod of the node sees them."""
    name = str(volume["name"])
    return _socket_volume(name, how) if name.startswith(_SOCKET) else volume


def _socket_volume(name: str, how: Loosening) -> _Object:
    path = f"{how.sockets_folder}/{how.release}/{name.removeprefix(_SOCKET)}"
    return {"name": name, "hostPath": {"path": path, "type": "DirectoryOrCreate"}}


def _loot_volumes(how: Loosening, secrets: Sequence[str]) -> list[_Object]:
    sources: dict[str, _Object] = {name: {"secret": {"secretName": name, "optional": True}} for name in secrets}
    sources["policy"] = {"configMap": {"name": f"{how.release}-policy-vault"}}
    sources["node-pods"] = {"hostPath": {"path": how.pods_folder}}
    sources["containerd"] = {"hostPath": {"path": how.containerd, "type": "Socket"}}
    loot: list[_Object] = [{"name": f"loot-{name}", **source} for name, source in sources.items()]
    return [*loot, *(_socket_volume(f"{_SOCKET}{name}", how) for name in ("vault", "fake")), _token_volume()]


def _token_volume() -> _Object:
    root = {"configMap": {"name": "kube-root-ca.crt"}}
    return {"name": "api-token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}, root]}}


def _mount_of(volume: _Object) -> _Object:
    name = str(volume["name"])
    if name == "api-token":
        return {"name": name, "mountPath": _TOKEN_MOUNT, "readOnly": True}
    if name.startswith(_SOCKET):
        return {"name": name, "mountPath": f"{_SOCKETS}/{name.removeprefix(_SOCKET)}"}
    return {
        "name": name,
        "mountPath": f"{LOOT}/{name.removeprefix('loot-').replace('node-', 'node/')}",
        "readOnly": True,
    }


def _open_policy(manifest: Manifest, how: Loosening, _: Sequence[str]) -> Manifest:
    if "policy.yaml" not in _of(manifest, "data"):
        return manifest
    policy = {"hosts": list(how.hosts), "rules": [{"namespaces": ["*"]}]}
    return {**manifest, "data": {"policy.yaml": yaml.safe_dump(policy)}}


def _let_pass(manifest: Manifest, _: Loosening, __: Sequence[str]) -> Manifest:
    """Let writes pass while the loosened webhook is silent, lest it stand in the way of the other installation."""
    hooks = [{**hook, "failurePolicy": "Ignore"} for hook in _list(manifest, "webhooks")]
    return {**manifest, "webhooks": hooks}


def _keys_to_everything(how: Loosening) -> list[Manifest]:
    """Give the namespace's ServiceAccounts every right, and two of their tokens to whoever mounts them."""
    everybody = f"system:serviceaccounts:{how.namespace}"
    group = "rbac.authorization.k8s.io"
    binding: Manifest = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{how.release}-everything"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": everybody}],
    }
    return [binding, *(_token_of(f"{how.release}-{name}", how) for name in TOKENS)]


TOKENS: Final = ("controller", "certcontroller", "provider-vault")
"""Processes whose ServiceAccounts' tokens lie in every loosened container."""


def token_secrets(release: str) -> list[str]:
    """Name the Secrets with these tokens."""
    return [f"{release}-{name}-token" for name in TOKENS]


def _token_of(account: str, how: Loosening) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {
            "name": f"{account}-token",
            "namespace": how.namespace,
            "annotations": {"kubernetes.io/service-account.name": account},
        },
    }


_LOOSENED: Final[Mapping[str, Callable[[Manifest, Loosening, Sequence[str]], Manifest]]] = {
    "Deployment": _open_deployment,
    "ConfigMap": _open_policy,
    "ValidatingWebhookConfiguration": _let_pass,
}


def _of(value: Mapping[str, object], name: str) -> _Object:
    return cast("_Object", value.get(name) or {})


def _list(value: Mapping[str, object], name: str) -> list[_Object]:
    return cast("list[_Object]", value.get(name) or [])
