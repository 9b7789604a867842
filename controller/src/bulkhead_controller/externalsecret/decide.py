"""What is to be done about an ExternalSecret before its provider is asked. Pure.

What was seen goes in, a plan comes out. `contents.decide_target` decides after the provider has answered.
"""

from datetime import datetime, timedelta

from bulkhead_api.external_secret import (
    CreationPolicy,
    DeletionPolicy,
    ExternalSecretSpec,
    SecretStoreRef,
)
from bulkhead_controller.backends import BoundStore
from bulkhead_controller.externalsecret.manifest.kind import problem_of_manifest
from bulkhead_controller.externalsecret.plan import (
    AwaitStore,
    DeniedStore,
    Fail,
    Fetch,
    ForeignStore,
    Ignore,
    MissingStore,
    NotReadyStore,
    Plan,
    Refuse,
    Release,
    Seen,
    UnusableStore,
    UnvalidatedStore,
)
from bulkhead_controller.externalsecret.refresh import (
    Refresh,
    RefreshInputs,
    Wait,
    decide_refresh,
    refresh_interval,
)
from bulkhead_controller.externalsecret.sources import Source, sources_from_spec
from bulkhead_controller.externalsecret.status import Message, has_failed
from bulkhead_controller.externalsecret.unsupported import unsupported_fields
from bulkhead_target.hashing import synced_resource_version
from bulkhead_target.keys import duplicate_keys, quoted
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import target_name
from bulkhead_target.template.problems import problem_of_template
from bulkhead_target.template.steps import TEMPLATE

FINALIZER = "externalsecrets.external-secrets.io/externalsecret-cleanup"
MISSING_STORE_PATIENCE = timedelta(seconds=2)
"""A store that is applied together with its users may come a moment later."""
FIRST_VALIDATION_PATIENCE = timedelta(seconds=15)
"""A store that was never validated soon will be."""


def decide(seen: Seen, *, now: datetime) -> Plan:
    """Say what is to be done before the provider is asked."""
    external_secret = seen.external_secret
    if external_secret.metadata.deletion_timestamp is not None:
        return _decide_release(seen)
    if any(isinstance(store, ForeignStore) for store in seen.stores.values()):
        return Ignore()
    problem = (
        _problem_of_spec(external_secret.spec)
        or problem_of_manifest(external_secret.spec, allowed=seen.generic_targets)
        or _problem_of_template(external_secret.spec)
        or _missing_right(seen)
    )
    if problem is not None:
        return Refuse(problem)
    refresh = _refresh_inputs(seen)
    match decide_refresh(refresh, now=now):
        case Wait() as wait:
            return wait
        case Refresh():
            return _decide_fetch(seen, refresh, now=now)


def _decide_release(seen: Seen) -> Release | Ignore:
    external_secret = seen.external_secret
    if FINALIZER not in external_secret.metadata.finalizers:
        return Ignore()
    # With any other policy the garbage collector, or nobody, deletes the target. A Secret that nobody owns stays: where
    # Secrets cannot be read, a write in our name would be admitted and would look like proof that it is ours.
    spec = external_secret.spec
    owned = spec.target.creation_policy is CreationPolicy.OWNER or spec.target.manifest is not None
    # What was never to be written is not there to be deleted, or no longer ours to delete.
    meant = problem_of_manifest(spec, allowed=seen.generic_targets) is None
    deletes = spec.target.deletion_policy is DeletionPolicy.DELETE and owned and meant
    return Release(target_name(external_secret) if deletes else None)


def _problem_of_spec(spec: ExternalSecretSpec) -> str | None:
    unsupported = unsupported_fields(spec)
    if unsupported:
        return f"{', '.join(unsupported)}: not supported by this version of Bulkhead"
    twice = duplicate_keys(item.secret_key for item in spec.data)
    # With the other policies ESO takes them and the last one counts.
    if twice and spec.target.deletion_policy is DeletionPolicy.RETAIN:
        return f"{Message.GET_FAILED}: spec.data: secretKey {', '.join(map(quoted, twice))} is there more than once"
    try:
        refresh_interval(spec.refresh_interval)
    except ValueError as error:
        return f"spec.refreshInterval: {error}"
    return None


