"""The seam to the API server for what is not one ExternalSecret and its store: cluster kinds, namespaces, PushSecrets.

Together with `cluster.Cluster` these are all writes that the controller does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bulkhead_api.cluster_external_secret import ClusterExternalSecretStatus
from bulkhead_api.meta import Condition, ObjectMeta
from bulkhead_controller.clusterexternalsecret.plan import Child
from bulkhead_runtime.kube.events import ObjectKey


class PushKind(StrEnum):
    """The kinds that push secrets to a backend."""

    PUSH_SECRET = "PushSecret"
    CLUSTER_PUSH_SECRET = "ClusterPushSecret"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushKey:
    """Names one object of either kind."""

    kind: PushKind
    namespace: str
    """Empty for a ClusterPushSecret."""
    name: str


class Fleet(Protocol):
    """Writes to the API server. Every method raises `ApiError`; a resourceVersion that is old means ConflictError."""

    async def create_external_secret(self, child: Child) -> ObjectMeta:
        """Create a child; ConflictError if there is one of its name."""

    async def replace_external_secret(self, child: Child) -> ObjectMeta:
        """Replace a child if it is unchanged."""

    async def delete_external_secret(self, key: ObjectKey, *, uid: str) -> None:
        """Delete a child if it has this uid; ConflictError if it has another."""

    async def patch_owner_status(
        self, name: str, *, resource_version: str, status: ClusterExternalSecretStatus
    ) -> ObjectMeta:
        """Set the status of a ClusterExternalSecret if it is unchanged."""

    async def patch_owner_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> ObjectMeta:
        """Set the finalizers of a ClusterExternalSecret if it is unchanged."""

    async def patch_namespace_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> ObjectMeta:
        """Set the finalizers in the metadata of a Namespace if it is unchanged."""

    async def patch_push_conditions(
        self, key: PushKey, *, resource_version: str, conditions: Sequence[Condition]
    ) -> ObjectMeta:
        """Set the conditions of a PushSecret or ClusterPushSecret if it is unchanged."""
