"""What is to be done about an ExternalSecret before its provider is asked. Pure.

What was seen goes in, a plan comes out. `contents.decide_target` decides after the provider has answered.
"""

from datetime import datetime, timedelta

from bulkhead_api.duration import duration_from_go
from bulkhead_api.external_secret import DeletionPolicy, ExternalSecret, ExternalSecretSpec, ExternalSecretStatus
from bulkhead_controller.backends import BoundStore
from bulkhead_controller.externalsecret.contents import refs_from_spec
from bulkhead_controller.externalsecret.hashing import synced_resource_version
from bulkhead_controller.externalsecret.keys import duplicate_keys, quoted
from bulkhead_controller.externalsecret.plan import (
    AwaitStore,
    Fail,
    Fetch,
    ForeignStore,
    Ignore,
    MissingStore,
    NoStore,
    NotReadyStore,
    Plan,
    Refuse,
    Release,
    Seen,
    UnusableStore,
    UnvalidatedStore,
)
from bulkhead_controller.externalsecret.refresh import Refresh, RefreshInputs, Wait, decide_refresh
from bulkhead_controller.externalsecret.status import Message, has_failed
from bulkhead_controller.externalsecret.target import target_name
from bulkhead_controller.externalsecret.unsupported import unsupported_fields

FINALIZER = "externalsecrets.external-secrets.io/externalsecret-cleanup"
MISSING_STORE_PATIENCE = timedelta(seconds=2)
"""A store that is applied together with its users may come a moment later."""
FIRST_VALIDATION_PATIENCE = timedelta(seconds=15)
"""A store that was never validated soon will be."""


def decide(seen: Seen, *, now: datetime) -> Plan:
    """Say what is to be done before the provider is asked."""
    external_secret = seen.external_secret
    if external_secret.metadata.deletion_timestamp is not None:
        return _decide_release(external_secret)
    if isinstance(seen.store, ForeignStore):
        return Ignore()
    problem = _problem_of_spec(external_secret.spec)
    if problem is not None:
        return Refuse(problem)
    refresh = _refresh_inputs(seen)
    match decide_refresh(refresh, now=now):
        case Wait() as wait:
            return wait
        case Refresh():
            return _decide_fetch(seen, refresh, now=now)


def orphaned_target(status: ExternalSecretStatus, external_secret: ExternalSecret) -> str | None:
    """Name the Secret that was the target before `spec.target.name` changed; None if there is none."""
    bound = status.binding.name
    return bound if bound and bound != target_name(external_secret) else None


def _decide_release(external_secret: ExternalSecret) -> Release | Ignore:
    if FINALIZER not in external_secret.metadata.finalizers:
        return Ignore()
    # With any other policy the garbage collector, or nobody, deletes the target.
    deletes = external_secret.spec.target.deletion_policy is DeletionPolicy.DELETE
    return Release(target_name(external_secret) if deletes else None)


def _problem_of_spec(spec: ExternalSecretSpec) -> str | None:
    unsupported = unsupported_fields(spec)
    if unsupported:
        return f"{', '.join(unsupported)}: not supported by this version of Bulkhead"
    twice = duplicate_keys(item.secret_key for item in spec.data)
    if twice:
        return f"{Message.GET_FAILED}: spec.data: secretKey {', '.join(map(quoted, twice))} is there more than once"
    try:
        duration_from_go(spec.refresh_interval)
    except ValueError as error:
        return f"spec.refreshInterval: {error}"
    return None


def _refresh_inputs(seen: Seen) -> RefreshInputs:
    spec, status = seen.external_secret.spec, seen.status
    refreshed_at = status.refresh_time
    if refreshed_at is not None and seen.refreshed_at is not None:
        refreshed_at = max(refreshed_at, seen.refreshed_at)
    return RefreshInputs(
        policy=spec.refresh_policy,
        interval=duration_from_go(spec.refresh_interval),
        refreshed_at=refreshed_at,
        synced_version=status.synced_resource_version,
        current_version=synced_resource_version(seen.external_secret.metadata),
        failed=has_failed(status),
    )


def _decide_fetch(seen: Seen, refresh: RefreshInputs, *, now: datetime) -> Fetch | AwaitStore | Fail:
    external_secret = seen.external_secret
    refs = refs_from_spec(external_secret.spec)
    store = _decide_store(seen, now=now) if refs else None
    if isinstance(store, AwaitStore | Fail):
        return store
    return Fetch(
        refresh=refresh,
        store=store,
        refs=refs,
        add_finalizer=external_secret.spec.target.deletion_policy is DeletionPolicy.DELETE
        and FINALIZER not in external_secret.metadata.finalizers,
    )


def _decide_store(seen: Seen, *, now: datetime) -> BoundStore | AwaitStore | Fail:
    match seen.store:
        case BoundStore() as bound:
            return bound
        case NoStore() | ForeignStore():
            return Fail(f"{Message.GET_FAILED}: spec.secretStoreRef.name is empty")
        case MissingStore(key):
            return _await_or_fail(seen, MISSING_STORE_PATIENCE, f"{key} does not exist", now=now)
        case UnvalidatedStore(key):
            return _await_or_fail(seen, FIRST_VALIDATION_PATIENCE, f"{key} is not ready", now=now)
        case NotReadyStore(key):
            return Fail(f"{Message.GET_FAILED}: {key} is not ready")
        case UnusableStore(key, problem):
            return Fail(f"{Message.GET_FAILED}: {key}: {problem}")


def _await_or_fail(seen: Seen, patience: timedelta, problem: str, *, now: datetime) -> AwaitStore | Fail:
    until = (seen.awaiting_since or now) + patience
    return AwaitStore(until) if now < until else Fail(f"{Message.GET_FAILED}: {problem}")
