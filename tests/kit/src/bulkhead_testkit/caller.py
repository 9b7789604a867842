"""Callers of a real API server with a token, for tests of what rights and policies let through.

Such a test sends what no client of ours would send, so it speaks HTTP by hand; and each Secret that it lays holds a
canary, so that an answer which gives one away is seen.
"""

import http.client
import json
import ssl
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec
import yaml

from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.kubeconfig import request_token

CANARY: Final = "canary-3e1f9a"
"""The value of every Secret that `secret` builds, unless it says another."""
MANAGED: Final = {"reconcile.external-secrets.io/managed": "true"}
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
METADATA_ONLY: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_CANARY_ENCODED: Final = b64encode(CANARY.encode()).decode()
_TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the API server answered."""

    status: int
    text: str
    warnings: tuple[str, ...] = ()
    """What it warned of, as the headers have it; quoted."""

    def holds_a_secret(self) -> bool:
        """Say whether the canary came out."""
        return CANARY in self.text or _CANARY_ENCODED in self.text


class Meta(msgspec.Struct, rename="camel"):
    """What tests look at of an object's metadata."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""


class Stored(msgspec.Struct):
    """Any object."""

    metadata: Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody with credentials for the API server."""

    server: str
    tls: ssl.SSLContext
    token: str = ""
    """Empty means that the client certificate of `tls` says who calls."""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = JSON,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; `body` is sent as JSON, and `headers` come on top of the usual ones."""
        address = urlsplit(self.server)
        connection = http.client.HTTPSConnection(address.netloc, context=self.tls, timeout=_TIMEOUT_S)
        sent = {"Content-Type": content_type, "Accept": accept, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            warnings = tuple(answer.headers.get_all("Warning", ()))
            return Reply(status=answer.status, text=answer.read().decode(), warnings=warnings)
        finally:
            connection.close()

    def make(self, path: str, body: object) -> Meta:
        """Create an object, which must work."""
        reply = self.call("POST", path, body)
        assert reply.status == http.client.CREATED, reply.text
        return msgspec.json.decode(reply.text, type=Stored).metadata


def admin_of(plane: ControlPlane) -> Caller:
    """Give the caller who may do all."""
    user = yaml.safe_load(plane.admin_kubeconfig.read_text())["users"][0]["user"]
    tls = ssl.create_default_context(cafile=str(plane.ca_file))
    tls.load_cert_chain(user["client-certificate"], user["client-key"])
    return Caller(server=plane.server, tls=tls)


def caller_as(plane: ControlPlane, service_account: str, *, namespace: str = "bulkhead-system") -> Caller:
    """Give a caller with a token of the ServiceAccount."""
    token = request_token(plane.admin_kubeconfig, namespace=namespace, name=service_account)
    tls = ssl.create_default_context(cafile=str(plane.ca_file))
    return Caller(server=plane.server, tls=tls, token=token.value.reveal().decode())


def owner(name: str, *, kind: str = "ExternalSecret", uid: str = "1c5b8e7e-0000-4000-8000-000000000001") -> object:
    """Build the ownerReference of a controller object; the garbage collector knows the default uid as nobody's."""
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def secret(
    name: str,
    *,
    value: str = CANARY,
    labels: Mapping[str, str] = MANAGED,
    owners: Sequence[object] = (),
    finalizers: Sequence[str] = (),
    type_: str = "Opaque",
    annotations: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Build a Secret with one key."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": type_,
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": annotations or {},
            "ownerReferences": owners,
            "finalizers": finalizers,
        },
        "data": {"password": b64encode(value.encode()).decode()},
    }
