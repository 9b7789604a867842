"""ClusterExternalSecret, external-secrets.io/v1: one ExternalSecret in each of many namespaces.

The spec of its children is kept as the API server sent it, so that a child gets every field of it, also those that
this version does not know. Source: the CRD of the same name.
"""

import msgspec

from bulkhead_api.external_secret import ExternalSecretSpec
from bulkhead_api.meta import ConditionStatus, LabelSelector, ObjectMeta

KIND = "ClusterExternalSecret"
PLURAL = "clusterexternalsecrets"


class _Struct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Settings of all structs here; objects of others keep unknown fields, so they are not refused."""


class ExternalSecretMetadata(_Struct, frozen=True, kw_only=True):
    """What the children have in their metadata. Source: spec.externalSecretMetadata."""

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class ClusterExternalSecretSpec(_Struct, frozen=True, kw_only=True):
    """What is wanted. Source: ClusterExternalSecret.spec."""

    external_secret_spec: msgspec.Raw = msgspec.Raw(b"{}")
    """The spec of each child; `children_spec` gives it as a type."""
    external_secret_name: str = ""
    """Name of the children; empty means the object's own."""
    external_secret_metadata: ExternalSecretMetadata = ExternalSecretMetadata()
    namespace_selector: LabelSelector | None = None
    namespace_selectors: list[LabelSelector] = []
    namespaces: list[str] = []
    """Names. A namespace is meant that any of the three fields names."""
    refresh_time: str = ""
    """A Go duration; empty means an hour."""


class FailedNamespace(_Struct, frozen=True, kw_only=True):
    """A namespace that has no child as it should be. Source: status.failedNamespaces[]."""

    namespace: str
    reason: str = ""


class ClusterExternalSecretCondition(_Struct, frozen=True, kw_only=True):
    """One observation; unlike those of other kinds it has no reason and no time. Source: status.conditions[]."""

    type: str
    status: ConditionStatus
    message: str = ""


class ClusterExternalSecretStatus(_Struct, frozen=True, kw_only=True):
    """What was seen and done. Source: ClusterExternalSecret.status."""

    external_secret_name: str = ""
    """Name of the children at the last pass; empty before the first."""
    failed_namespaces: list[FailedNamespace] = []
    provisioned_namespaces: list[str] = []
    conditions: list[ClusterExternalSecretCondition] = []


class ClusterExternalSecret(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The object as the API server sends it; it has no namespace."""

    metadata: ObjectMeta
    spec: ClusterExternalSecretSpec = ClusterExternalSecretSpec()
    status: ClusterExternalSecretStatus = ClusterExternalSecretStatus()


def children_spec(spec: ClusterExternalSecretSpec) -> ExternalSecretSpec:
    """Give the spec of the children as a type, for comparing.

    Raises:
        ValueError: it is no spec of an ExternalSecret; one line that names the field.
    """
    try:
        return msgspec.json.decode(spec.external_secret_spec, type=ExternalSecretSpec)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
