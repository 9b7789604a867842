"""Has a real API server judge what the chart renders, without storing it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from kubernetes import client

from bulkhead_testkit.admin import Manifest, name_of, path_of

_FOREIGN: Final[Mapping[str, str]] = {
    "Certificate": "cert-manager.io/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "PodMonitor": "monitoring.coreos.com/v1",
}
"""The kinds of others that the chart renders."""


class _Template(msgspec.Struct, frozen=True, kw_only=True):
    metadata: dict[str, object]
    spec: dict[str, object]


class _Spec(msgspec.Struct, frozen=True, kw_only=True):
    template: _Template


class _Deployment(msgspec.Struct, frozen=True, kw_only=True):
    spec: _Spec


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    message: str = ""


@dataclass(slots=True)
class DryRun:
    """Sends objects as dry runs over connections that stay open; what was taken once is not sent again."""

    api: client.ApiClient
    namespace: str
    """In which Pods are tried."""
    taken: set[bytes] = field(default_factory=set)

    def refusals(self, objects: Sequence[Manifest]) -> list[str]:
        """Give what the API server refuses or warns of; the Pod of a Deployment is tried as a Pod, too."""
        found: list[str] = []
        for each in objects:
            found += self._judged(each)
            if each["kind"] == "Deployment":
                # Of a Deployment whose Pods are not restricted enough the API server only warns.
                found += self._judged(_pod_of(each, self.namespace))
        return found

    def _judged(self, manifest: Manifest) -> Iterator[str]:
        body = msgspec.json.encode(manifest, order="deterministic")
        digest = hashlib.sha256(body).digest()
        if digest in self.taken:
            return
        place = path_of(manifest).rpartition("/")[0]
        answer = self.api.rest_client.pool_manager.request(
            "POST",
            f"{self.api.configuration.host}{place}?dryRun=All&fieldValidation=Strict",
            body=body,
            headers={"Content-Type": "application/json"},
        )
        where = f"{manifest['kind']} {name_of(manifest)}"
        if answer.status != 201:
            yield f"{where}: {msgspec.json.decode(answer.data, type=_Refusal).message}"
        elif "Warning" in answer.headers:
            yield f"{where}: {answer.headers['Warning']}"
        else:
            self.taken.add(digest)


def _pod_of(manifest: Manifest, namespace: str) -> Manifest:
    """Give the Pod of a Deployment; with an account that is there, as nothing of the release is."""
    template = msgspec.convert(manifest, _Deployment).spec.template
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template.metadata, "name": "tried", "namespace": namespace},
        "spec": {**template.spec, "serviceAccountName": "default"},
    }


def foreign_definitions() -> Iterator[Manifest]:
    """Give definitions of the kinds of others, which take any content."""
    for kind, api_version in _FOREIGN.items():
        group, _, version = api_version.partition("/")
        plural = f"{kind.lower()}s"
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        yield {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
                "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
            },
        }
