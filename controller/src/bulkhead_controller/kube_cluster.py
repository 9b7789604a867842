"""`Cluster` on the real API server: paths, bodies and queries of the controller's calls."""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import API_VERSION, PLURAL, ExternalSecretStatus, StoreKind
from bulkhead_api.meta import ObjectMeta, PartialObject
from bulkhead_api.secret import LiveSecret, Secret, decode_secret, encode_secret
from bulkhead_api.secret_store import CLUSTER_SECRET_STORE_PLURAL, SECRET_STORE_PLURAL, SecretStoreStatus
from bulkhead_controller.cluster import EventNote
from bulkhead_controller.merge_patch import patch_finalizers, patch_status
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path

_STORE_PLURALS: Final = {
    StoreKind.SECRET_STORE: SECRET_STORE_PLURAL,
    StoreKind.CLUSTER_SECRET_STORE: CLUSTER_SECRET_STORE_PLURAL,
}
_MAX_EVENT_NAME_CHARS: Final = 253
_MAX_EVENT_MESSAGE_CHARS: Final = 1024


class _InvolvedObject(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    api_version: str
    kind: str
    namespace: str = ""
    name: str
    uid: str
    resource_version: str = ""


class _EventSource(msgspec.Struct, kw_only=True):
    component: str


class _Event(msgspec.Struct, kw_only=True, rename="camel"):
    api_version: str
    kind: str
    metadata: ObjectMeta
    involved_object: _InvolvedObject
    reason: str
    message: str
    source: _EventSource
    reporting_component: str
    reporting_instance: str = ""
    type: str
    count: int
    first_timestamp: datetime
    last_timestamp: datetime


_encode: Final = msgspec.json.Encoder().encode


class KubeCluster:
    """The controller's writes, under its own ServiceAccount. Implements `cluster.Cluster`."""

    def __init__(self, client: KubeClient, *, now: Callable[[], datetime]) -> None:
        """Write through `client`; `now` gives UTC for the times of events."""
        self._client = client
        self._now = now

    async def read_secret(self, key: ObjectKey) -> LiveSecret:
        """Read a Secret; see `Cluster.read_secret`."""
        path = resource_path("v1", "secrets", namespace=key.namespace, name=key.name)
        return await self._client.read(path, decode_secret, sensitive=True)

    async def read_config_map(self, key: ObjectKey) -> ConfigMap:
        """Read a ConfigMap; see `Cluster.read_config_map`."""
        path = resource_path("v1", "configmaps", namespace=key.namespace, name=key.name)
        return await self._client.get(path, ConfigMap)

    async def create_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Create a Secret; see `Cluster.create_secret`."""
        reply = await self._client.post(
            resource_path("v1", "secrets", namespace=secret.metadata.namespace),
            encode_secret(secret),
            PartialObject,
            accept=METADATA_ONLY,
            query={"fieldManager": field_manager},
            sensitive=True,
        )
        return reply.metadata

    async def replace_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Replace a Secret; see `Cluster.replace_secret`."""
        return await self._put(secret, {"fieldManager": field_manager})

    async def probe_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Replace a Secret as a dry run; see `Cluster.probe_secret`."""
        return await self._put(secret, {"fieldManager": field_manager, "dryRun": "All"})

    async def delete_secret(self, key: ObjectKey, *, uid: str) -> None:
        """Delete a Secret; see `Cluster.delete_secret`."""
        await self._client.delete(
            resource_path("v1", "secrets", namespace=key.namespace, name=key.name),
            uid=uid,
            sensitive=True,
        )

    async def patch_status(self, key: ObjectKey, *, resource_version: str, status: ExternalSecretStatus) -> ObjectMeta:
        """Set the status of an ExternalSecret; see `Cluster.patch_status`."""
        path = resource_path(API_VERSION, PLURAL, namespace=key.namespace, name=key.name, subresource="status")
        return await patch_status(self._client, path, resource_version=resource_version, status=status)

    async def patch_finalizers(self, key: ObjectKey, *, resource_version: str, finalizers: Sequence[str]) -> ObjectMeta:
        """Set the finalizers of an ExternalSecret; see `Cluster.patch_finalizers`."""
        path = resource_path(API_VERSION, PLURAL, namespace=key.namespace, name=key.name)
        return await patch_finalizers(self._client, path, resource_version=resource_version, finalizers=finalizers)

    async def patch_store_status(
        self, key: StoreKey, *, resource_version: str, status: SecretStoreStatus
    ) -> ObjectMeta:
        """Set the status of a store; see `Cluster.patch_store_status`."""
        path = resource_path(
            API_VERSION, _STORE_PLURALS[key.kind], namespace=key.namespace, name=key.name, subresource="status"
        )
        return await patch_status(self._client, path, resource_version=resource_version, status=status)

    async def create_event(self, note: EventNote) -> None:
        """Store an event; see `Cluster.create_event`."""
        namespace = note.subject.namespace or "default"
        event = _event_from_note(note, namespace=namespace, now=self._now())
        await self._client.post(
            resource_path("v1", "events", namespace=namespace), _encode(event), PartialObject, accept=METADATA_ONLY
        )

    async def _put(self, secret: Secret, query: dict[str, str]) -> ObjectMeta:
        path = resource_path("v1", "secrets", namespace=secret.metadata.namespace, name=secret.metadata.name)
        reply = await self._client.put(
            path, encode_secret(secret), PartialObject, accept=METADATA_ONLY, query=query, sensitive=True
        )
        return reply.metadata


def _event_from_note(note: EventNote, *, namespace: str, now: datetime) -> _Event:
    moment = now.astimezone(UTC).replace(microsecond=0)
    # Names of events must not collide; the subject's name comes first, as kubectl sorts by it.
    suffix = secrets.token_hex(8)
    return _Event(
        api_version="v1",
        kind="Event",
        metadata=ObjectMeta(
            name=f"{note.subject.name[: _MAX_EVENT_NAME_CHARS - len(suffix) - 1].rstrip('.-')}.{suffix}",
            namespace=namespace,
        ),
        involved_object=_InvolvedObject(
            api_version=note.subject.api_version,
            kind=note.subject.kind,
            namespace=note.subject.namespace,
            name=note.subject.name,
            uid=note.subject.uid,
            resource_version=note.subject.resource_version,
        ),
        reason=note.reason,
        message=note.message[:_MAX_EVENT_MESSAGE_CHARS],
        source=_EventSource(component=note.component),
        reporting_component=note.component,
        type=note.type.value,
        count=1,
        first_timestamp=moment,
        last_timestamp=moment,
    )
