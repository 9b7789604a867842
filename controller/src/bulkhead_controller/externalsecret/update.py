"""The target as it should be, given how it is: what of others stays, what of ours goes. Pure.

Source: ESO, mutationFunc, applyMutation, setMetadata.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from bulkhead_api.external_secret import KIND, CreationPolicy, ExternalSecret
from bulkhead_api.meta import ObjectMeta, OwnerReference
from bulkhead_api.owners import controller_of, controller_reference, is_of_kind
from bulkhead_api.secret import LiveSecret, Secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.managed_fields import OwnFields, own_fields
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.status import OWNED_BY_ANOTHER_MESSAGE, Message
from bulkhead_target.content import TargetContent
from bulkhead_target.hashing import created_by, hash_data
from bulkhead_target.target import (
    ANNOTATION_DATA_HASH,
    LABEL_CREATED_BY,
    LABEL_MANAGED,
    field_manager,
)

_KEEPS_FOREIGN_DATA = (CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The target is as it should be."""


@dataclass(frozen=True, slots=True)
class Update:
    """Replace the target, and fail afterwards if something could not be brought along."""

    secret: Secret
    failure: Fail | None = None


def decide_update(
    external_secret: ExternalSecret, content: TargetContent, live: LiveSecret
) -> Update | Unchanged | Fail:
    """Say what to write over a Secret that exists."""
    conflict = conflict_with(external_secret, live.metadata)
    if conflict is not None:
        return conflict
    wanted = _wanted(external_secret, content, live)
    if wanted == _as_written(live):
        return Unchanged()
    if live.immutable and (wanted.data != live.data or wanted.type != live.type or not wanted.immutable):
        # The API server would refuse the whole write for the sake of the data.
        kept = _with_data(wanted, live)
        failure = Fail(f"{Message.UPDATE_FAILED}, target is immutable")
        return failure if kept == _as_written(live) else Update(kept, failure)
    return Update(wanted)


def is_managed(metadata: ObjectMeta) -> bool:
    """Say whether some ExternalSecret manages the Secret."""
    return metadata.labels.get(LABEL_MANAGED) == "true"


def is_valid(live: LiveSecret) -> bool:
    """Say whether the Secret still holds what was written. Source: ESO, isSecretValid."""
    return is_managed(live.metadata) and live.metadata.annotations.get(ANNOTATION_DATA_HASH) == hash_data(live.data)


def conflict_with(external_secret: ExternalSecret, live: ObjectMeta) -> Fail | None:
    """Say who else controls the object, so that it is not this ExternalSecret's to write; None means nobody."""
    owner = controller_of(live)
    if owner is None or (is_of_kind(owner, KIND) and owner.name == external_secret.metadata.name):
        return None
    if is_of_kind(owner, KIND):
        return Fail(OWNED_BY_ANOTHER_MESSAGE)
    if external_secret.spec.target.creation_policy is CreationPolicy.OWNER:
        return Fail(f"{Message.NOT_OWNED}: it belongs to {owner.kind} {owner.name}")
    return None


def _wanted(external_secret: ExternalSecret, content: TargetContent, live: LiveSecret) -> Secret:
    own = own_fields(live.metadata.managed_fields, field_manager(external_secret.metadata.name))
    target = external_secret.spec.target
    frozen = target.immutable
    merged = dict(live.data) if frozen else {**_base(target.creation_policy, live, own), **content.data}
    return Secret(
        metadata=updated_metadata(external_secret, content, live.metadata, own, hash_data(merged)),
        data=merged,
        type=content.type or live.type,
        immutable=live.immutable or frozen,
    )


def _base(policy: CreationPolicy, live: LiveSecret, own: OwnFields) -> dict[str, SecretValue]:
    if policy not in _KEEPS_FOREIGN_DATA:
        return {}
    return {key: value for key, value in live.data.items() if key not in own.data}


def updated_metadata(
    external_secret: ExternalSecret, content: TargetContent, live: ObjectMeta, own: OwnFields, data_hash: str
) -> ObjectMeta:
    """Give the metadata that the object shall have, given what it has: what others set stays.

    Args:
        external_secret: whose target it is.
        content: what it shall have.
        live: what it has.
        own: what we set before; what of it is not wanted any more goes.
        data_hash: of what it will hold.
    """
    metadata = external_secret.metadata
    labels = {key: value for key, value in live.labels.items() if key not in own.labels}
    labels |= {**content.labels, LABEL_MANAGED: "true"}
    annotations = {key: value for key, value in live.annotations.items() if key not in own.annotations}
    annotations |= {**content.annotations, ANNOTATION_DATA_HASH: data_hash}
    owners = [owner for owner in live.owner_references if not _is_own(owner, external_secret)]
    labels.pop(LABEL_CREATED_BY, None)
    if external_secret.spec.target.creation_policy is CreationPolicy.OWNER:
        owners = _with_owner(live.owner_references, controller_reference(KIND, metadata))
        labels[LABEL_CREATED_BY] = created_by(metadata.namespace, metadata.name)
    return replace(
        written_metadata(live),
        labels=labels,
        annotations=annotations,
        finalizers=_with_finalizers(live, content.finalizers),
        owner_references=owners,
    )


def _with_finalizers(live: ObjectMeta, wanted: Sequence[str]) -> list[str]:
    # Nobody may add one to an object that is being deleted. Source: Kubernetes, ValidateObjectMetaUpdate.
    if live.deletion_timestamp is not None:
        return live.finalizers
    return [*live.finalizers, *(each for each in wanted if each not in live.finalizers)]


def _is_own(owner: OwnerReference, external_secret: ExternalSecret) -> bool:
    return owner.controller and is_of_kind(owner, KIND) and owner.name == external_secret.metadata.name


def _with_owner(owners: list[OwnerReference], own: OwnerReference) -> list[OwnerReference]:
    # In its place, so that a Secret that has it already is not changed.
    replaced = [own if owner.controller else owner for owner in owners]
    return replaced if own in replaced else [*replaced, own]


def _as_written(live: LiveSecret) -> Secret:
    return Secret(metadata=written_metadata(live.metadata), data=live.data, type=live.type, immutable=live.immutable)


def written_metadata(metadata: ObjectMeta) -> ObjectMeta:
    """Give the metadata that a write sends; its resourceVersion makes a write of something else's base fail."""
    return ObjectMeta(
        name=metadata.name,
        namespace=metadata.namespace,
        uid=metadata.uid,
        resource_version=metadata.resource_version,
        labels=metadata.labels,
        annotations=metadata.annotations,
        finalizers=metadata.finalizers,
        owner_references=metadata.owner_references,
    )


def _with_data(wanted: Secret, live: LiveSecret) -> Secret:
    annotations = {**wanted.metadata.annotations, ANNOTATION_DATA_HASH: hash_data(live.data)}
    metadata = replace(wanted.metadata, annotations=annotations)
    return replace(wanted, metadata=metadata, data=live.data, type=live.type, immutable=live.immutable)
