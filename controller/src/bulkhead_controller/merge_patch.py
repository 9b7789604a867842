"""Merge patches that fail if the object was changed since it was read."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bulkhead_api.meta import ObjectMeta, PartialObject
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient

_encode: Final = msgspec.json.Encoder().encode


class _Guard(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """Metadata in a merge patch: a resourceVersion that is not the stored object's makes the patch fail.

    A uid would not do: the API server takes an object's metadata from the stored one before it looks at a status patch.
    """

    resource_version: str
    finalizers: list[str] | msgspec.UnsetType = msgspec.UNSET


class _StatusPatch(msgspec.Struct, kw_only=True):
    metadata: _Guard
    status: msgspec.Struct


class _MetadataPatch(msgspec.Struct, kw_only=True):
    metadata: _Guard


async def patch_status(client: KubeClient, path: str, *, resource_version: str, status: msgspec.Struct) -> ObjectMeta:
    """Set what `status` holds; `path` is that of the subresource. Raises: as `KubeClient.merge_patch`."""
    return await _patch(client, path, _StatusPatch(metadata=_Guard(resource_version=resource_version), status=status))


async def patch_finalizers(
    client: KubeClient, path: str, *, resource_version: str, finalizers: Sequence[str]
) -> ObjectMeta:
    """Set the finalizers in the metadata. Raises: as `KubeClient.merge_patch`."""
    guard = _Guard(resource_version=resource_version, finalizers=list(finalizers))
    return await _patch(client, path, _MetadataPatch(metadata=guard))


async def _patch(client: KubeClient, path: str, patch: _StatusPatch | _MetadataPatch) -> ObjectMeta:
    reply = await client.merge_patch(path, _encode(patch), PartialObject, accept=METADATA_ONLY)
    return reply.metadata
