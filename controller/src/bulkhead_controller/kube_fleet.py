"""`Fleet` on the real API server: paths and bodies."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bulkhead_api import cluster_external_secret, external_secret
from bulkhead_api.cluster_external_secret import (
    ClusterExternalSecretCondition,
    ClusterExternalSecretStatus,
    FailedNamespace,
)
from bulkhead_api.external_secret import API_VERSION
from bulkhead_api.meta import Condition, ObjectMeta, PartialObject
from bulkhead_api.namespace import NAMESPACE_PLURAL
from bulkhead_api.push_secret import CLUSTER_PUSH_SECRET_PLURAL, PUSH_API_VERSION, PUSH_SECRET_PLURAL
from bulkhead_controller.clusterexternalsecret.plan import Child
from bulkhead_controller.fleet import PushKey, PushKind
from bulkhead_controller.merge_patch import patch_finalizers, patch_status
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path

_PUSH_PLURALS: Final = {
    PushKind.PUSH_SECRET: PUSH_SECRET_PLURAL,
    PushKind.CLUSTER_PUSH_SECRET: CLUSTER_PUSH_SECRET_PLURAL,
}


class _ChildBody(msgspec.Struct, kw_only=True, rename="camel"):
    api_version: str = API_VERSION
    kind: str = external_secret.KIND
    metadata: ObjectMeta
    spec: msgspec.Raw


class _OwnerStatus(msgspec.Struct, kw_only=True, rename="camel"):
    """A status in a merge patch, where null takes a list away and an absent one would stay."""

    external_secret_name: str
    failed_namespaces: list[FailedNamespace] | None
    provisioned_namespaces: list[str] | None
    conditions: list[ClusterExternalSecretCondition]


class _Conditions(msgspec.Struct, kw_only=True):
    conditions: list[Condition]


_encode: Final = msgspec.json.Encoder().encode


class KubeFleet:
    """The controller's writes, under its own ServiceAccount. Implements `fleet.Fleet`."""

    def __init__(self, client: KubeClient) -> None:
        """Write through `client`."""
        self._client = client

    async def create_external_secret(self, child: Child) -> ObjectMeta:
        """Create a child; see `Fleet.create_external_secret`."""
        path = resource_path(API_VERSION, external_secret.PLURAL, namespace=child.metadata.namespace)
        reply = await self._client.post(path, _body(child), PartialObject, accept=METADATA_ONLY)
        return reply.metadata

    async def replace_external_secret(self, child: Child) -> ObjectMeta:
        """Replace a child; see `Fleet.replace_external_secret`."""
        path = _external_secret_path(ObjectKey(child.metadata.namespace, child.metadata.name))
        reply = await self._client.put(path, _body(child), PartialObject, accept=METADATA_ONLY)
        return reply.metadata

    async def delete_external_secret(self, key: ObjectKey, *, uid: str) -> None:
        """Delete a child; see `Fleet.delete_external_secret`."""
        await self._client.delete(_external_secret_path(key), uid=uid)

    async def patch_owner_status(
        self, name: str, *, resource_version: str, status: ClusterExternalSecretStatus
    ) -> ObjectMeta:
        """Set the status of a ClusterExternalSecret; see `Fleet.patch_owner_status`."""
        path = resource_path(API_VERSION, cluster_external_secret.PLURAL, name=name, subresource="status")
        sent = _OwnerStatus(
            external_secret_name=status.external_secret_name,
            failed_namespaces=status.failed_namespaces or None,
            provisioned_namespaces=status.provisioned_namespaces or None,
            conditions=status.conditions,
        )
        return await patch_status(self._client, path, resource_version=resource_version, status=sent)

    async def patch_owner_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> ObjectMeta:
        """Set the finalizers of a ClusterExternalSecret; see `Fleet.patch_owner_finalizers`."""
        path = resource_path(API_VERSION, cluster_external_secret.PLURAL, name=name)
        return await patch_finalizers(self._client, path, resource_version=resource_version, finalizers=finalizers)

    async def patch_namespace_finalizers(
        self, name: str, *, resource_version: str, finalizers: Sequence[str]
    ) -> ObjectMeta:
        """Set the finalizers of a Namespace; see `Fleet.patch_namespace_finalizers`."""
        path = resource_path("v1", NAMESPACE_PLURAL, name=name)
        return await patch_finalizers(self._client, path, resource_version=resource_version, finalizers=finalizers)

    async def patch_push_conditions(
        self, key: PushKey, *, resource_version: str, conditions: Sequence[Condition]
    ) -> ObjectMeta:
        """Set the conditions of an object that pushes; see `Fleet.patch_push_conditions`."""
        path = resource_path(
            PUSH_API_VERSION, _PUSH_PLURALS[key.kind], namespace=key.namespace, name=key.name, subresource="status"
        )
        return await patch_status(
            self._client, path, resource_version=resource_version, status=_Conditions(conditions=list(conditions))
        )


def _body(child: Child) -> bytes:
    return _encode(_ChildBody(metadata=child.metadata, spec=child.spec))


def _external_secret_path(key: ObjectKey) -> str:
    return resource_path(API_VERSION, external_secret.PLURAL, namespace=key.namespace, name=key.name)
