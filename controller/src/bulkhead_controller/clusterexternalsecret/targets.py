"""Which namespaces a ClusterExternalSecret means. Pure. Source: spec.namespaceSelector(s) and spec.namespaces."""

from bulkhead_api.cluster_external_secret import ClusterExternalSecretSpec
from bulkhead_api.label_selector import SelectorError, selects
from bulkhead_api.namespace import Namespace


def is_meant(spec: ClusterExternalSecretSpec, namespace: Namespace) -> bool:
    """Say whether the namespace is among those that any of the three fields names.

    Raises:
        SelectorError: a selector cannot be evaluated, whatever the others say.
    """
    selectors = spec.namespace_selectors
    if spec.namespace_selector is not None:
        selectors = [spec.namespace_selector, *selectors]
    found = [selects(selector, namespace.metadata.labels) for selector in selectors]
    return any(found) or namespace.metadata.name in spec.namespaces


def concerns(spec: ClusterExternalSecretSpec, old: Namespace | None, new: Namespace | None) -> bool:
    """Say whether a change of a namespace may change what is to be done."""
    was, is_now = _is_open(spec, old), _is_open(spec, new)
    # One that was deleted and made anew between two looks has lost its child.
    renewed = old is not None and new is not None and old.metadata.uid != new.metadata.uid
    return was != is_now or (renewed and is_now)


def _is_open(spec: ClusterExternalSecretSpec, namespace: Namespace | None) -> bool:
    if namespace is None or namespace.metadata.deletion_timestamp is not None:
        return False
    try:
        return is_meant(spec, namespace)
    except SelectorError:
        return False
