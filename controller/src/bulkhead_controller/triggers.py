"""Which changes of watched objects are worth a look. Pure. Source: ESO, SetupWithManager and its predicates."""

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import ObjectMeta
from bulkhead_api.namespace import Namespace
from bulkhead_api.secret_store import SecretStore
from bulkhead_controller.store.paused import MASS_CHANGE_BREAKER, RESUME, is_paused
from bulkhead_controller.store.status import is_ready, ready_condition


def wakes_external_secret(old: ExternalSecret | None, new: ExternalSecret | None) -> bool:
    """Say whether an ExternalSecret is to be reconciled; its own status changes do not count."""
    if old is None or new is None:
        return True
    return _identity(old.metadata) != _identity(new.metadata) or (
        old.metadata.labels != new.metadata.labels
        or old.metadata.annotations != new.metadata.annotations
        or old.metadata.finalizers != new.metadata.finalizers
    )


def wakes_store(old: SecretStore | None, new: SecretStore | None) -> bool:
    """Say whether a store is to be looked at; its own status changes do not count."""
    if old is None or new is None or _identity(old.metadata) != _identity(new.metadata):
        return True
    before, after = old.metadata.annotations, new.metadata.annotations
    return any(before.get(name) != after.get(name) for name in (RESUME, MASS_CHANGE_BREAKER))


def wakes_users(old: SecretStore | None, new: SecretStore | None) -> bool:
    """Say whether those who use the store may have waited for this change.

    A store that stops working wakes nobody: its users keep what they have and learn of it at their next refresh. One
    whose spec changed may now admit a namespace or hold what was missed; for users that are up to date a look is free.
    """
    if new is None:
        return False
    if old is not None and is_paused(old.status) and not is_paused(new.status):
        return True
    if is_ready(new.status):
        return old is None or not is_ready(old.status) or _identity(old.metadata) != _identity(new.metadata)
    if old is None or ready_condition(new.status) is None:
        return False
    # The first verdict on a new store: who waited for it says so.
    return ready_condition(old.status) is None


def wakes_namespace(old: Namespace | None, new: Namespace | None) -> bool:
    """Say whether the conditions of ClusterSecretStores may see a namespace in another light."""
    return old is not None and new is not None and old.metadata.labels != new.metadata.labels


def _identity(metadata: ObjectMeta) -> tuple[str, int, bool]:
    return metadata.uid, metadata.generation, metadata.deletion_timestamp is not None
