"""Metadata that all Kubernetes objects share."""

from datetime import datetime
from enum import StrEnum

import msgspec


class ConditionStatus(StrEnum):
    """Source: meta/v1 ConditionStatus."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class OwnerReference(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who an object belongs to. Source: meta/v1 OwnerReference."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False
    block_owner_deletion: bool = False


class ObjectMeta(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is read of meta/v1 ObjectMeta; managedFields and the like are dropped while decoding."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: list[str] = []
    owner_references: list[OwnerReference] = []
    creation_timestamp: datetime | None = None
    """UTC."""
    deletion_timestamp: datetime | None = None
    """UTC; None unless the object is being deleted."""


class ManagedFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which fields of an object one manager set. Source: meta/v1 ManagedFieldsEntry."""

    manager: str = ""
    operation: str = ""
    subresource: str = ""
    fields_v1: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="fieldsV1")


class LabelOperator(StrEnum):
    """Source: meta/v1 LabelSelectorOperator."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelSelectorRequirement(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One expression of a selector. Source: meta/v1 LabelSelectorRequirement."""

    key: str
    operator: str
    """One of `LabelOperator`; the API server takes any text here, so it is checked where it is used."""
    values: list[str] = []


class LabelSelector(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Selects by labels: all parts must hold, none selects everything. Source: meta/v1 LabelSelector."""

    match_labels: dict[str, str] = {}
    match_expressions: list[LabelSelectorRequirement] = []


class Condition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One observation about an object. Source: ESO's status conditions of ExternalSecret and SecretStore."""

    type: str
    status: ConditionStatus
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None
    """UTC, whole seconds; moves only when `status` changes."""


class PartialObject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object of which only the metadata matters. Source: meta/v1 PartialObjectMetadata."""

    metadata: ObjectMeta
