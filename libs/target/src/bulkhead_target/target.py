"""The Secret that an ExternalSecret wants, whole, as it is written where nothing is known of a present one. Pure.

Source: ESO, mutationFunc and setMetadata.
"""

from collections.abc import Mapping
from hashlib import sha3_224

from msgspec.structs import replace

from bulkhead_api.external_secret import KIND, CreationPolicy, ExternalSecret
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.owners import controller_reference
from bulkhead_api.secret import DEFAULT_TYPE, Secret, encode_secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.content import TargetContent
from bulkhead_target.hashing import created_by, hash_data, hash_text

LABEL_MANAGED = "reconcile.external-secrets.io/managed"
LABEL_CREATED_BY = "reconcile.external-secrets.io/created-by"
ANNOTATION_DATA_HASH = "reconcile.external-secrets.io/data-hash"
OWN_ANNOTATIONS = "bulkhead.dev/"
"""Prefix of annotations by which people steer Bulkhead; they concern the ExternalSecret alone."""
ADOPT = f"{OWN_ANNOTATIONS}adopt"
"""Annotation of an ExternalSecret that may take over a Secret which nobody manages."""
NEVER_LOOKED_AT = (CreationPolicy.ORPHAN, CreationPolicy.NONE)
"""Policies under which a target counts as valid whatever it holds. Source: ESO, isSecretValid, isGenericTargetValid."""
MAX_SECRET_BYTES = 1_048_576
"""Sum of all values. Source: Kubernetes, core/v1 MaxSecretSize."""

_FIELD_MANAGER_PREFIX = "externalsecrets.external-secrets.io/"
_MAX_FIELD_MANAGER_CHARS = 63


def target_name(external_secret: ExternalSecret) -> str:
    """Name the Secret that an ExternalSecret writes."""
    return external_secret.spec.target.name or external_secret.metadata.name


def field_manager(name: str) -> str:
    """Name the field manager for all writes to the target of the ExternalSecret `name`."""
    manager = f"{_FIELD_MANAGER_PREFIX}{name}"
    if len(manager) <= _MAX_FIELD_MANAGER_CHARS:
        return manager
    return f"{_FIELD_MANAGER_PREFIX}sha3/{hash_text(name)}"


def content_without_template(external_secret: ExternalSecret, data: Mapping[str, SecretValue]) -> TargetContent:
    """Give the fetched values, and all labels and annotations of the ExternalSecret but Bulkhead's own."""
    metadata = external_secret.metadata
    copied = {key: value for key, value in metadata.annotations.items() if not key.startswith(OWN_ANNOTATIONS)}
    return TargetContent(data=data, labels=metadata.labels, annotations=copied)


def build_target(external_secret: ExternalSecret, content: TargetContent) -> Secret:
    """Build the Secret with all that ESO puts into its metadata."""
    return Secret(
        metadata=build_metadata(external_secret, content, hash_data(content.data)),
        data=dict(content.data),
        type=content.type or DEFAULT_TYPE,
        immutable=external_secret.spec.target.immutable,
    )


def build_metadata(external_secret: ExternalSecret, content: TargetContent, data_hash: str) -> ObjectMeta:
    """Build the metadata of a new target of any kind, whose data or fields have this hash."""
    metadata = external_secret.metadata
    owned = external_secret.spec.target.creation_policy is CreationPolicy.OWNER
    created = {LABEL_CREATED_BY: created_by(metadata.namespace, metadata.name)} if owned else {}
    return ObjectMeta(
        name=target_name(external_secret),
        namespace=metadata.namespace,
        labels={**content.labels, **created, LABEL_MANAGED: "true"},
        annotations={**content.annotations, ANNOTATION_DATA_HASH: data_hash},
        finalizers=list(content.finalizers),
        owner_references=[controller_reference(KIND, metadata)] if owned else [],
    )


def released(external_secret: ExternalSecret, secret: Secret) -> Secret:
    """Give the same Secret with the label that proves to the admission policies whose it was.

    A Secret loses its owner in two writes, the first with this label and the second without. Source: the chart's
    policy of Secrets, owned-by-another.
    """
    metadata = external_secret.metadata
    proof = {LABEL_CREATED_BY: created_by(metadata.namespace, metadata.name)}
    return replace(secret, metadata=replace(secret.metadata, labels={**secret.metadata.labels, **proof}))


def build_probe(external_secret: ExternalSecret, name: str) -> Secret:
    """Build what a dry run writes over `name` to learn whether that Secret is ours, and its uid.

    It carries our owner reference, so the admission policies refuse it where they would refuse a real write.
    """
    metadata = external_secret.metadata
    return Secret(
        metadata=ObjectMeta(
            name=name,
            namespace=metadata.namespace,
            labels={LABEL_CREATED_BY: created_by(metadata.namespace, metadata.name), LABEL_MANAGED: "true"},
            owner_references=[controller_reference(KIND, metadata)],
        ),
        data={},
    )


def digest(secret: Secret) -> str:
    """Give a hash of all that a Secret would be written with, to tell whether it was written before."""
    return sha3_224(encode_secret(secret)).hexdigest()


def is_too_large(data: Mapping[str, SecretValue]) -> bool:
    """Say whether the API server would refuse the data for its size."""
    return sum(map(len, data.values())) > MAX_SECRET_BYTES
