"""What is to be done about a ClusterExternalSecret. Pure. Source: ESO, clusterexternalsecret_controller.go, Reconcile.

No finalizer is ever added here, neither to the object nor to namespaces. ESO adds both, so that it can delete the
children itself; but they have an ownerReference, so that the garbage collector does that, and a namespace takes its
content along. What waits for a controller hangs when the controller is gone, and with it the whole namespace.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from bulkhead_api.cluster_external_secret import ClusterExternalSecretSpec, FailedNamespace, children_spec
from bulkhead_api.duration import duration_from_go
from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec
from bulkhead_api.label_selector import SelectorError
from bulkhead_controller.clusterexternalsecret.children import (
    build_child,
    children_name,
    is_as_it_should_be,
    owner_name,
)
from bulkhead_controller.clusterexternalsecret.plan import (
    Converge,
    Create,
    Delete,
    Ignore,
    Plan,
    Remove,
    Replace,
    Seen,
    Write,
)
from bulkhead_controller.clusterexternalsecret.status import FOREIGN_CHILD
from bulkhead_controller.clusterexternalsecret.targets import is_meant
from bulkhead_runtime.kube.events import key_of

FINALIZER: Final = "externalsecrets.external-secrets.io/clusterexternalsecret-cleanup"
"""ESO's; taken away when the object is deleted, never added."""
NO_NAMESPACE: Final = "unknown"
"""Stands for the namespace in a failure that concerns none. Source: ESO."""
DEFAULT_REFRESH: Final = timedelta(hours=1)
SHORTEST_REFRESH: Final = timedelta(seconds=1)
"""Least time between two passes that nothing but the time asks for."""
_ORPHAN: Final = "orphan"
"""Finalizer of the garbage collector: whoever deletes the object wants its children to stay."""


def decide(seen: Seen) -> Plan:
    """Say what is to be done."""
    if seen.owner.metadata.deletion_timestamp is not None:
        return _decide_removal(seen)
    spec = seen.owner.spec
    try:
        wanted = children_spec(spec)
        meant = [each.metadata.name for each in seen.namespaces if is_meant(spec, each)]
    except SelectorError as error:
        return _failure(seen, f"namespace selector: {error}")
    except ValueError as error:
        return _failure(seen, f"spec.externalSecretSpec: {error}")
    terminating = {each.metadata.name for each in seen.namespaces if each.metadata.deletion_timestamp is not None}
    open_ = set(meant) - terminating
    foreign = {name for name in open_ if _is_foreign(seen, name)}
    targets = sorted(open_ - foreign)
    return Converge(
        renamed=_old_children(seen),
        writes=[*_deselected(seen, set(meant) | terminating), *_writes(seen, targets, wanted)],
        targets=targets,
        failed=[FailedNamespace(namespace=name, reason=FOREIGN_CHILD) for name in sorted(foreign)],
        again_after=refresh_interval(spec),
    )


def refresh_interval(spec: ClusterExternalSecretSpec) -> timedelta:
    """Give the time to the next pass if nothing changes; what is absent, broken or no time means an hour."""
    try:
        interval = duration_from_go(spec.refresh_time or "0")
    except (ValueError, OverflowError):
        return DEFAULT_REFRESH
    return max(interval, SHORTEST_REFRESH) if interval > timedelta(0) else DEFAULT_REFRESH


def _decide_removal(seen: Seen) -> Ignore | Remove:
    finalizers = seen.owner.metadata.finalizers
    if FINALIZER not in finalizers:
        return Ignore()
    kept = [each for each in finalizers if each != FINALIZER]
    doomed = [] if _ORPHAN in finalizers else [_delete(child) for child in _living(seen)]
    return Remove(deletes=doomed, finalizers=kept)


def _failure(seen: Seen, problem: str) -> Converge:
    # The children stay: what cannot be read must not look as if it said that there are to be none.
    return Converge(
        renamed=(),
        writes=(),
        targets=seen.owner.status.provisioned_namespaces,
        failed=[FailedNamespace(namespace=NO_NAMESPACE, reason=problem)],
        again_after=refresh_interval(seen.owner.spec),
    )


def _is_foreign(seen: Seen, namespace: str) -> bool:
    child = seen.named.get(namespace)
    return child is not None and owner_name(child.metadata) != seen.owner.metadata.name


def _old_children(seen: Seen) -> list[Delete]:
    return [_delete(child) for child in _living(seen) if child.metadata.name != children_name(seen.owner)]


def _deselected(seen: Seen, kept: set[str]) -> list[Write]:
    name = children_name(seen.owner)
    return [
        _delete(child)
        for child in _living(seen)
        if child.metadata.name == name and child.metadata.namespace not in kept
    ]


def _writes(seen: Seen, targets: Sequence[str], wanted: ExternalSecretSpec) -> Iterator[Write]:
    for namespace in targets:
        existing = seen.named.get(namespace)
        if existing is None:
            yield Create(build_child(seen.owner, namespace, None))
            continue
        child = build_child(seen.owner, namespace, existing.metadata)
        # One that is being deleted is made anew when it is gone.
        is_going = existing.metadata.deletion_timestamp is not None
        if not is_going and not is_as_it_should_be(existing, child, wanted):
            yield Replace(child)


def _living(seen: Seen) -> list[ExternalSecret]:
    living = [each for each in seen.owned.values() if each.metadata.deletion_timestamp is None]
    return sorted(living, key=lambda each: (each.metadata.namespace, each.metadata.name))


def _delete(child: ExternalSecret) -> Delete:
    return Delete(key_of(child.metadata), child.metadata.uid)
