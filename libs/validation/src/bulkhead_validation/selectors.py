"""Label selectors in objects. Pure."""

import msgspec

from bulkhead_api.label_selector import SelectorError, selects
from bulkhead_api.meta import LabelSelector
from bulkhead_validation.node import Node

_NO_LABELS: dict[str, str] = {}


def problem_of_selector(node: Node) -> str | None:
    """Say why the selector cannot be evaluated; None means that it can, or is absent."""
    if not node.fields():
        return None
    try:
        selector = msgspec.convert(node.value, LabelSelector)
    except msgspec.ValidationError as error:
        return f"is no label selector: {error}"
    try:
        selects(selector, _NO_LABELS)
    except SelectorError as error:
        return f"is no label selector: {error}"
    return None


def check_selector(node: Node) -> None:
    """Note a selector that cannot be evaluated; an absent one is fine."""
    problem = problem_of_selector(node)
    if problem is not None:
        node.never_works(problem)
