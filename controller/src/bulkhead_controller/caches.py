"""The copies of objects that the reconcilers read; the informers keep them current."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bulkhead_api.external_secret import ExternalSecret, StoreKind
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.store.binding import StoreKey
from bulkhead_runtime.kube.events import ObjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches:
    """All objects that are watched."""

    external_secrets: Mapping[ObjectKey, ExternalSecret]
    secret_stores: Mapping[ObjectKey, SecretStore]
    cluster_secret_stores: Mapping[ObjectKey, SecretStore]
    namespaces: Mapping[ObjectKey, Namespace] = field(default_factory=dict)
    """By the key of a cluster-wide object. Empty in an installation for one namespace, which sees no namespaces."""

    def store(self, key: StoreKey) -> SecretStore | None:
        """Find a store of either kind; None means that there is none."""
        match key.kind:
            case StoreKind.SECRET_STORE:
                return self.secret_stores.get(ObjectKey(key.namespace, key.name))
            case StoreKind.CLUSTER_SECRET_STORE:
                return self.cluster_secret_stores.get(ObjectKey("", key.name))

    def namespace_labels(self, name: str) -> Mapping[str, str] | None:
        """Give the labels of a namespace; None means that they are not known."""
        namespace = self.namespaces.get(ObjectKey("", name))
        return namespace.metadata.labels if namespace is not None else None

    def stores(self, kind: StoreKind) -> Mapping[ObjectKey, SecretStore]:
        """Give all stores of one kind."""
        match kind:
            case StoreKind.SECRET_STORE:
                return self.secret_stores
            case StoreKind.CLUSTER_SECRET_STORE:
                return self.cluster_secret_stores
