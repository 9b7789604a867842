"""Where a store is, which decides what its references mean. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePlace:
    """A store, as far as its references depend on it."""

    is_cluster: bool
    """Whether it is a ClusterSecretStore."""
    namespace: str
    """Empty for a ClusterSecretStore, and where a file does not say it."""
    name: str

    def is_foreign(self, namespace: str) -> bool:
        """Say whether a namespace that a reference names is known to be another than the store's own."""
        return bool(namespace and self.namespace) and namespace != self.namespace
