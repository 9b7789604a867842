"""The seam to the API server for objects of any kind, which are written where generic targets are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from bulkhead_api.external_secret import ManifestRef
from bulkhead_api.manifest import LiveManifest, Manifest
from bulkhead_runtime.kube.events import ObjectKey


class ApiResource(msgspec.Struct, frozen=True, kw_only=True):
    """What the API server says of one resource of a group and version. Source: meta/v1 APIResource."""

    name: str
    """Its plural; a subresource has a slash."""
    kind: str
    namespaced: bool = False
    verbs: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Where objects of a kind are."""

    kind: ManifestRef
    plural: str

    def __str__(self) -> str:
        return f"{self.plural}.{self.kind.group}" if self.kind.group else self.plural


class Objects(Protocol):
    """Calls to the API server. Every method raises `ApiError`, whose text may quote the object: it is never shown."""

    async def resources(self, api_version: str) -> Sequence[ApiResource]:
        """Ask what a group and version has; NotFoundError if it is not served."""

    async def read(self, resource: Resource, key: ObjectKey) -> LiveManifest:
        """Read an object; NotFoundError if it does not exist."""

    async def create(self, resource: Resource, manifest: Manifest, *, field_manager: str) -> LiveManifest:
        """Create an object; ConflictError if it exists. Gives it as stored."""

    async def replace(self, resource: Resource, manifest: Manifest, *, field_manager: str) -> LiveManifest:
        """Replace an object that is as its resourceVersion says; ConflictError if it is not. Gives it as stored."""

    async def delete(self, resource: Resource, key: ObjectKey, *, uid: str) -> None:
        """Delete an object if it has this uid; ConflictError if it has another."""

    async def may_follow(self, resource: Resource, namespace: str) -> bool:
        """Say whether this process may list and watch; an empty namespace means all."""
