"""SecretStore and ClusterSecretStore, external-secrets.io/v1; their schemas are the same."""

import msgspec

from bulkhead_api.meta import Condition, ObjectMeta

SECRET_STORE_PLURAL = "secretstores"
CLUSTER_SECRET_STORE_PLURAL = "clustersecretstores"


class SecretStoreSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is wanted. Source: SecretStore.spec."""

    provider: dict[str, msgspec.Raw] = {}
    """One key, the provider's; its value is passed on to the provider server as it stands."""
    controller: str = ""
    """Controller class; empty means every controller."""
    refresh_interval: int | str = 0
    """Seconds, or a Go duration; 0 means the controller's default."""
    retry_settings: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    conditions: list[msgspec.Raw] = []
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
