"""What the thieves are after, outside of the installations: a team, its Pod, a backend of others and the node. Pure."""

import base64
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_testkit.admin import Manifest

TEAM: Final = "drill-team"
STRANGERS: Final = "drill-strangers"
"""A namespace that no policy names."""
NAMED: Final = "named-for-vault"
"""The one Secret that the vault provider may get."""
PAYROLL: Final = "salaries-of-everybody"
BACKEND: Final = "drill-openbao"
"""The namespace of the vault provider's backend."""
OTHER_HOST: Final = f"other-backend.{STRANGERS}.svc"
PORTS: Final = ("8080", "443")
"""Where the stranger listens."""
NODE_PORTS: Final = ("22", "2379", "10255")
"""Of the node: what would be sshd, etcd and the kubelet without authentication."""
_PROGRAM: Final = (Path(__file__).parent / "stand_in.py").read_text()
_RUNTIME: Final = "/usr/bin/python3"
_MANAGED: Final = {"reconcile.external-secrets.io/managed": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """What the victims are made of."""

    image: str
    """Reference of an image with Python."""
    certificate: Mapping[str, str]
    """`tls.crt` and `tls.key` of the other backend."""
    csr: str
    """A request for a certificate, base64 of PEM."""


def victims(props: Props) -> Sequence[Manifest]:
    """Give everything, in the order in which it can be made."""
    return [
        _namespace(TEAM, enforce="baseline"),
        _namespace(STRANGERS, enforce="privileged"),
        _secret(TEAM, "payroll", {"list": PAYROLL}),
        _secret(TEAM, NAMED, {"token": "for-a-store-that-names-it"}),
        _secret(STRANGERS, "other-backend", props.certificate),
        *_stranger(props.image),
        *_other_backend(props.image),
        _pod(STRANGERS, "node", _node_spec(props.image)),
        *cluster_wide(csr=props.csr),
    ]


def cluster_wide(*, csr: str) -> Sequence[Manifest]:
    """Give what of it is in no namespace; `csr` as in `Props`."""
    return [*_fence(), _asked(csr)]


def managed_secret(name: str, owner: str, uid: str) -> Manifest:
    """Give a Secret that an ExternalSecret controls, as the controller writes it."""
    reference = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "name": owner,
        "uid": uid,
        "controller": True,
    }
    made = _secret(TEAM, name, {"key": "value"})
    metadata = {"name": name, "namespace": TEAM, "labels": _MANAGED, "ownerReferences": [reference]}
    return {**made, "metadata": metadata}


def store(name: str, *, controller: str, server: str, roots: str) -> Manifest:
    """Give the team's store at the vault provider, for the controllers of a class."""
    vault = {"server": server, "path": "secret", "version": "v2", "caBundle": base64.b64encode(roots.encode()).decode()}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": name, "namespace": TEAM},
        "spec": {"controller": controller, "provider": {"vault": vault}},
    }


def external_secret(name: str, *, store: str) -> Manifest:
    """Give an ExternalSecret of the team."""
    ref = {"key": "shop/database", "property": "password"}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": TEAM},
        "spec": {"secretStoreRef": {"name": store}, "data": [{"secretKey": "password", "remoteRef": ref}]},
    }


def _stranger(image: str) -> Sequence[Manifest]:
    """Give a Pod of the team, with its Secret mounted, and its Service."""
    volume = {"name": "payroll", "secret": {"secretName": "payroll"}}
    container = {
        **_container(image, "stranger", "0.0.0.0", *PORTS),
        "volumeMounts": [{"name": "payroll", "mountPath": "/payroll", "readOnly": True}],
    }
    # Whoever runs as an ordinary user may listen at low ports then, in this Pod alone.
    sysctl = {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}
    spec = {"containers": [container], "volumes": [volume], "securityContext": {"sysctls": [sysctl], **_ORDINARY}}
    return [_pod(TEAM, "stranger", spec), _service(TEAM, "stranger", 8080)]


def _other_backend(image: str) -> Sequence[Manifest]:
    volume = {"name": "tls", "secret": {"secretName": "other-backend"}}
    container = {
        **_container(image, "backend", "0.0.0.0", "8200"),
        "volumeMounts": [{"name": "tls", "mountPath": "/var/run/stand-in", "readOnly": True}],
    }
    spec = {"containers": [container], "volumes": [volume], "securityContext": _ORDINARY}
    return [_pod(STRANGERS, "other-backend", spec), _service(STRANGERS, "other-backend", 8200)]


def _node_spec(image: str) -> Mapping[str, object]:
    container = {
        **_container(image, "node", "$(NODE)", *NODE_PORTS),
        "env": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}],
        "securityContext": {"privileged": True, "runAsUser": 0},
    }
    return {"containers": [container], "hostNetwork": True, "terminationGracePeriodSeconds": 5}


_ORDINARY: Final = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}


def _container(image: str, *arguments: str) -> dict[str, object]:
    return {
        "name": arguments[0],
        "image": image,
        "command": [_RUNTIME, "-I", "-c", textwrap.dedent(_PROGRAM), *arguments],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "128Mi"}},
    }


def _pod(namespace: str, name: str, spec: Mapping[str, object]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"drill": name}},
        "spec": {"automountServiceAccountToken": False, "enableServiceLinks": False, **spec},
    }


def _service(namespace: str, name: str, port: int) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"drill": name}, "ports": [{"port": port, "targetPort": port}]},
    }


def _namespace(name: str, *, enforce: str) -> Manifest:
    labels = {"pod-security.kubernetes.io/enforce": enforce}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _secret(namespace: str, name: str, data: Mapping[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


def _fence() -> Sequence[Manifest]:
    """Give what others rely on: an admission policy that refuses nothing, and a webhook that judges nothing."""
    group = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": ["drill.example.com"], "apiVersions": ["*"], "resources": ["*"], "operations": ["CREATE"]}
    policy = {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "true"}],
        "failurePolicy": "Ignore",
    }
    return [
        _cluster_wide(group, "ValidatingAdmissionPolicy", "drill-guard", spec=policy),
        _cluster_wide(
            group,
            "ValidatingAdmissionPolicyBinding",
            "drill-guard",
            spec={"policyName": "drill-guard", "validationActions": ["Deny"]},
        ),
        _cluster_wide(group, "ValidatingWebhookConfiguration", "drill-others", webhooks=[]),
    ]


def _asked(csr: str) -> Manifest:
    spec = {"request": csr, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}
    return _cluster_wide("certificates.k8s.io/v1", "CertificateSigningRequest", "drill-asked", spec=spec)


def _cluster_wide(api_version: str, kind: str, name: str, **more: object) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **more}
