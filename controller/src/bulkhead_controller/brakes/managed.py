"""How many Secrets are managed, counted as the copies of ExternalSecrets change, never by looking at all of them."""

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus
from bulkhead_controller.externalsecret.status import Reason, ready_condition


def has_target(status: ExternalSecretStatus) -> bool:
    """Say whether, by what its status says, an ExternalSecret has a Secret."""
    ready = ready_condition(status)
    return bool(status.binding.name) and not (ready is not None and ready.reason == Reason.DELETED)


class ManagedSecrets:
    """Counts the ExternalSecrets that have a Secret."""

    def __init__(self) -> None:
        """Start with none."""
        self.count = 0

    def note(self, old: ExternalSecret | None, new: ExternalSecret | None) -> None:
        """Keep up with a change that the informer tells."""
        self.count -= old is not None and has_target(old.status)
        self.count += new is not None and has_target(new.status)
