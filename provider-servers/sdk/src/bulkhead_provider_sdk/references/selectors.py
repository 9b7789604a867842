"""How a store refers to a key of a Secret or ConfigMap. Source: meta types of external-secrets.io/v1."""

from enum import StrEnum

import msgspec


class ObjectKind(StrEnum):
    """What can be referred to. Source: CAProvider, `type`."""

    SECRET = "Secret"
    CONFIG_MAP = "ConfigMap"


class _Struct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Settings of all structs here."""


class SecretKeySelector(_Struct, frozen=True, kw_only=True):
    """One key of a Secret. Source: SecretKeySelector, where all fields are optional; None and empty mean not given."""

    name: str | None = None
    namespace: str | None = None
    """Counts in a ClusterSecretStore alone."""
    key: str | None = None


class CaProvider(_Struct, frozen=True, kw_only=True):
    """One key of a Secret or ConfigMap, with certificates. Source: CAProvider."""

    type: ObjectKind
    name: str
    key: str | None = None
    namespace: str | None = None
    """Must be given in a ClusterSecretStore."""