def _problem_of_template(spec: ExternalSecretSpec) -> str | None:
    # What is written nowhere does no harm, and ESO never looks at it.
    if spec.target.creation_policy is CreationPolicy.NONE:
        return None
    problem = problem_of_template(spec.target)
    return None if problem is None else f"{Message.UPDATE_FAILED}: {problem}"


def _missing_right(seen: Seen) -> str | None:
    namespace, policy = seen.external_secret.metadata.namespace, seen.external_secret.spec.target.creation_policy
    reads_secret = manifest_of(seen.external_secret.spec.target) is None
    merges = policy in (CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE)
    if reads_secret and merges and not seen.rights.may_read(namespace):
        return seen.rights.missing_read(f"spec.target.creationPolicy: {policy.value}", namespace)
    return _missing_right_of_template(seen, namespace)


def _missing_right_of_template(seen: Seen, namespace: str) -> str | None:
    template = seen.external_secret.spec.target.template
    for index, entry in enumerate(template.template_from if template is not None else ()):
        where = f"{TEMPLATE}.templateFrom[{index}]"
        if entry.secret is not None and not seen.rights.may_read(namespace):
            return seen.rights.missing_read(f"{where}.secret", namespace)
        if entry.config_map is not None and not seen.rights.may_read_config_maps(namespace):
            return seen.rights.missing_config_map_read(f"{where}.configMap", namespace)
    return None


def _refresh_inputs(seen: Seen) -> RefreshInputs:
    spec, status = seen.external_secret.spec, seen.status
    refreshed_at = status.refresh_time
    if refreshed_at is not None and seen.refreshed_at is not None:
        refreshed_at = max(refreshed_at, seen.refreshed_at)
    return RefreshInputs(
        policy=spec.refresh_policy,
        interval=refresh_interval(spec.refresh_interval),
        refreshed_at=refreshed_at,
        synced_version=status.synced_resource_version,
        current_version=synced_resource_version(seen.external_secret.metadata),
        failed=has_failed(status),
        target_valid=seen.target_valid,
        templates_changed=seen.templates_changed,
        windows=spec.sync_windows,
    )


def _decide_fetch(seen: Seen, refresh: RefreshInputs, *, now: datetime) -> Fetch | AwaitStore | Fail:
    external_secret = seen.external_secret
    sources = sources_from_spec(external_secret.spec)
    stores: dict[SecretStoreRef, BoundStore] = {}
    for source in sources:
        if source.store in stores:
            continue
        store = _decide_store(source, seen, now=now)
        if isinstance(store, AwaitStore | Fail):
            return store
        stores[source.store] = store
    return Fetch(
        refresh=refresh,
        sources=sources,
        stores=stores,
        add_finalizer=external_secret.spec.target.deletion_policy is DeletionPolicy.DELETE
        and FINALIZER not in external_secret.metadata.finalizers,
    )


def _decide_store(source: Source, seen: Seen, *, now: datetime) -> BoundStore | AwaitStore | Fail:
    state = seen.stores.get(source.store)
    match state:
        case BoundStore():
            return state
        case None | ForeignStore():
            return Fail(f"{Message.GET_FAILED}: {_empty_name(source)}")
        case MissingStore(key):
            return _await_or_fail(seen, MISSING_STORE_PATIENCE, f"{key} does not exist", now=now)
        case UnvalidatedStore(key):
            return _await_or_fail(seen, FIRST_VALIDATION_PATIENCE, f"{key} is not ready", now=now)
        case NotReadyStore(key):
            return Fail(f"{Message.GET_FAILED}: {key} is not ready")
        case UnusableStore(key, problem) | DeniedStore(key, problem):
            return Fail(f"{Message.GET_FAILED}: {key}: {problem}")


def _empty_name(source: Source) -> str:
    own = source.item.source_ref
    if own is not None and own.store_ref is not None:
        return f"{source.where.removesuffix('.find').removesuffix('.extract')}.sourceRef.storeRef.name is empty"
    return "spec.secretStoreRef.name is empty"


def _await_or_fail(seen: Seen, patience: timedelta, problem: str, *, now: datetime) -> AwaitStore | Fail:
    until = (seen.awaiting_since or now) + patience
    return AwaitStore(until) if now < until else Fail(f"{Message.GET_FAILED}: {problem}")
