"""What the reconcilers have to know of the settings."""

from dataclasses import dataclass, field
from datetime import timedelta

from bulkhead_controller.brakes.limits import DELETE_BUDGET, MASS_CHANGE, Limits
from bulkhead_controller.profile import Rights
from bulkhead_templating import Delimiters


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """How objects are processed; the defaults are those of the command line."""

    controller_class: str = "default"
    """Stores of another class, and what uses them, are left alone."""
    flood_gate: bool = True
    """Whether only stores that were found ready are asked."""
    secret_stores: bool = True
    """Whether SecretStores are validated. Without a verdict from elsewhere the flood gate then blocks their users."""
    cluster_stores: bool = True
    """Whether ClusterSecretStores are processed."""
    cluster_external_secrets: bool = True
    """Whether ClusterExternalSecrets are processed."""
    push_secrets: bool = True
    """Whether PushSecrets are processed."""
    cluster_push_secrets: bool = True
    """Whether ClusterPushSecrets are processed."""
    generic_targets: bool = False
    """Whether other kinds than Secrets may be written."""
    store_requeue_interval: timedelta = timedelta(minutes=5)
    """Between two validations of a store that does not say."""
    rights: Rights = field(default_factory=Rights)
    """On Secrets."""
    adoption_guard: bool = True
    """Whether a Secret that nobody manages is left alone unless the ExternalSecret asks for it by annotation."""
    delete_budget: Limits = DELETE_BUDGET
    """How many of the managed Secrets may be deleted."""
    mass_change: Limits = MASS_CHANGE
    """How much of what a store gives may change before its users are held."""
    template_delimiters: Delimiters = field(default_factory=Delimiters)
    """What begins and ends an action in a template."""
    drift_check_interval: timedelta = timedelta(0)
    """Least time between two writes of the same content where Secrets cannot be read; zero means each refresh."""
    refresh_time_after: timedelta | None = None
    """After what time an unchanged refresh moves status.refreshTime; zero means always, None never."""
