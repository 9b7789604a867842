"""The seam to the API server for ExternalSecrets, their targets and stores; `fleet` has the other kinds.

There is no patch of a Secret. One is read only where the profile gives that right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import API_VERSION, ExternalSecretStatus
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret import LiveSecret, Secret
from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.events import ObjectKey


class EventType(StrEnum):
    """Source: core/v1 Event.type."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSubject:
    """The object that an event is about."""

    kind: str
    namespace: str
    """Empty for a cluster-wide object."""
    name: str
    uid: str
    resource_version: str
    api_version: str = API_VERSION

    @classmethod
    def of(cls, kind: str, metadata: ObjectMeta, *, api_version: str = API_VERSION) -> Self:
        """Name the object of this kind and metadata."""
        return cls(
            kind=kind,
            namespace=metadata.namespace,
            name=metadata.name,
            uid=metadata.uid,
            resource_version=metadata.resource_version,
            api_version=api_version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNote:
    """Something that happened, for people who look at the object."""

    subject: EventSubject
    component: str
    """Who says it. Source: ESO's event source components."""
    type: EventType
    reason: str
    message: str


class Cluster(Protocol):
    """Calls to the API server. Every method raises `ApiError`, whose text about Secrets is never to be shown."""

    async def read_secret(self, key: ObjectKey) -> LiveSecret:
        """Read a Secret; NotFoundError if it does not exist, ForbiddenError where the profile gives no such right."""

    async def read_config_map(self, key: ObjectKey) -> ConfigMap:
        """Read a ConfigMap; NotFoundError if it does not exist, ForbiddenError where there is no such right."""

    async def create_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Create a Secret; ConflictError if it exists. Gives its metadata as stored."""

    async def replace_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Replace a Secret whatever it holds; NotFoundError if it does not exist. Gives its metadata as stored."""

    async def probe_secret(self, secret: Secret, *, field_manager: str) -> ObjectMeta:
        """Do what `replace_secret` does as a dry run: nothing is stored, and policies refuse what they would refuse."""

    async def delete_secret(self, key: ObjectKey, *, uid: str) -> None:
        """Delete a Secret if it has this uid; ConflictError if it has another."""

    async def patch_status(self, key: ObjectKey, *, resource_version: str, status: ExternalSecretStatus) -> ObjectMeta:
        """Set the status of an ExternalSecret if it is unchanged; ConflictError if it is not, or was made anew."""

    async def patch_finalizers(self, key: ObjectKey, *, resource_version: str, finalizers: Sequence[str]) -> ObjectMeta:
        """Set the finalizers of an ExternalSecret if it is unchanged; ConflictError if it is not."""

    async def patch_store_status(
        self, key: StoreKey, *, resource_version: str, status: SecretStoreStatus
    ) -> ObjectMeta:
        """Set the status of a store if it is unchanged; ConflictError if it is not, or was made anew."""

    async def create_event(self, note: EventNote) -> None:
        """Store an event beside its subject; one about a cluster-wide object goes to the namespace `default`."""
