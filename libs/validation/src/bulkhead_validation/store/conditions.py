"""spec.conditions of a store: which namespaces may use it. Pure. Source: ESO, the client manager's check of them."""

from typing import Final

from bulkhead_validation.expressions import BrokenMeans, check_expression
from bulkhead_validation.names import check_namespace
from bulkhead_validation.node import Node
from bulkhead_validation.selectors import problem_of_selector

_LISTS: Final = ("namespaces", "namespaceRegexes")


def check_conditions(conditions: Node, *, is_cluster: bool) -> None:
    """Note what cannot be read, and conditions that admit nobody."""
    entries = list(conditions.items())
    if entries and not is_cluster:
        conditions.doubtful("have no effect on a SecretStore, which serves its own namespace alone")
    empty = [each for each in entries if not _has_parts(each)]
    for each in empty:
        if is_cluster and len(empty) == len(entries):
            each.never_works("admits no namespace, and no other condition does: name some")
        else:
            each.doubtful("admits no namespace: name some, or leave it out")
    may_be_admitted = False
    for entry in entries:
        if not entry.fields():
            continue
        _check_selector(entry.at("namespaceSelector"), is_asked_always=is_cluster and not may_be_admitted)
        may_be_admitted = may_be_admitted or _has_parts(entry)
        for name in entry.at("namespaces").items():
            check_namespace(name)
        for expression in entry.at("namespaceRegexes").items():
            check_expression(expression, BrokenMeans.REFUSED_BY_ESO)


def _has_parts(entry: Node) -> bool:
    parts = entry.fields()
    # An empty selector is a part: it selects all namespaces.
    return bool(parts) and (parts.get("namespaceSelector") is not None or any(map(parts.get, _LISTS)))


def _check_selector(node: Node, *, is_asked_always: bool) -> None:
    problem = problem_of_selector(node)
    if problem is None:
        return
    # What an earlier condition admits is admitted before this one is looked at.
    if is_asked_always:
        node.never_works(problem)
    else:
        node.doubtful(problem)
