"""Who controls an object, and how our kinds say that they do. Pure. Source: meta/v1 OwnerReference."""

from bulkhead_api.external_secret import API_VERSION, GROUP
from bulkhead_api.meta import ObjectMeta, OwnerReference


def controller_of(metadata: ObjectMeta) -> OwnerReference | None:
    """Find the owner that controls the object; None if there is none."""
    return next((owner for owner in metadata.owner_references if owner.controller), None)


def is_of_kind(owner: OwnerReference, kind: str) -> bool:
    """Say whether an owner is of this kind of ours, in any version."""
    return owner.kind == kind and owner.api_version.partition("/")[0] == GROUP


def controller_reference(kind: str, metadata: ObjectMeta) -> OwnerReference:
    """Build the reference by which another object is controlled by the one of this kind and metadata."""
    return OwnerReference(
        api_version=API_VERSION,
        kind=kind,
        name=metadata.name,
        uid=metadata.uid,
        controller=True,
        block_owner_deletion=True,
    )
