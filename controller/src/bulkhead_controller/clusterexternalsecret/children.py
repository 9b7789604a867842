"""What a child looks like, whose it is and whether it is as it should be. Pure."""

from typing import Final

import msgspec

from bulkhead_api.cluster_external_secret import KIND, ClusterExternalSecret
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec
from bulkhead_api.meta import ObjectMeta, OwnerReference
from bulkhead_api.owners import controller_of, controller_reference, is_of_kind
from bulkhead_controller.clusterexternalsecret.plan import Child

FORCE_SYNC: Final = "external-secrets.io/force-sync"
"""Annotation whose changes make ExternalSecrets sync at once; the children have what their owner has."""


def children_name(owner: ClusterExternalSecret) -> str:
    """Give the name of all children."""
    return owner.spec.external_secret_name or owner.metadata.name


def owner_name(metadata: ObjectMeta) -> str | None:
    """Name the ClusterExternalSecret that controls an object; None means that none does."""
    reference = controller_of(metadata)
    return reference.name if reference is not None and is_of_kind(reference, KIND) else None


def build_child(owner: ClusterExternalSecret, namespace: str, existing: ObjectMeta | None) -> Child:
    """Give the child as it should be in a namespace.

    Labels and annotations are the owner's to say, all of them; finalizers and further owners of a child that exists
    are not. Source: ESO, clusterexternalsecret_controller.go, createOrUpdateExternalSecret.

    Args:
        owner: whose child it is.
        namespace: where.
        existing: what is there already; None means nothing.
    """
    found = existing or ObjectMeta()
    foreign = [each for each in found.owner_references if not (each.controller and is_of_kind(each, KIND))]
    metadata = ObjectMeta(
        name=children_name(owner),
        namespace=namespace,
        uid=found.uid,
        resource_version=found.resource_version,
        labels=owner.spec.external_secret_metadata.labels,
        annotations=_annotations(owner),
        finalizers=found.finalizers,
        owner_references=[*foreign, controller_reference(KIND, owner.metadata)],
    )
    return Child(metadata=metadata, spec=owner.spec.external_secret_spec)


def is_as_it_should_be(existing: ExternalSecret, child: Child, spec: ExternalSecretSpec) -> bool:
    """Say whether storing `child` would change nothing.

    Args:
        existing: what is stored.
        child: what should be stored.
        spec: the child's spec as a type.
    """
    found, wanted = existing.metadata, child.metadata
    return (
        found.labels == wanted.labels
        and found.annotations == wanted.annotations
        and _by_uid(found) == _by_uid(wanted)
        and _is_same(existing.spec, spec)
    )


def _is_same(one: ExternalSecretSpec, other: ExternalSecretSpec) -> bool:
    # Parts that are kept as they came may have their keys in another order, so a difference is looked at twice.
    return one == other or _plain(one) == _plain(other)


def _plain(spec: ExternalSecretSpec) -> object:
    return msgspec.json.decode(msgspec.json.encode(spec))


def _by_uid(metadata: ObjectMeta) -> dict[str, OwnerReference]:
    return {each.uid: each for each in metadata.owner_references}


def _annotations(owner: ClusterExternalSecret) -> dict[str, str]:
    said = owner.spec.external_secret_metadata.annotations
    kept = {name: value for name, value in said.items() if name != FORCE_SYNC}
    force_sync = owner.metadata.annotations.get(FORCE_SYNC)
    return kept if force_sync is None else {**kept, FORCE_SYNC: force_sync}
