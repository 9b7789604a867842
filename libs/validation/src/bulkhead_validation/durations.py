"""Go durations in objects. Pure."""

from datetime import timedelta

from bulkhead_api.duration import duration_from_go
from bulkhead_validation.allowance import MAX_CHARS
from bulkhead_validation.node import Node

_WHAT_TO_DO = "is no duration: write one in Go's form with the units h, m, s, ms, such as 1h30m"


def duration_at(node: Node) -> timedelta | None:
    """Read a duration that ESO decodes with the whole object, so that a broken one is refused; None if there is none.

    Source: meta/v1 Duration; measured against ESO's webhook.
    """
    return _read(node, is_decoded=True)


def late_duration_at(node: Node) -> timedelta | None:
    """Read a duration that is looked at where it is used, which counts an empty text as none; None if there is none."""
    return _read(node, is_decoded=False) if node.text() else None


def _read(node: Node, *, is_decoded: bool) -> timedelta | None:
    if not node.present or not isinstance(node.value, str):
        node.text()
        return None
    if len(node.value) > MAX_CHARS:
        node.doubtful("was not checked: it is too long")
        return None
    try:
        return duration_from_go(node.value)
    except ValueError as error:
        problem = str(error) if "292" in str(error) else _WHAT_TO_DO
    if is_decoded:
        node.refused_by_eso(problem)
    else:
        node.never_works(problem)
    return None
