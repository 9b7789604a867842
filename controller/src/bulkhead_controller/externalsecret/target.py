"""The Secret that an ExternalSecret wants, whole, as it is written. Source: ESO, mutationFunc and setMetadata."""

from collections.abc import Mapping

from bulkhead_api.external_secret import API_VERSION, KIND, ExternalSecret
from bulkhead_api.meta import ObjectMeta, OwnerReference
from bulkhead_api.secret import Secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.hashing import created_by, hash_data, hash_text

LABEL_MANAGED = "reconcile.external-secrets.io/managed"
LABEL_CREATED_BY = "reconcile.external-secrets.io/created-by"
ANNOTATION_DATA_HASH = "reconcile.external-secrets.io/data-hash"
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


def build_target(external_secret: ExternalSecret, data: Mapping[str, SecretValue]) -> Secret:
    """Build the Secret with all that ESO puts into its metadata when there is no template."""
    metadata = external_secret.metadata
    return Secret(
        metadata=ObjectMeta(
            name=target_name(external_secret),
            namespace=metadata.namespace,
            labels={
                **metadata.labels,
                LABEL_CREATED_BY: created_by(metadata.namespace, metadata.name),
                LABEL_MANAGED: "true",
            },
            annotations={**metadata.annotations, ANNOTATION_DATA_HASH: hash_data(data)},
            owner_references=[_owner_reference(metadata)],
        ),
        data=dict(data),
    )


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
            owner_references=[_owner_reference(metadata)],
        ),
        data={},
    )


def is_too_large(data: Mapping[str, SecretValue]) -> bool:
    """Say whether the API server would refuse the data for its size."""
    return sum(map(len, data.values())) > MAX_SECRET_BYTES


def _owner_reference(metadata: ObjectMeta) -> OwnerReference:
    return OwnerReference(
        api_version=API_VERSION,
        kind=KIND,
        name=metadata.name,
        uid=metadata.uid,
        controller=True,
        block_owner_deletion=True,
    )
