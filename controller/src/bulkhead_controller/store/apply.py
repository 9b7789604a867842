"""Stores what was found out about a store."""

from bulkhead_api.secret_store import SecretStoreStatus
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.patches import Gone, Postpone, Stored, outcome_of_patch
from bulkhead_controller.store.binding import StoreKey


class Applier:
    """Writes for the reconciler."""

    def __init__(self, cluster: Cluster) -> None:
        """Write to `cluster`."""
        self._cluster = cluster

    async def write_status(
        self, key: StoreKey, status: SecretStoreStatus, *, resource_version: str
    ) -> Stored | Gone | Postpone:
        """Store the status, unless the store was changed, deleted or made anew since `resource_version`."""
        return await outcome_of_patch(
            self._cluster.patch_store_status(key, resource_version=resource_version, status=status)
        )
