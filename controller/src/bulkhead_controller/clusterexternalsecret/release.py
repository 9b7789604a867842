"""Frees namespaces of the finalizers that ESO left on them for its ClusterExternalSecrets.

ESO puts one on each target namespace and does not always take it away again, which keeps the namespace from ever
being deleted. Nothing here needs them, see `decide`, so they go from every namespace on which they are seen, whether
their ClusterExternalSecret still selects it or not, or is gone.
"""

from collections.abc import Mapping
from typing import Final

from bulkhead_api.namespace import Namespace
from bulkhead_controller.fleet import Fleet
from bulkhead_controller.patches import Stored, outcome_of_patch, requeue_from_refusal
from bulkhead_controller.requeue import Done, Requeue
from bulkhead_runtime.kube.events import ObjectKey

NAMESPACE_FINALIZER: Final = "externalsecrets.external-secrets.io/ces-"
"""What ESO's finalizers on namespaces begin with; the name of the ClusterExternalSecret follows."""


def foreign_finalizers(namespace: Namespace) -> list[str]:
    """List the finalizers in the metadata that are not ESO's, in their order."""
    return [each for each in namespace.metadata.finalizers if not each.startswith(NAMESPACE_FINALIZER)]


def is_held(namespace: Namespace) -> bool:
    """Say whether a finalizer of ESO is on the namespace."""
    return any(each.startswith(NAMESPACE_FINALIZER) for each in namespace.metadata.finalizers)


class Releaser:
    """Takes the finalizers away, one namespace at a time."""

    def __init__(self, namespaces: Mapping[ObjectKey, Namespace], fleet: Fleet) -> None:
        """Read from the copies in `namespaces` and write to `fleet`."""
        self._namespaces = namespaces
        self._fleet = fleet

    async def reconcile(self, key: ObjectKey) -> Requeue:
        """Free one namespace, if it is held."""
        namespace = self._namespaces.get(key)
        if namespace is None or not is_held(namespace):
            return Done()
        outcome = await outcome_of_patch(
            self._fleet.patch_namespace_finalizers(
                key.name,
                resource_version=namespace.metadata.resource_version,
                finalizers=foreign_finalizers(namespace),
            )
        )
        return Done() if isinstance(outcome, Stored) else requeue_from_refusal(outcome)
