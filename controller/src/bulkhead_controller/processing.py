"""What the reconcilers have to know of the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """How objects are processed; the defaults are those of the command line."""

    controller_class: str = "default"
    """Stores of another class, and what uses them, are left alone."""
    flood_gate: bool = True
    """Whether only stores that were found ready are asked."""
    cluster_stores: bool = True
    """Whether ClusterSecretStores are processed."""
    cluster_external_secrets: bool = True
    """Whether ClusterExternalSecrets are processed."""
    push_secrets: bool = True
    """Whether PushSecrets are processed."""
    cluster_push_secrets: bool = True
    """Whether ClusterPushSecrets are processed."""
    store_requeue_interval: timedelta = timedelta(minutes=5)
    """Between two validations of a store that does not say."""
