"""SecretStore and ClusterSecretStore, external-secrets.io/v1; their schemas are the same."""

import msgspec

from bulkhead_api.meta import Condition, LabelSelector, ObjectMeta

SECRET_STORE_PLURAL = "secretstores"
CLUSTER_SECRET_STORE_PLURAL = "clustersecretstores"
RETRYING_PROVIDERS = frozenset({"aws", "vault", "ibm", "oracle"})
"""Whose stores have `retrySettings` read; those of others may hold anything there. Source: ESO, providers."""


class RetrySettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a provider tries a failed call again. Source: SecretStore.spec.retrySettings."""

    max_retries: int | None = None
    """None means the provider's own number."""
    retry_interval: str | None = None
    """A Go duration; None means the provider's own."""


class StoreCondition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Admits namespaces to a ClusterSecretStore: those that any of its parts matches. Source: spec.conditions[]."""

    namespace_selector: LabelSelector | None = None
    namespaces: list[str] = []
    namespace_regexes: list[str] = []
    """RE2, searched anywhere in the name."""


class SecretStoreSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is wanted. Source: SecretStore.spec."""

    provider: dict[str, msgspec.Raw] = {}
    """One key, the provider's; its value is passed on to the provider server as it stands."""
    controller: str = ""
    """Controller class; empty means every controller."""
    refresh_interval: int | str = 0
    """Seconds, or a Go duration; 0 means the controller's default."""
    retry_settings: RetrySettings | None = None
    conditions: list[StoreCondition] = []
    """Which namespaces may use a ClusterSecretStore; empty means all."""


class SecretStoreStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was seen. Source: SecretStore.status."""

    capabilities: str = ""
    """ReadOnly, WriteOnly, ReadWrite, or empty while unknown."""
    conditions: list[Condition] = []


class SecretStore(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A store of either kind, as the API server sends it; a ClusterSecretStore has no namespace."""

    metadata: ObjectMeta
    spec: SecretStoreSpec = SecretStoreSpec()
    status: SecretStoreStatus = SecretStoreStatus()
