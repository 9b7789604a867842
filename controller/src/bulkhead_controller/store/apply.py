"""Stores what was found out about a store."""

from dataclasses import dataclass

from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.errors import ApiError, NotFoundError


@dataclass(frozen=True, slots=True)
class Stored:
    """The status is stored."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The store does not exist any more."""


@dataclass(frozen=True, slots=True)
class Postpone:
    """The moment is wrong; try again."""

    retry_after_s: float | None
    """How long the API server asked us to wait."""


class Applier:
    """Writes for the reconciler."""

    def __init__(self, cluster: Cluster) -> None:
        """Write to `cluster`."""
        self._cluster = cluster

    async def write_status(
        self, key: StoreKey, status: SecretStoreStatus, *, resource_version: str
    ) -> Stored | Gone | Postpone:
        """Store the status, unless the store was changed, deleted or made anew since `resource_version`."""
        try:
            await self._cluster.patch_store_status(key, resource_version=resource_version, status=status)
        except NotFoundError:
            return Gone()
        except ApiError as error:
            return Postpone(error.retry_after_s)
        return Stored()
