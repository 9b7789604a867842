"""Which namespaces may use a ClusterSecretStore. A SecretStore serves its own namespace, whatever its conditions say.

Source: external-secrets.io/v1 ClusterSecretStore, `spec.conditions`; ESO, the client manager's check of them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from bulkhead_api.label_selector import SelectorError, selects
from bulkhead_api.meta import LabelSelector
from bulkhead_api.secret_store import StoreCondition
from bulkhead_regexp import RegexpError, regexp_from

_EVERYTHING: Final = LabelSelector()
_MAX_SHOWN_CHARS: Final = 128


class StoreConditionError(ValueError):
    """A condition that cannot be read; the message names its path, such as `spec.conditions[1].namespaceRegexes[0]`."""


def admits(conditions: Sequence[StoreCondition], namespace: str, labels: Mapping[str, str] | None) -> bool:
    """Say whether any part of any condition matches the namespace; without conditions every namespace is admitted.

    Args:
        conditions: `spec.conditions` of the ClusterSecretStore.
        namespace: the name of the namespace that wants to use it.
        labels: the namespace's labels; None if they are not known, and then only names, expressions and a selector that
            selects everything can admit it.

    Raises:
        StoreConditionError: a part that comes before the first match is malformed. Parts are looked at in their order,
            in each condition the selector first, then names, then expressions, so an error is the same every time.
    """
    return not conditions or any(
        _matches(condition, namespace, labels, path=f"spec.conditions[{index}]")
        for index, condition in enumerate(conditions)
    )


def _matches(condition: StoreCondition, namespace: str, labels: Mapping[str, str] | None, *, path: str) -> bool:
    # ESO compares names with the label kubernetes.io/metadata.name, which the API server keeps equal to the name.
    return (
        _is_selected(condition.namespace_selector, labels, path=f"{path}.namespaceSelector")
        or namespace in condition.namespaces
        or any(
            _is_found(expression, namespace, path=f"{path}.namespaceRegexes[{index}]")
            for index, expression in enumerate(condition.namespace_regexes)
        )
    )


def _is_selected(selector: LabelSelector | None, labels: Mapping[str, str] | None, *, path: str) -> bool:
    if selector is None:
        return False
    try:
        # Without labels as well, so that a malformed selector is an error whether or not they are known.
        selected = selects(selector, labels or {})
    except SelectorError as error:
        raise StoreConditionError(f"{path}: {error}") from None
    return selected and (labels is not None or selector == _EVERYTHING)


def _is_found(expression: str, namespace: str, *, path: str) -> bool:
    try:
        return regexp_from(expression).matches(namespace)
    except RegexpError as error:
        shown = json.dumps(expression[:_MAX_SHOWN_CHARS])
        raise StoreConditionError(f"{path}: {shown} is not an RE2 expression: {error}") from None
