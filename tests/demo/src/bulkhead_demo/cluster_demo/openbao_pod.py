"""OpenBao as a Pod, as a cluster has it: sealed at its start, TLS only, reached through its Service.

It is set up through the API server's proxy for Services, as no other way leads into every cluster.
"""

import base64
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.cluster_demo.objects import namespace
from bulkhead_testkit.admin import Admin, AdminError, Manifest, wait_for
from bulkhead_testkit.planecerts import Authority

NAMESPACE: Final = "openbao"
_NAME: Final = "openbao"
_PORT: Final = 8200
_USER: Final = 65532
_READY_S: Final = 120
LABELS: Final = {"app.kubernetes.io/name": _NAME}


class _Initialized(msgspec.Struct, frozen=True, kw_only=True):
    keys: list[str]
    root_token: str


class _Auth(msgspec.Struct, frozen=True, kw_only=True):
    client_token: str


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    auth: _Auth


class OpenBaoPod:
    """One OpenBao in a namespace of its own, with storage that ends with its Pod."""

    def __init__(self, admin: Admin, *, image: str, namespace: str = NAMESPACE) -> None:
        """Describe it; nothing is made yet.

        Args:
            admin: full rights on the cluster.
            image: reference of an image with `/usr/bin/bao`.
            namespace: one of its own.
        """
        self._admin = admin
        self._namespace = namespace
        self._host = f"{_NAME}.{namespace}.svc"
        self._image = image
        self._root_token = ""
        self.roots = ""
        """PEM of the CA that signed its certificate; there once `start` has been called."""

    @property
    def address(self) -> str:
        """Its URL inside the cluster."""
        return f"https://{self._host}:{_PORT}"

    def start(self) -> None:
        """Make its Pod, wait for it, and set up its storage.

        Raises:
            AdminError: it did not answer in time.
        """
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(_NAME, Path(folder))
            pair = authority.issue_server(_NAME, dns_names=[self._host])
            self.roots = authority.ca_file.read_text()
            files = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
        for manifest in _manifests(self._namespace, self._image, files):
            self._admin.apply(manifest)
        wait_for(lambda: self._answers("GET", "sys/init"), what="OpenBao's Pod answers", timeout_s=_READY_S)
        made = msgspec.json.decode(
            self._call("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1}), type=_Initialized
        )
        self._call("PUT", "sys/unseal", {"key": made.keys[0]})
        self._root_token = made.root_token
        wait_for(lambda: self._answers("GET", "sys/health"), what="OpenBao is unsealed", timeout_s=_READY_S)

    def enable_kv(self, mount: str) -> None:
        """Mount a KV secrets engine of version 2 and wait until it can be used."""
        wait_for(
            lambda: self._answers("POST", f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "2"}}),
            what=f"OpenBao mounts {mount}",
        )
        wait_for(lambda: self._answers("GET", f"{mount}/config"), what=f"{mount} is ready")

    def put(self, mount: str, key: str, fields: Mapping[str, object]) -> None:
        """Write a secret, as its next version."""
        self._call("POST", f"{mount}/data/{key}", {"data": dict(fields)})

    def put_metadata(self, mount: str, key: str, metadata: Mapping[str, str]) -> None:
        """Replace the custom metadata of a secret."""
        self._call("POST", f"{mount}/metadata/{key}", {"custom_metadata": dict(metadata)})

    def create_token(self, mount: str) -> str:
        """Make a token that reads and lists all of a KV mount and has no other right."""
        return self.create_token_for(mount, {f"{mount}/data/*": ["read"], f"{mount}/metadata/*": ["read", "list"]})

    def create_token_for(self, policy: str, rules: Mapping[str, Sequence[str]]) -> str:
        """Make a token with a policy of its own.

        Args:
            policy: its name.
            rules: what it allows: capabilities by path.
        """
        paths = {path: {"capabilities": list(capabilities)} for path, capabilities in rules.items()}
        self._call("PUT", f"sys/policies/acl/{policy}", {"policy": json.dumps({"path": paths})})
        made = self._call("POST", "auth/token/create-orphan", {"policies": [policy], "ttl": "4h"})
        return msgspec.json.decode(made, type=_Made).auth.client_token

    def remove(self) -> None:
        """Delete its namespace and all that is in it."""
        self._admin.delete(namespace(self._namespace))

    def _answers(self, method: str, path: str, body: object = None) -> bool | None:
        try:
            self._call(method, path, body)
        except AdminError:
            return None
        return True

    def _call(self, method: str, path: str, body: object = None) -> bytes:
        return self._admin.request(
            method,
            f"/api/v1/namespaces/{self._namespace}/services/https:{_NAME}:{_PORT}/proxy/v1/{path}",
            body=body,
            headers={"X-Vault-Token": self._root_token} if self._root_token else {},
        )


def _manifests(where: str, image: str, tls: Mapping[str, str]) -> list[Manifest]:
    """Give all of it, in the order in which it can be made."""
    place = {"name": _NAME, "namespace": where, "labels": LABELS}
    return [
        namespace(where, enforced="restricted"),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": place,
            "data": {name: base64.b64encode(text.encode()).decode() for name, text in tls.items()},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": place,
            "data": {"config.json": json.dumps(_configuration(where), indent=2)},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {"selector": LABELS, "ports": [{"name": "https", "port": _PORT, "targetPort": _PORT}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": place,
            "spec": {
                "replicas": 1,
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": _pod(image)},
            },
        },
    ]  # fmt: skip


def _pod(image: str) -> dict[str, object]:
    container = {
        "name": _NAME,
        "image": image,
        "args": ["server", "-log-level=warn", "-config=/etc/openbao/config.json"],
        "ports": [{"containerPort": _PORT}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/openbao", "readOnly": True},
            {"name": "tls", "mountPath": "/var/run/openbao/tls", "readOnly": True},
            {"name": "data", "mountPath": "/var/lib/openbao"},
        ],
    }
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "config", "configMap": {"name": _NAME}},
            {"name": "tls", "secret": {"secretName": _NAME, "defaultMode": 0o440}},
            {"name": "data", "emptyDir": {"sizeLimit": "256Mi"}},
        ],
    }


def _configuration(namespace: str) -> dict[str, object]:
    listener = {
        "address": f"0.0.0.0:{_PORT}",
        "cluster_address": "127.0.0.1:8201",
        "tls_cert_file": "/var/run/openbao/tls/tls.crt",
        "tls_key_file": "/var/run/openbao/tls/tls.key",
    }
    return {
        "storage": {"raft": {"path": "/var/lib/openbao", "node_id": "only", "performance_multiplier": "1"}},
        "listener": {"tcp": listener},
        "api_addr": f"https://{_NAME}.{namespace}.svc:{_PORT}",
        "cluster_addr": "https://127.0.0.1:8201",
    }
