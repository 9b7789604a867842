"""Stores what was found out about an ExternalSecret: its status, and our say in its deletion."""

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.externalsecret.decide import FINALIZER
from bulkhead_controller.patches import Gone, Postpone, Stored, outcome_of_patch
from bulkhead_runtime.kube.events import ObjectKey


class Applier:
    """Writes for the reconciler."""

    def __init__(self, cluster: Cluster) -> None:
        """Write to `cluster`."""
        self._cluster = cluster

    async def write_status(
        self, external_secret: ExternalSecret, status: ExternalSecretStatus, *, resource_version: str
    ) -> Stored | Gone | Postpone:
        """Store the status, unless the object was changed, deleted or made anew since `resource_version`."""
        metadata = external_secret.metadata
        key = ObjectKey(metadata.namespace, metadata.name)
        return await outcome_of_patch(self._cluster.patch_status(key, resource_version=resource_version, status=status))

    async def add_finalizer(self, external_secret: ExternalSecret) -> Stored | Gone | Postpone:
        """Have a say in the deletion of the object from now on."""
        return await self._set_finalizers(external_secret, [*external_secret.metadata.finalizers, FINALIZER])

    async def remove_finalizer(self, external_secret: ExternalSecret) -> Stored | Gone | Postpone:
        """Let the object go."""
        others = [each for each in external_secret.metadata.finalizers if each != FINALIZER]
        return await self._set_finalizers(external_secret, others)

    async def _set_finalizers(self, external_secret: ExternalSecret, finalizers: list[str]) -> Stored | Gone | Postpone:
        metadata = external_secret.metadata
        return await outcome_of_patch(
            self._cluster.patch_finalizers(
                ObjectKey(metadata.namespace, metadata.name),
                resource_version=metadata.resource_version,
                finalizers=finalizers,
            )
        )
