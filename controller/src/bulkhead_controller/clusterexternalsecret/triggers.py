"""Which changes are worth a look at a ClusterExternalSecret. Pure. Source: ESO, SetupWithManager."""

from bulkhead_api.cluster_external_secret import ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import ObjectMeta


def wakes_owner(old: ClusterExternalSecret | None, new: ClusterExternalSecret | None) -> bool:
    """Say whether an object is to be reconciled; its own status changes do not count."""
    return old is None or new is None or _essence(old.metadata) != _essence(new.metadata)


def wakes_owner_of_child(old: ExternalSecret | None, new: ExternalSecret | None) -> bool:
    """Say whether a child's owner is to be reconciled; a child's syncs do not count."""
    return (
        old is None
        or new is None
        or _essence(old.metadata) != _essence(new.metadata)
        or old.metadata.owner_references != new.metadata.owner_references
    )


def _essence(metadata: ObjectMeta) -> tuple[object, ...]:
    return (
        metadata.uid,
        metadata.generation,
        metadata.deletion_timestamp is not None,
        metadata.labels,
        metadata.annotations,
        metadata.finalizers,
    )
