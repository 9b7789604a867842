"""Where a store is, which decides what its references mean. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePlace:
    """A store, as far as its references depend on it."""

    is_cluster: bool
    """Whether it is a ClusterSecretStore."""
    namespace: str
    """Empty for a ClusterSecretStore."""
    name: str
